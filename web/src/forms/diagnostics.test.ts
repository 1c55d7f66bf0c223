import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../api/types';
import {
  bySheet,
  countOf,
  inFileOrder,
  isSameForm,
  messageOf,
  placeOf,
  progressOf,
  severityOf,
  wrongPartOf,
} from './diagnostics';

function found(more: Partial<Diagnostic>): Diagnostic {
  return {
    code: 'X_TYPE_UNKNOWN',
    severity: 'error',
    message: '',
    sheet: 'survey',
    row: 2,
    column: 'type',
    address: null,
    value: null,
    excerpt: [],
    suggestion: null,
    ...more,
  };
}

function at(address: string, value: string | null, name = 'q', more: Partial<Diagnostic> = {}): Diagnostic {
  const row = Number(/\d+$/.exec(address)?.[0]);
  const excerpt = [
    { address, header: 'type', value },
    { address: `B${row}`, header: 'name', value: name },
  ];
  return found({ row, address, value, excerpt, ...more });
}

describe('the order', () => {
  it('is by sheet, row and column, with what concerns the whole file first', () => {
    const diagnostics = [
      found({ sheet: 'settings' }),
      found({ sheet: 'choices', row: 2 }),
      found({ row: 10 }),
      found({ row: 9, address: 'AA9' }),
      found({ row: 9, address: 'B9' }),
      found({ sheet: 'notes' }),
      found({ sheet: null, row: null }),
    ];
    const sorted = inFileOrder(diagnostics, 'error');
    expect(sorted.map(({ sheet, row, address }) => `${sheet} ${address ?? row}`)).toEqual([
      'null null',
      'survey B9',
      'survey AA9',
      'survey 10',
      'choices 2',
      'settings 2',
      'notes 2',
    ]);
    expect(bySheet(sorted).map((group) => group.diagnostics.length)).toEqual([1, 3, 1, 1, 1]);
  });

  it('keeps the kinds apart and takes one it does not know as something to look at', () => {
    const diagnostics = [found({}), found({ severity: 'warning' }), found({ severity: 'advice' })];
    expect(countOf(diagnostics)).toEqual({ error: 1, warning: 1, advice: 1 });
    expect(severityOf({ severity: 'hint' })).toBe('warning');
    expect(inFileOrder(diagnostics, 'advice')).toEqual([diagnostics[2]]);
  });
});

describe('the wrong part of a cell', () => {
  it.each([
    ['start=0 end=ten step=1', 'The parameter end is “ten”, which is no number.', 'ten'],
    ["${vilage} != ''", '${vilage} names no question of the form.', '${vilage}'],
    ['. < ${ag', '“${ag” is no reference to a question.', '${ag'],
    ['select_one distrct', 'No choice on the sheet “choices” has the list_name “distrct”.', 'distrct'],
    ['max-pixel=800', 'The type “image” has no parameter “max-pixel”.', 'max-pixel'],
    ['dates date', 'The word “date” is wrong.', 'date'],
  ])('of %j is found in the message', (value, message, part) => {
    const parts = wrongPartOf({ value, message });
    expect(parts?.part).toBe(part);
    expect(`${parts?.before}${parts?.part}${parts?.after}`).toBe(value);
  });

  it('is a word of its own rather than part of another', () => {
    expect(wrongPartOf({ value: 'dates date', message: 'The word “date” is wrong.' })?.before).toBe('dates ');
  });

  it('is the whole cell when the message names all of it, none of it, or the cell is empty', () => {
    expect(wrongPartOf({ value: 'intger', message: 'The type “intger” is unknown.' })).toBeNull();
    expect(wrongPartOf({ value: 'intger', message: 'Unknown.' })).toBeNull();
    expect(wrongPartOf({ value: null, message: 'The “x” is missing.' })).toBeNull();
  });
});

describe('the message', () => {
  it('does not say twice what was probably meant', () => {
    const message = 'The type “intger” is unknown. Did you mean “integer”?';
    expect(messageOf(found({ message, suggestion: 'integer' }))).toBe('The type “intger” is unknown.');
    expect(messageOf(found({ message }))).toBe(message);
  });

  it('names the row as the spreadsheet program does', () => {
    expect(placeOf(at('C9', null, 'q', { row: 3 }))).toBe('9');
    expect(placeOf(found({ row: 3 }))).toBe('3');
  });
});

describe('what is mended', () => {
  it('is what is gone, though the rows below it have moved', () => {
    const before = [at('A5', 'intger', 'age'), at('A9', 'txt', 'name'), at('A12', 'dat', 'day')];
    const after = [at('A10', 'txt', 'name'), at('A13', 'dat', 'day')];
    const progress = progressOf(before, after);
    expect(progress).toEqual({ before: 3, mended: [before[0]], fresh: new Set() });
  });

  it('is not a mistake whose words were changed but that is still there', () => {
    const progress = progressOf([at('A5', 'intger')], [at('A5', 'integr')]);
    expect(progress.mended).toEqual([]);
    expect(progress.fresh.size).toBe(0);
  });

  it('counts equal mistakes one by one', () => {
    const twice = [at('A5', 'intger'), at('A6', 'intger'), at('A7', 'intger')];
    expect(progressOf(twice, twice.slice(1)).mended).toHaveLength(1);
  });

  it('says which mistakes came to light', () => {
    const fresh = at('D7', '${vilage}', 'q', { code: 'PYREF_003' });
    const progress = progressOf([at('A5', 'intger')], [fresh]);
    expect(progress.mended).toHaveLength(1);
    expect([...progress.fresh]).toEqual([fresh]);
  });

  it('takes no notice of warnings and advice', () => {
    expect(progressOf([found({ severity: 'warning' })], [found({ severity: 'advice' })]).before).toBe(0);
  });

  it('is not told when quite another form is uploaded', () => {
    const before = [at('A5', 'intger')];
    const none = progressOf(before, []);
    const same = progressOf(before, before);
    expect(isSameForm({ fileName: 'a.xlsx' }, { fileName: 'b.xlsx' }, none)).toBe(false);
    expect(isSameForm({ fileName: 'a.xlsx' }, { fileName: 'a.xlsx' }, none)).toBe(true);
    expect(isSameForm({ fileName: 'a.xlsx' }, { fileName: 'b.xlsx' }, same)).toBe(true);
  });
});
