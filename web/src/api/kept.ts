/**
 * What a page asks for, kept in this tab under an id that says nothing, so that the address can name it: filters hold
 * answers, and addresses are written into histories and logs. Gone when the tab closes or the session ends.
 */

const prefix = 'fieldkeep.kept.';
const most = 200;
const idLength = 8;

/** Keeps a value and gives its id; the same value has the same id. */
export function keep(value: unknown): string {
  const text = JSON.stringify(value);
  const found = ids().find((id) => sessionStorage.getItem(prefix + id) === text);
  if (found !== undefined) {
    return found;
  }
  const bytes = crypto.getRandomValues(new Uint8Array(idLength));
  const id = [...bytes].map((byte) => (byte % 36).toString(36)).join('');
  for (const old of ids().slice(0, Math.max(0, ids().length - most + 1))) {
    sessionStorage.removeItem(prefix + old);
  }
  sessionStorage.setItem(prefix + id, text);
  return id;
}

/** Finds what was kept; null when it is not in this tab. The caller says what it put there. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the id decides the type
export function findKept<T>(id: string): T | null {
  const text = sessionStorage.getItem(prefix + id);
  return text === null ? null : (JSON.parse(text) as T);
}

/** Forgets all of it. */
export function dropKept(): void {
  for (const id of ids()) {
    sessionStorage.removeItem(prefix + id);
  }
}

function ids(): string[] {
  return Object.keys(sessionStorage)
    .filter((key) => key.startsWith(prefix))
    .map((key) => key.slice(prefix.length));
}
