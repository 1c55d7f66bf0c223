const first = '\u2068';
const last = '\u2069';

/** Keeps a name or a version in one piece, in its own direction, inside a sentence of any language. */
export function isolate(text: string): string {
  return `${first}${text}${last}`;
}
