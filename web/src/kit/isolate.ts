const first = '\u2068';
const last = '\u2069';

/** Keeps a name or a version in one piece, in its own direction, inside a sentence of any language. */
export function isolate(text: string): string {
  return `${first}${text}${last}`;
}

const firstLtr = '\u2066';
const code = /[!-~](?:[ -~]*[!-~])?/g;

/** Keeps pieces of code such as “${age}” in one piece, from left to right, inside a sentence read from the right. */
export function isolateCode(text: string): string {
  return text.replace(code, (run) => {
    let start = 0;
    let end = run.length;
    const inner = (): string => run.slice(start, end);
    // Marks at the edges belong to the sentence, brackets too when their other half is outside.
    while (/[.,:;!?( ]$/.test(inner()) || (inner().endsWith(')') && !inner().includes('('))) {
      end--;
    }
    while (/^[).,:;!? ]/.test(inner()) || (inner().startsWith('(') && !inner().includes(')'))) {
      start++;
    }
    return start < end ? run.slice(0, start) + firstLtr + run.slice(start, end) + last + run.slice(end) : run;
  });
}
