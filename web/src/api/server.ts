import { ask, path, tell } from './client';
import type { AccountPage, PublishedText, Removal, SecurityContact, TextVersion } from './types';

/** The kinds of texts there are, in the order in which people meet them. */
export const textKinds = ['terms', 'privacy', 'dpa'] as const;
export type TextKind = (typeof textKinds)[number];

/** When each version of a text was published and by whom, newest first. */
export async function listTextVersions(kind: TextKind, signal?: AbortSignal): Promise<TextVersion[]> {
  return (await ask<{ items: TextVersion[] }>(path('texts', kind, 'versions'), { signal })).items;
}

export function readText(kind: TextKind, version: number, signal?: AbortSignal): Promise<PublishedText> {
  return ask<PublishedText>(path('texts', kind, 'versions', version), { signal });
}

/** Publishes the next version of a text; who has to agree is asked at their next visit. */
export function publishText(kind: TextKind, body: string): Promise<unknown> {
  return ask(path('texts'), { method: 'POST', json: { kind, body } });
}

/** Finds accounts of the whole server by name or address. */
export function findAccounts(search: string, signal?: AbortSignal): Promise<AccountPage> {
  return ask<AccountPage>(path('accounts'), { query: { q: search === '' ? null : search }, signal });
}

/** Removals of accounts: those asked for, those that wait, and those of before. */
export async function listRemovals(signal?: AbortSignal): Promise<Removal[]> {
  return (await ask<{ items: Removal[] }>(path('removals'), { signal })).items;
}

/** Asks for the end of somebody's account; another operator has to agree. */
export function askRemoval(account: number, reason: string): Promise<void> {
  return tell(path('accounts', account, 'removal'), { method: 'POST', json: { reason } });
}

/** Agrees to what another operator asked for: the account ends at once. */
export function agreeRemoval(account: number): Promise<unknown> {
  return ask(path('accounts', account, 'removal', 'agreement'), { method: 'POST', json: {} });
}

/** Stops what was asked for, or gives an account back. */
export function cancelRemoval(account: number): Promise<void> {
  return tell(path('accounts', account, 'removal'), { method: 'DELETE' });
}

/** Whom security.txt names. */
export function readSecurityContact(signal?: AbortSignal): Promise<SecurityContact> {
  return ask<SecurityContact>(path('security-contact'), { signal });
}

export function saveSecurityContact(contact: SecurityContact): Promise<void> {
  return tell(path('security-contact'), { method: 'PUT', json: contact });
}

/** Where anyone reads it. */
export const securityTextAddress = '/.well-known/security.txt';
