import type { Diagnostic, Severity } from '../api/types';

/** The kinds of diagnostics in the order in which an author should take them. */
export const severities = ['error', 'warning', 'advice'] as const satisfies readonly Severity[];

/** A kind the page does not know is something to look at. */
export function severityOf(diagnostic: { severity: string }): Severity {
  return severities.find((known) => known === diagnostic.severity) ?? 'warning';
}

/** The sheets in the order in which authors work on them. */
const sheets = ['survey', 'choices', 'external_choices', 'entities', 'settings'];

/** Says for which other tool the workbook was written: it explains the rest, so it stands above it. */
const foreword = 'A_OTHER_DIALECT';

/** What is said before the list. */
export function forewordsOf(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.code === foreword);
}

/** What the list shows. */
export function listedOf(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.filter((diagnostic) => diagnostic.code !== foreword);
}

export type Counts = Record<Severity, number>;

export function countOf(diagnostics: readonly Diagnostic[]): Counts {
  const counts: Counts = { error: 0, warning: 0, advice: 0 };
  for (const diagnostic of diagnostics) {
    counts[severityOf(diagnostic)]++;
  }
  return counts;
}

/** The diagnostics of one sheet; null is the file as a whole. */
export interface SheetGroup {
  sheet: string | null;
  diagnostics: Diagnostic[];
}

/** Sorts the diagnostics of one kind by sheet, row and column, the whole file first. */
export function inFileOrder(diagnostics: readonly Diagnostic[], severity: Severity): Diagnostic[] {
  return diagnostics
    .map((diagnostic, index) => ({ diagnostic, index }))
    .filter(({ diagnostic }) => severityOf(diagnostic) === severity)
    .sort((a, b) => compare(a.diagnostic, b.diagnostic) || a.index - b.index)
    .map(({ diagnostic }) => diagnostic);
}

/** Cuts a sorted list where the sheet changes. */
export function bySheet(sorted: readonly Diagnostic[]): SheetGroup[] {
  const groups: SheetGroup[] = [];
  for (const diagnostic of sorted) {
    const last = groups.at(-1);
    if (last !== undefined && last.sheet === diagnostic.sheet) {
      last.diagnostics.push(diagnostic);
    } else {
      groups.push({ sheet: diagnostic.sheet, diagnostics: [diagnostic] });
    }
  }
  return groups;
}

/** The message without its “Did you mean …?” when the suggestion is shown beside it. */
export function messageOf(diagnostic: Diagnostic): string {
  return diagnostic.suggestion === null
    ? diagnostic.message
    : diagnostic.message.replace(/\s*Did you mean [^?]*\?$/, '');
}

/** The part of a cell's text that the message complains of; null when it is the whole cell, or nothing of it. */
export function wrongPartOf(
  diagnostic: Pick<Diagnostic, 'value' | 'message'>,
): { before: string; part: string; after: string } | null {
  const { value, message } = diagnostic;
  if (value === null) {
    return null;
  }
  const quoted = [...message.matchAll(/“([^”]+)”|(\$\{[^}]*\})/g)].map((match) => match[1] ?? match[2] ?? '');
  const found = quoted.filter((text) => text !== '' && value.includes(text));
  const part = found.find((text) => wordAt(value, text) >= 0) ?? found.find((text) => text.length > 1);
  if (part === undefined || part === value) {
    return null;
  }
  const word = wordAt(value, part);
  const start = word < 0 ? value.indexOf(part) : word;
  return { before: value.slice(0, start), part, after: value.slice(start + part.length) };
}

/** Where a text stands by itself in another and is no part of a longer word; -1 if nowhere. */
function wordAt(text: string, word: string): number {
  const isWord = /[\p{L}\p{N}_]/u;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = isWord.test(word.charAt(0)) && isWord.test(text.charAt(at - 1));
    const after = isWord.test(word.charAt(word.length - 1)) && isWord.test(text.charAt(at + word.length));
    if (!before && !after) {
      return at;
    }
  }
  return -1;
}

/** What became of the mistakes of an upload in the next one. */
export interface Progress {
  /** How many mistakes the upload before had. */
  before: number;
  /** Those that are gone, in the order in which they were shown. */
  mended: Diagnostic[];
  /** Those that were not there before: mending one mistake can bring another to light. */
  fresh: ReadonlySet<Diagnostic>;
}

/**
 * Compares the mistakes of two uploads. Rows move when rows are added above them, so a mistake is known by its kind,
 * its column and the words in its row; one whose words were changed but that is still there is known by its cell.
 */
export function progressOf(before: readonly Diagnostic[], after: readonly Diagnostic[]): Progress {
  const earlier = inFileOrder(before, 'error');
  const fresh = new Set(inFileOrder(after, 'error'));
  let gone = earlier;
  for (const key of [wordsKey, placeKey]) {
    const left = groupBy(fresh, key);
    gone = gone.filter((diagnostic) => {
      const same = left.get(key(diagnostic))?.shift();
      return same === undefined || !fresh.delete(same);
    });
  }
  return { before: earlier.length, mended: gone, fresh };
}

/** Whether two uploads seem to be the same form: by file name, or because they share a mistake. */
export function isSameForm(
  before: { fileName: string },
  after: { fileName: string },
  progress: Progress,
): boolean {
  return before.fileName === after.fileName || progress.mended.length < progress.before;
}

function groupBy(
  diagnostics: Iterable<Diagnostic>,
  key: (one: Diagnostic) => string,
): Map<string, Diagnostic[]> {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics) {
    const group = groups.get(key(diagnostic));
    if (group === undefined) {
      groups.set(key(diagnostic), [diagnostic]);
    } else {
      group.push(diagnostic);
    }
  }
  return groups;
}

function wordsKey(diagnostic: Diagnostic): string {
  const { code, sheet, column, value, excerpt, message } = diagnostic;
  const words = excerpt.length > 0 ? excerpt.map((cell) => cell.value) : [message.replace(/\d+/g, '#')];
  return JSON.stringify([code, sheet, column, value, words]);
}

function placeKey({ code, sheet, row, column }: Diagnostic): string {
  return JSON.stringify([code, sheet, row, column]);
}

function compare(a: Diagnostic, b: Diagnostic): number {
  return (
    rankOf(a.sheet) - rankOf(b.sheet) ||
    (a.sheet ?? '').localeCompare(b.sheet ?? '') ||
    (a.row ?? 0) - (b.row ?? 0) ||
    letters(a).length - letters(b).length ||
    letters(a).localeCompare(letters(b))
  );
}

function rankOf(sheet: string | null): number {
  const index = sheet === null ? -1 : sheets.indexOf(sheet);
  return sheet !== null && index < 0 ? sheets.length : index;
}

function letters(diagnostic: Diagnostic): string {
  return diagnostic.address?.replace(/\d+$/, '') ?? '';
}

/** The row's number as the spreadsheet program shows it: in a CSV file it is not the sheet's own. */
export function placeOf(diagnostic: Diagnostic): string {
  return /\d+$/.exec(diagnostic.excerpt[0]?.address ?? '')?.[0] ?? String(diagnostic.row ?? '');
}
