import { describe, expect, it } from 'vitest';
import {
  isComplete,
  operatorsOf,
  sortOut,
  valueCount,
  type Condition,
  type FieldKind,
  type FilterField,
  type Operator,
} from './conditions';
import { factFields, findFields, questionFields } from './filterFields';
import { hasFilters, readFragment, writeFragment } from './filterLink';
import { dayOf, filterText } from './filterText';

const choices = [
  { name: 'well', label: 'Well' },
  { name: "d'eau", label: 'Point d’eau' },
];

function field(kind: FieldKind, key = '/home/q', repeat: string | null = null): FilterField {
  return {
    key,
    kind,
    label: 'Question',
    name: 'q',
    within: [],
    repeat,
    choices: kind === 'oneChoice' || kind === 'manyChoices' ? choices : null,
    canBeEmpty: true,
  };
}

const kinds: FieldKind[] = [
  'text',
  'number',
  'date',
  'time',
  'instant',
  'oneChoice',
  'manyChoices',
  'place',
  'file',
  'truth',
  'repeat',
];

/** Values that fit a field and an operator. */
function valuesFor(kind: FieldKind, operator: Operator): string[] {
  if (operator === 'near') return ['-1.5', '36.25', '500'];
  if (operator === 'inBox') return ['-1.5', '36', '-1', '37'];
  if (operator === 'lastDays') return ['7'];
  const one = { number: '-2.5', date: '2026-11-20', instant: '2026-11-20', time: '08:30' };
  const value = kind in one ? one[kind as keyof typeof one] : kind === 'text' ? "L'été ~ & % ☂" : 'well';
  const count = valueCount(operator);
  return count === null ? ['well', "d'eau"] : Array.from({ length: count }, () => value);
}

const everything = kinds.flatMap((kind) =>
  operatorsOf(field(kind)).map((operator): [FieldKind, Operator, Condition] => [
    kind,
    operator,
    { field: '/home/q', operator, values: valuesFor(kind, operator) },
  ]),
);

const now = new Date(2026, 10, 21, 15, 0);
const textOf = (condition: Condition, of: FilterField): string | null =>
  filterText([condition], new Map([[of.key, of]]), now);
const local = (year: number, month: number, day: number): string =>
  new Date(year, month - 1, day).toISOString();

const deployment = {
  id: 7,
  name: 'North',
  active: true,
  options: {
    allowSamePerson: false,
    reapproveOnEdit: false,
    enumeratorAdminFinal: false,
    showProvenanceToViewers: false,
  },
  stages: [{ id: 11, name: 'Supervisor', minApprovals: 1, preventEditing: false }],
  counts: [],
  mayChange: false,
  roles: [],
  createdAt: '2026-11-01T08:00:00Z',
};

describe('every operator', () => {
  it.each(everything)(
    'of %s, %s: can be asked, and comes back from a link as it was',
    (kind, _, condition) => {
      expect(isComplete(condition, field(kind))).toBe(true);
      expect(textOf(condition, field(kind))).toBeTruthy();
      const fragment = writeFragment([condition]);
      expect(fragment).toMatch(/^#f=[\w-]+$/);
      expect(readFragment(fragment)).toEqual({ conditions: [condition], unreadable: [] });
    },
  );

  it('has a kind of field that uses it', () => {
    expect(everything.length).toBeGreaterThan(50);
  });
});

describe('a filter is written for the server', () => {
  it.each<[FieldKind, Operator, string[], string]>([
    ['text', 'contains', ["O'Hara"], "(contains(tolower(home/q),tolower('O''Hara')))"],
    ['text', 'notContains', ['x'], "(not contains(tolower(home/q),tolower('x')))"],
    ['text', 'startsWith', ['x'], "(startswith(tolower(home/q),tolower('x')))"],
    ['text', 'is', ['X'], "(tolower(home/q) eq tolower('X'))"],
    ['text', 'isNot', ['X'], "(tolower(home/q) ne tolower('X'))"],
    ['text', 'empty', [], '(home/q eq null)'],
    ['text', 'notEmpty', [], '(home/q ne null)'],
    ['number', 'is', ['5.'], '(home/q eq 5)'],
    ['number', 'isNot', ['.5'], '(home/q ne 0.5)'],
    ['number', 'less', ['5'], '(home/q lt 5)'],
    ['number', 'atMost', ['5'], '(home/q le 5)'],
    ['number', 'more', ['5'], '(home/q gt 5)'],
    ['number', 'atLeast', ['18'], '(home/q ge 18)'],
    ['number', 'between', ['-1', '2.50'], '(home/q ge -1 and home/q le 2.5)'],
    ['date', 'on', ['2026-11-20'], '(home/q eq 2026-11-20)'],
    ['date', 'before', ['2026-11-20'], '(home/q lt 2026-11-20)'],
    ['date', 'after', ['2026-11-20'], '(home/q gt 2026-11-20)'],
    ['date', 'between', ['2026-11-20', '2026-11-21'], '(home/q ge 2026-11-20 and home/q le 2026-11-21)'],
    ['date', 'lastDays', ['7'], '(home/q ge 2026-11-15 and home/q le 2026-11-21)'],
    ['date', 'lastDays', ['1'], '(home/q ge 2026-11-21 and home/q le 2026-11-21)'],
    ['time', 'on', ['08:30'], '(home/q ge 08:30:00 and home/q le 08:30:59.999)'],
    ['time', 'before', ['08:30'], '(home/q lt 08:30:00)'],
    ['time', 'after', ['08:30'], '(home/q gt 08:30:59.999)'],
    ['time', 'between', ['08:30', '09:00'], '(home/q ge 08:30:00 and home/q le 09:00:59.999)'],
    ['oneChoice', 'anyOf', ['well', "d'eau"], "(home/q in ('well','d''eau'))"],
    ['oneChoice', 'noneOf', ['well'], "(not (home/q in ('well')))"],
    ['manyChoices', 'hasAny', ['well', 'x'], "(selected(home/q,'well') or selected(home/q,'x'))"],
    ['manyChoices', 'hasAll', ['well', 'x'], "(selected(home/q,'well') and selected(home/q,'x'))"],
    ['manyChoices', 'hasNone', ['well', 'x'], "(not selected(home/q,'well') and not selected(home/q,'x'))"],
    ['place', 'near', ['-1.5', '36.25', '500'], '(near(home/q,-1.5,36.25,500))'],
    ['place', 'inBox', ['-1.5', '36', '-1', '37'], '(within(home/q,-1.5,36,-1,37))'],
    ['file', 'notEmpty', [], '(home/q ne null)'],
    ['truth', 'no', [], '(home/q eq false)'],
    ['repeat', 'notEmpty', [], 'home/q/any()'],
    ['repeat', 'empty', [], 'not home/q/any()'],
  ])('%s %s %j', (kind, operator, values, expected) => {
    expect(textOf({ field: '/home/q', operator, values }, field(kind))).toBe(expected);
  });

  it('with days that begin and end where the reader is', () => {
    const instant = field('instant');
    const asked = (operator: Operator, ...values: string[]) =>
      textOf({ field: instant.key, operator, values }, instant);
    expect(asked('on', '2026-11-20')).toBe(
      `(home/q ge ${local(2026, 11, 20)} and home/q lt ${local(2026, 11, 21)})`,
    );
    expect(asked('before', '2026-11-20')).toBe(`(home/q lt ${local(2026, 11, 20)})`);
    expect(asked('after', '2026-12-31')).toBe(`(home/q ge ${local(2027, 1, 1)})`);
    expect(asked('lastDays', '30')).toBe(
      `(home/q ge ${local(2026, 10, 23)} and home/q lt ${local(2026, 11, 22)})`,
    );
  });

  it('inside a repeat as a question about any of its rows, by the way from the repeat', () => {
    const age = field('number', '/home/person/who/age', '/home/person');
    expect(textOf({ field: age.key, operator: 'atLeast', values: ['18'] }, age)).toBe(
      'home/person/any(r: r/who/age ge 18)',
    );
  });

  it('with all of its conditions, without those whose field is gone', () => {
    const fields = new Map([['/home/q', field('number')]]);
    const one = (key: string): Condition => ({ field: key, operator: 'is', values: ['1'] });
    expect(filterText([one('/home/q'), one('/gone'), one('/home/q')], fields, now)).toBe(
      '(home/q eq 1) and (home/q eq 1)',
    );
    expect(filterText([], fields, now)).toBeNull();
  });

  it('about what is known of a submission', () => {
    const fields = new Map(
      factFields(
        { about: 'About', label: String, review: String, state: String },
        [{ id: 7, name: 'Phone 7' }],
        ['1', ''],
        [deployment],
      ).map((one) => [one.key, one]),
    );
    const asked = (fact: string, operator: Operator, ...values: string[]) =>
      filterText([{ field: `__system/${fact}`, operator, values }], fields, now);
    expect(asked('reviewState', 'anyOf', 'received', 'approved')).toBe(
      "(__system/reviewState eq null or __system/reviewState in ('approved'))",
    );
    expect(asked('reviewState', 'noneOf', 'received')).toBe('(not (__system/reviewState eq null))');
    expect(asked('submitterId', 'anyOf', '7')).toBe('(__system/submitterId in (7))');
    expect(asked('edits', 'yes')).toBe('(__system/edits gt 0)');
    expect(asked('edits', 'no')).toBe('(__system/edits eq 0)');
    expect(asked('hasMissingFiles', 'yes')).toBe('(__system/hasMissingFiles eq true)');
    expect(asked('formVersion', 'anyOf', '1')).toBe("(__system/formVersion in ('1'))");
    expect(asked('state', 'anyOf', 'pending', 'final')).toBe("(__system/state in ('pending','final'))");
    expect(asked('stageId', 'anyOf', '11')).toBe('(__system/stageId in (11))');
    expect(asked('deploymentId', 'empty')).toBe('(__system/deploymentId eq null)');
    expect(fields.get('__system/stageId')?.choices).toEqual([{ name: '11', label: 'Supervisor' }]);
    const submissionDate = fields.get('__system/submissionDate');
    expect(submissionDate && operatorsOf(submissionDate)).not.toContain('empty');
  });

  it('about stages only where there are deployments', () => {
    const words = { about: 'About', label: String, review: String, state: String };
    const keys = (deployments: (typeof deployment)[]) =>
      factFields(words, [], [], deployments).map((one) => one.key);
    expect(keys([deployment])).toContain('__system/state');
    expect(keys([])).not.toContain('__system/state');
  });
});

describe('a filter that cannot be asked', () => {
  it.each<[FieldKind, Operator, string[]]>([
    ['text', 'contains', ['']],
    ['text', 'contains', []],
    ['text', 'less', ['5']],
    ['number', 'is', ['five']],
    ['number', 'is', ['1) or (1 eq 1']],
    ['number', 'between', ['1']],
    ['date', 'on', ['20.11.2026']],
    ['date', 'on', ['2026-13-01']],
    ['date', 'lastDays', ['0']],
    ['date', 'lastDays', ['1.5']],
    ['time', 'on', ['25:00']],
    ['oneChoice', 'anyOf', []],
    ['place', 'near', ['91', '0', '5']],
    ['place', 'near', ['1', '0', '0']],
    ['place', 'inBox', ['2', '0', '1', '5']],
    ['file', 'contains', ['x']],
    ['truth', 'yes', ['x']],
  ])('%s %s %j is told apart from those that can', (kind, operator, values) => {
    const good: Condition = { field: '/home/q', operator: 'notEmpty', values: [] };
    const bad: Condition = { field: '/home/q', operator, values };
    expect(sortOut([bad, good], new Map([['/home/q', field(kind)]]))).toEqual({
      usable: [good],
      unusable: [bad],
    });
  });

  it('of a link cut off or typed by hand leaves the rest as it is', () => {
    const good: Condition = { field: '/q', operator: 'empty', values: [] };
    const mixed = btoa(
      JSON.stringify([['/q', 'empty'], ['/q', 'resembles', 'x'], 7, ['', 'is', 'x'], [1, 'is']]),
    );
    expect(readFragment(`#f=${mixed.replaceAll('=', '')}`)).toEqual({
      conditions: [good],
      unreadable: ['/q resembles x', '7', ' is x', '1 is'],
    });
    expect(readFragment(writeFragment([good]).slice(0, -3)).conditions).toEqual([]);
    expect(readFragment('#f=%%%')).toEqual({ conditions: [], unreadable: ['%%%'] });
    expect(readFragment('#f=e30')).toEqual({ conditions: [], unreadable: ['e30'] });
    expect(readFragment('#main')).toEqual({ conditions: [], unreadable: [] });
    expect(hasFilters('#main')).toBe(false);
    expect(writeFragment([])).toBe('');
  });
});

describe('the fields of a form', () => {
  const column = (path: string, type: string, label: string, withChoices = false) => ({
    path,
    name: path.split('/').at(-1) ?? '',
    label,
    type,
    choices: withChoices ? choices : null,
  });
  const form = {
    columns: [
      column('/village', 'string', 'Village'),
      column('/home/rooms', 'int', 'Rooms'),
      column('/home/assets', 'selectMultiple', 'Assets', true),
      column('/home/crop', 'selectOne', 'Crop'),
    ],
    repeats: [
      {
        path: '/home/person',
        name: 'person',
        label: 'Person',
        columns: [column('/home/person/age', 'int', 'Age')],
      },
    ],
    groups: [{ path: '/home', label: 'Home' }],
    languages: [],
    language: null,
  };

  it('know their kind, their place and their repeat', () => {
    expect(
      questionFields(form).map((one) => [one.key, one.kind, one.within.join(' › '), one.repeat]),
    ).toEqual([
      ['/village', 'text', '', null],
      ['/home/rooms', 'number', 'Home', null],
      ['/home/assets', 'manyChoices', 'Home', null],
      ['/home/crop', 'text', 'Home', null],
      ['/home/person', 'repeat', 'Home', null],
      ['/home/person/age', 'number', 'Home › Person', '/home/person'],
    ]);
  });

  it('are found by all of the words, in labels, names and places', () => {
    const found = (sought: string) => findFields(questionFields(form), sought).map((one) => one.key);
    expect(found('person AGE')).toEqual(['/home/person/age']);
    expect(found('  ')).toHaveLength(6);
    expect(found('nothing')).toEqual([]);
  });

  it('a day is that of the reader', () => {
    expect(dayOf(new Date(2026, 0, 5, 23, 59))).toBe('2026-01-05');
  });
});
