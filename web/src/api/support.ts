import { ask, path, tell } from './client';
import type { NewBreakGlass, NewSupportAccess, NewSupportRequest, Person, SupportCase } from './types';

const support = (...parts: (string | number)[]): string => path('support-access', ...parts);

/** The newest hundred that one may see, give or use. */
export async function listSupportCases(signal?: AbortSignal): Promise<SupportCase[]> {
  return (await ask<{ items: SupportCase[] }>(support(), { signal })).items;
}

/** Operators who can be let in; none for who answers for no data. */
export async function listSupportOperators(signal?: AbortSignal): Promise<Person[]> {
  return (await ask<{ items: Person[] }>(support('operators'), { signal })).items;
}

export function giveSupport(wanted: NewSupportAccess): Promise<SupportCase> {
  return ask<SupportCase>(support(), { method: 'POST', json: wanted });
}

export function askSupport(wanted: NewSupportRequest): Promise<SupportCase> {
  return ask<SupportCase>(support('requests'), { method: 'POST', json: wanted });
}

export function askBreakGlass(wanted: NewBreakGlass): Promise<SupportCase> {
  return ask<SupportCase>(path('break-glass'), { method: 'POST', json: wanted });
}

export function approveSupport(id: number): Promise<SupportCase> {
  return ask<SupportCase>(support(id, 'approval'), { method: 'POST', json: {} });
}

export function declineSupport(id: number): Promise<void> {
  return tell(support(id, 'refusal'), { method: 'POST' });
}

export function endSupport(id: number): Promise<void> {
  return tell(support(id), { method: 'DELETE' });
}

/** The emergencies of a month, `yyyy-mm`, at the places one answers for. */
export async function listBreakGlass(month: string, signal?: AbortSignal): Promise<SupportCase[]> {
  return (await ask<{ items: SupportCase[] }>(path('break-glass'), { query: { month }, signal })).items;
}
