import type { ContentTable } from '../api/types';

/** Columns that every submission has and that may be left out; keys always stay. */
export const factColumns = [
  'SubmissionDate',
  'SubmitterID',
  'SubmitterName',
  'AttachmentsPresent',
  'AttachmentsExpected',
  'Status',
  'ReviewState',
  'DeviceID',
  'Edits',
  'FormVersion',
] as const;

/** Everything that can be chosen, in the form's order. */
export function allColumns(tables: readonly ContentTable[]): string[] {
  return [...tables.flatMap((table) => table.columns.map((column) => column.path)), ...factColumns];
}

/** The single columns that a choice means: all for null, and those inside the groups and repeats that it names. */
export function pickedColumns(
  chosen: readonly string[] | null,
  tables: readonly ContentTable[],
): ReadonlySet<string> {
  const all = allColumns(tables);
  if (chosen === null) {
    return new Set(all);
  }
  const names = new Set(chosen);
  return new Set(all.filter((path) => names.has(path) || chosen.some((one) => path.startsWith(`${one}/`))));
}

/** Adds columns to a choice or takes them out of it; null when all are in it. */
export function pickColumns(
  picked: ReadonlySet<string>,
  changed: readonly string[],
  isIn: boolean,
  tables: readonly ContentTable[],
): readonly string[] | null {
  const change = new Set(changed);
  const all = allColumns(tables);
  const now = all.filter((path) => (change.has(path) ? isIn : picked.has(path)));
  return now.length === all.length ? null : now;
}
