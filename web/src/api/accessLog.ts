import { ask, path, tell } from './client';
import type { AccessLine, AccessPage } from './types';

/** What of an access log is wanted. */
export const accessTopics = ['all', 'signIns', 'refusals', 'account', 'data'] as const;
export type AccessTopic = (typeof accessTopics)[number];

/** Reads an access log, one's own or that of an account, newest first; `before` is the `next` of the page before, `from` an instant. */
export function listAccess(
  account: string | null,
  topic: AccessTopic,
  from: string | null,
  before: string | null,
  signal?: AbortSignal,
): Promise<AccessPage> {
  const address = account === null ? path('account', 'access-log') : path('accounts', account, 'access-log');
  return ask<AccessPage>(address, { query: { topic, from, before }, signal });
}

/** Reads the single lines behind one that stands for an hour. */
export async function listAccessOfHour(line: AccessLine): Promise<AccessLine[]> {
  const query = { kind: line.kind, at: line.at, project: line.project };
  return (await ask<{ items: AccessLine[] }>(path('account', 'access-log', 'hour'), { query })).items;
}

/** Where the same is had as CSV. */
export function accessFileUrl(topic: AccessTopic, from: string | null): string {
  const query = new URLSearchParams({ topic, ...(from === null ? {} : { from }) });
  return `${path('account', 'access-log', 'file')}?${query.toString()}`;
}

/** Says “this wasn't me”: ends every other session and token, and the password opens nothing until another is set. */
export function disownAccess(): Promise<void> {
  return tell(path('account', 'disown'), { method: 'POST' });
}

/** Lifts the wait of a locked account with the secret of a letter. */
export function unlockByLetter(secret: string): Promise<void> {
  return tell(path('unlock'), { method: 'POST', json: { secret } });
}
