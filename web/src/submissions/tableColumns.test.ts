import { describe, expect, it } from 'vitest';
import type { Column, SubmissionRow } from '../api/types';
import { answerText, defaultColumns, shownKeys } from './tableColumns';
import { readSettings, usualSettings } from './useTableSettings';

const column = (path: string, type = 'string', choices: Column['choices'] = null): Column => ({
  path,
  name: path.split('/').at(-1) ?? '',
  label: path,
  type,
  choices,
});

const row = (values: Record<string, string>): SubmissionRow => ({
  instanceId: 'uuid:1',
  submittedAt: '2026-11-20T08:00:00Z',
  submitter: { id: 5, name: 'Enumerator' },
  reviewState: null,
  standing: null,
  attachments: { present: 0, expected: 0 },
  edits: 0,
  formVersion: '1',
  status: null,
  confidential: null,
  values,
});

const tools = [
  { name: 'radio', label: 'Radio' },
  { name: 'phone', label: 'Phone' },
];

describe('the columns of the table', () => {
  it('leave out the form’s bookkeeping at first, and hold no more than fit', () => {
    const questions = Array.from({ length: 40 }, (_, index) => column(`q${index}`));
    const shown = defaultColumns([column('start', 'dateTime'), ...questions, column('meta/instanceID')]);
    expect(shown.map((one) => one.path)).toEqual(questions.slice(0, 14).map((one) => one.path));
  });

  it('are all shown when there is nothing but bookkeeping', () => {
    expect(defaultColumns([column('start', 'dateTime')])).toHaveLength(1);
  });

  it('are those chosen, in their order, the frozen ones first, without those that are gone', () => {
    const all = [column('/a'), column('/b'), column('/c')];
    const settings = { ...usualSettings, columns: ['/c', '/gone', '@by', '/a'], frozen: ['/a'] };
    expect(shownKeys(all, settings, false)).toEqual(['/a', '/c', '@by']);
  });

  it('are the usual ones when none of those chosen is left', () => {
    const settings = { ...usualSettings, columns: ['/gone'] };
    expect(shownKeys([column('/a')], settings, false)).toEqual(['@at', '@by', '@review', '@files', '/a']);
  });

  it('say where each stands in forms with deployments, and nowhere else', () => {
    expect(shownKeys([column('/a')], usualSettings, true)).toEqual([
      '@at',
      '@by',
      '@standing',
      '@files',
      '/a',
    ]);
    const settings = { ...usualSettings, columns: ['@standing', '/a'] };
    expect(shownKeys([column('/a')], settings, false)).toEqual(['/a']);
  });

  it.each([null, '', 'x', '[]', '7', '{"columns":7,"frozen":"x","language":1}', '{"columns":[]}'])(
    'are the usual ones when what was kept is %j',
    (text) => expect(readSettings(text)).toEqual(usualSettings),
  );
});

describe('an answer in the table', () => {
  it('shows choices under their labels, one or several', () => {
    expect(answerText(row({ tool: 'phone' }), column('tool', 'selectOne', tools), false)).toBe('Phone');
    expect(answerText(row({ tool: 'radio phone' }), column('tool', 'selectMultiple', tools), false)).toBe(
      'Radio, Phone',
    );
  });

  it('shows names when they are asked for, and a name that is in no list as it is', () => {
    expect(answerText(row({ tool: 'radio phone' }), column('tool', 'selectMultiple', tools), true)).toBe(
      'radio phone',
    );
    expect(answerText(row({ tool: 'plough' }), column('tool', 'selectOne', tools), false)).toBe('plough');
  });

  it('that is not there is empty', () => {
    expect(answerText(row({}), column('tool', 'selectOne', tools), false)).toBe('');
  });
});
