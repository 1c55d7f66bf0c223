import type { Column, SubmissionRow } from '../api/types';

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

/** The columns of a URL's `columns` query, in the form's order; unknown paths are passed over. */
export function chosenColumns(columns: readonly Column[], query: string | null): Column[] {
  if (query === null || query === '') {
    return defaultColumns(columns);
  }
  const wanted = new Set(query.split(','));
  return columns.filter((column) => wanted.has(column.path));
}

/** An answer as the table shows it: choices under their labels unless names are asked for. */
export function answerText(row: SubmissionRow, column: Column, showsNames: boolean): string {
  const value = row.values[column.path] ?? '';
  if (showsNames || column.choices === null || value === '') {
    return value;
  }
  const names = isSelectMultiple(column.type) ? value.split(' ') : [value];
  return names
    .map((name) => column.choices?.find((choice) => choice.name === name)?.label ?? name)
    .join(', ');
}

function isSelectMultiple(type: string): boolean {
  return type === 'select' || type.startsWith('select_multiple') || type === 'selectMultiple';
}
