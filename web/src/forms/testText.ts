import type { Column, SubmissionRow } from '../api/types';

/** An answer of a test as the table shows it: choices under their labels. */
export function testText(row: Pick<SubmissionRow, 'values'>, column: Column): string {
  const value = row.values[column.path] ?? '';
  const choices = column.choices ?? [];
  if (value === '' || choices.length === 0) {
    return value;
  }
  const names = column.type === 'selectOne' ? [value] : value.split(' ');
  return names.map((name) => choices.find((choice) => choice.name === name)?.label ?? name).join(', ');
}
