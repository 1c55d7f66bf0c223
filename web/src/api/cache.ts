import { dropKept } from './kept';

/** The last answers of the server, so that going back shows them at once while they are asked for again. */

const answers = new Map<string, unknown>();
const mostAnswers = 50;

/** The caller says what it put under this key. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the key decides the type
export function recall<T>(key: string): T | undefined {
  return answers.get(key) as T | undefined;
}

export function remember(key: string, answer: unknown): void {
  answers.delete(key);
  answers.set(key, answer);
  const oldest = answers.keys().next();
  if (answers.size > mostAnswers && oldest.done !== true) {
    answers.delete(oldest.value);
  }
}

/** Forgets every answer whose key begins so; with nothing, all of them (on signing out). */
export function forget(prefix = ''): void {
  for (const key of [...answers.keys()]) {
    if (key.startsWith(prefix)) {
      answers.delete(key);
    }
  }
  if (prefix === '') {
    dropKept();
  }
}
