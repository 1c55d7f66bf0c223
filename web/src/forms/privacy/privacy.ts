import type {
  PrivacyFinding,
  PrivacyReason,
  PrivacyRemedy,
  PrivacyReport,
  PrivacyRisk,
  PrivacySeverity,
} from '../../api/types';

/** Severities, the gravest first. */
export const severities = ['high', 'medium', 'low'] as const satisfies readonly PrivacySeverity[];

/** One line of the panel: a question, or a risk of the form as a whole. */
export type PrivacyLine = PrivacyFinding | PrivacyRisk;

export function isRisk(line: PrivacyLine): line is PrivacyRisk {
  return 'risk' in line;
}

/** Whether a remedy can be done here: the question is made confidential beside the form. */
export const isConfidence = (kind: PrivacyRemedy['kind']): boolean =>
  kind === 'markConfidential' || kind === 'displacePlace';

/** The radius a remedy proposes for a point; null for other questions. */
export function radiusOf(finding: PrivacyFinding): number | null {
  const cells = finding.remedies.flatMap((remedy) => remedy.rows).flatMap((row) => row.cells);
  const radius = cells.find((cell) => cell.column === 'confidential_radius')?.value;
  return radius === undefined ? null : Number(radius);
}

/** Whether its answers are places, which pictures lose as soon as it is confidential. */
export const isOfPlace = (finding: PrivacyFinding): boolean =>
  finding.reasons.some(
    ({ source, words }) => source === 'type' && ['geopoint', 'geotrace', 'geoshape'].includes(words),
  );

/** Whether somebody said why it stays, and nothing more has been found since. */
export function isAnswered(line: PrivacyLine): boolean {
  return line.decision?.isCurrent === true;
}

/** Lines that want a look first: the gravest, then those nobody answered, else in the form's order. */
export function inOrder<T extends PrivacyLine>(lines: readonly T[]): T[] {
  const rank = (line: T): number => severities.indexOf(line.severity) * 2 + (isAnswered(line) ? 1 : 0);
  return lines
    .map((line, index) => ({ line, index }))
    .sort((a, b) => rank(a.line) - rank(b.line) || a.index - b.index)
    .map(({ line }) => line);
}

/** Questions to look at, and those of low severity, which are folded away. */
export function split(report: PrivacyReport): { grave: PrivacyFinding[]; low: PrivacyFinding[] } {
  const sorted = inOrder(report.findings);
  return {
    grave: sorted.filter((finding) => finding.severity !== 'low'),
    low: sorted.filter((finding) => finding.severity === 'low'),
  };
}

/** Reasons without those that say the same of another source: a word in name and label is one reason. */
export function reasonsOf(finding: PrivacyFinding): PrivacyReason[] {
  const seen = new Set<string>();
  return finding.reasons.filter((reason) => {
    const key = `${reason.words.toLowerCase()} ${reason.language ?? ''}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** Rows of one sheet with the columns they fill, as a table. */
export interface RowTable {
  sheet: string;
  columns: string[];
  rows: string[][];
}

/** Sets a remedy's rows in tables, one for each sheet. */
export function tablesOf(remedy: PrivacyRemedy): RowTable[] {
  const sheets = [...new Set(remedy.rows.map((row) => row.sheet))];
  return sheets.map((sheet) => {
    const rows = remedy.rows.filter((row) => row.sheet === sheet);
    const columns = [...new Set(rows.flatMap((row) => row.cells.map((cell) => cell.column)))];
    return {
      sheet,
      columns,
      rows: rows.map((row) =>
        columns.map((column) => row.cells.find((cell) => cell.column === column)?.value ?? ''),
      ),
    };
  });
}

/** The table as a spreadsheet takes it from the clipboard. */
export function asCells(table: RowTable): string {
  return [table.columns, ...table.rows].map((row) => row.join('\t')).join('\n');
}
