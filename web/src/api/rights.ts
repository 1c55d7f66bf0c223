import { ask, path, tell } from './client';
import type { Agreements, Archive, Consent, HeldKind, RemovalImpact } from './types';

const account = (...parts: (string | number)[]): string => path('account', ...parts);

/** What the server holds about oneself, kind by kind. */
export async function listHeld(signal?: AbortSignal): Promise<HeldKind[]> {
  return (await ask<{ items: HeldKind[] }>(account('held'), { signal })).items;
}

/** Where all of it is downloaded. */
export const ownRecordsAddress = account('records');

export async function listConsents(signal?: AbortSignal): Promise<Consent[]> {
  return (await ask<{ items: Consent[] }>(account('consents'), { signal })).items;
}

export function giveConsent(kind: string, version: number): Promise<void> {
  return tell(account('consents'), { method: 'POST', json: { kind, version } });
}

export function withdrawConsent(kind: string): Promise<void> {
  return tell(account('consents', kind), { method: 'DELETE' });
}

export function describeRemoval(signal?: AbortSignal): Promise<RemovalImpact> {
  return ask<RemovalImpact>(account('removal'), { signal });
}

/** What becomes of a project that nobody else runs. */
export interface ProjectChoice {
  project: number;
  choice: string;
  to?: number;
}

/** Ends one's account; gives when it is removed for good. */
export async function removeOwnAccount(email: string, projects: ProjectChoice[]): Promise<string> {
  return (await ask<{ dueAt: string }>(account('removal'), { method: 'POST', json: { email, projects } }))
    .dueAt;
}

export function cancelRemovalByLink(token: string): Promise<void> {
  return tell(path('removals', 'cancellation'), { method: 'POST', json: { token } });
}

const unit = (id: number, ...parts: (string | number)[]): string => path('units', id, ...parts);

export async function listArchives(id: number, signal?: AbortSignal): Promise<Archive[]> {
  return (await ask<{ items: Archive[] }>(unit(id, 'archives'), { signal })).items;
}

/** Asks for all data of a unit; gives where it can be fetched once. */
export async function askArchive(id: number): Promise<string> {
  const asked = await ask<{ id: string }>(unit(id, 'archives'), { method: 'POST', json: {} });
  return unit(id, 'archives', asked.id, 'file');
}

export function listAgreements(id: number, signal?: AbortSignal): Promise<Agreements> {
  return ask<Agreements>(unit(id, 'agreements'), { signal });
}

export function agreeForUnit(id: number, kind: string, version: number): Promise<void> {
  return tell(unit(id, 'agreements'), { method: 'POST', json: { kind, version } });
}

/** Where the record of what a unit agreed to is downloaded. */
export const agreementsAddress = (id: number): string => unit(id, 'agreements', 'file');
