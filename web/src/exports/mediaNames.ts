/** The parts of an attachment's name that the server fills in. */
export const mediaParts = ['instanceId', 'question', 'name', 'ext', 'date', 'submitter'] as const;

export type MediaPart = (typeof mediaParts)[number];

const mostCharacters = 200;
const refused = /[/\\?%*:|"<>]/g;
const part = /\{(\w+)\}/g;

/** What is wrong with a pattern, as `exports.mediaProblems.…` has it; null when it can be used. */
export function patternProblem(pattern: string): 'braces' | 'folder' | 'tooLong' | null {
  if (pattern.length > mostCharacters) {
    return 'tooLong';
  }
  const known: readonly string[] = mediaParts;
  const rest = pattern.replace(part, (whole, name: string) => (known.includes(name) ? '' : whole));
  if (/[{}]/.test(rest)) {
    return 'braces';
  }
  return pattern !== '' && pattern.split('/').some((folder) => ['', '.', '..'].includes(folder))
    ? 'folder'
    : null;
}

/** The name a pattern gives to a file; with no pattern, its own. As the server's `MediaPattern` makes it. */
export function mediaName(pattern: string, file: Readonly<Record<MediaPart, string>>): string {
  if (pattern === '') {
    return safeName(`${file.name}.${file.ext}`);
  }
  return pattern
    .split('/')
    .map((folder) =>
      safeName(mediaParts.reduce((text, name) => text.replaceAll(`{${name}}`, file[name]), folder)),
    )
    .join('/');
}

/** Puts a text into another in place of what is selected, and says where the caret is then. */
export function insertText(
  text: string,
  selected: readonly [start: number, end: number],
  inserted: string,
): { text: string; caret: number } {
  const [start, end] = selected;
  return { text: text.slice(0, start) + inserted + text.slice(end), caret: start + inserted.length };
}

function safeName(name: string): string {
  const safe = Array.from(name, (letter) => (letter < ' ' || letter === '\u007f' ? '_' : letter))
    .join('')
    .replace(refused, '_')
    .trim()
    .replace(/\.+$/, '');
  return safe.replaceAll('.', '') === '' ? '_' : safe;
}
