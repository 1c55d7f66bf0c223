import type { Column, SubmissionRow } from '../api/types';
import type { TableSettings } from './useTableSettings';

/** What the table can show of a submission besides its answers. */
export const factColumns = ['at', 'by', 'standing', 'review', 'files', 'edits', 'version', 'id'] as const;
export type FactColumn = (typeof factColumns)[number];

const usualFacts: readonly FactColumn[] = ['at', 'by', 'review', 'files'];
/** Where there are deployments, where a submission stands says more than the review state that follows from it. */
const usualFactsDeployed: readonly FactColumn[] = ['at', 'by', 'standing', 'files'];

/** The facts that can be shown of a form; where a submission stands only if it has deployments. */
export const factsOf = (isDeployed: boolean): readonly FactColumn[] =>
  isDeployed ? factColumns : factColumns.filter((fact) => fact !== 'standing');

/** The key of a fact's column; no question's path begins so. */
export const keyOfFactColumn = (fact: FactColumn): string => `@${fact}`;

/** The fact of a column's key; undefined for a question's path. */
export const factOfKey = (key: string): FactColumn | undefined =>
  factColumns.find((fact) => keyOfFactColumn(fact) === key);

/** Question types that collect nothing worth a column of its own at first sight. */
const plumbing = new Set([
  'start',
  'end',
  'today',
  'deviceid',
  'phonenumber',
  'username',
  'email',
  'instanceID',
  'audit',
]);
const mostAtFirst = 14;

/** The columns shown until a person chooses others: the first questions, without the form's plumbing. */
export function defaultColumns(columns: readonly Column[]): Column[] {
  const questions = columns.filter(
    (column) => !plumbing.has(column.type) && !plumbing.has(column.name) && !column.path.includes('/meta/'),
  );
  return (questions.length > 0 ? questions : [...columns]).slice(0, mostAtFirst);
}

/** The keys of the usual columns, in order. */
export function usualKeys(columns: readonly Column[], isDeployed: boolean): string[] {
  const facts = isDeployed ? usualFactsDeployed : usualFacts;
  return [...facts.map(keyOfFactColumn), ...defaultColumns(columns).map((column) => column.path)];
}

/** The keys of the columns to show, the frozen ones first; what the form has no more is passed over. */
export function shownKeys(
  columns: readonly Column[],
  settings: TableSettings,
  isDeployed: boolean,
): string[] {
  const known = new Set([
    ...factsOf(isDeployed).map(keyOfFactColumn),
    ...columns.map((column) => column.path),
  ]);
  const chosen = settings.columns?.filter((key) => known.has(key)) ?? [];
  const keys = chosen.length > 0 ? chosen : usualKeys(columns, isDeployed);
  const frozen = new Set(settings.frozen);
  return [...keys.filter((key) => frozen.has(key)), ...keys.filter((key) => !frozen.has(key))];
}

/** Whether the answer is confidential and not even shown displaced. */
export const isWithheld = (row: SubmissionRow, column: Column): boolean =>
  row.confidential?.includes(column.path) === true && (row.values[column.path] ?? '') === '';

const labelsOf = new WeakMap<Column, Map<string, string>>();

/** An answer as the table shows it: choices under their labels unless names are asked for. */
export function answerText(row: SubmissionRow, column: Column, showsNames: boolean): string {
  const value = row.values[column.path] ?? '';
  if (showsNames || column.choices === null || value === '') {
    return value;
  }
  let labels = labelsOf.get(column);
  if (labels === undefined) {
    labels = new Map(column.choices.map((choice) => [choice.name, choice.label]));
    labelsOf.set(column, labels);
  }
  const names = column.type === 'selectMultiple' || column.type === 'rank' ? value.split(' ') : [value];
  return names.map((name) => labels.get(name) ?? name).join(', ');
}
