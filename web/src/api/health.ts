import { ask, path, tell } from './client';
import type { AddedRecipient, AlertPage, CheckList, RecipientList, ServedBy } from './types';

export const recipientKinds = ['mail', 'webhook'] as const;
export type RecipientKind = (typeof recipientKinds)[number];

/** What the server looks at in itself, and how each stands. */
export function listChecks(signal?: AbortSignal): Promise<CheckList> {
  return ask<CheckList>(path('health', 'checks'), { signal });
}

/** The servers that ever served this database, by name. */
export async function listServers(signal?: AbortSignal): Promise<ServedBy[]> {
  return (await ask<{ items: ServedBy[] }>(path('health', 'servers'), { signal })).items;
}

/** The alerts that are open, and the newest of those that are closed; after `before`, older closed ones alone. */
export function listAlerts(before: number | null, signal?: AbortSignal): Promise<AlertPage> {
  return ask<AlertPage>(path('health', 'alerts'), {
    query: before === null ? {} : { before },
    signal,
  });
}

/** Says that somebody knows of an alert. */
export function acknowledgeAlert(alert: number, note: string): Promise<void> {
  return tell(path('health', 'alerts', alert, 'acknowledgement'), { method: 'POST', json: { note } });
}

/** Sends a trial to everybody who is told of alerts. */
export function testAlert(): Promise<void> {
  return tell(path('health', 'alerts', 'test'), { method: 'POST', json: {} });
}

/** Who is told of alerts beside the operators. */
export function listRecipients(signal?: AbortSignal): Promise<RecipientList> {
  return ask<RecipientList>(path('health', 'recipients'), { signal });
}

export function addRecipient(kind: RecipientKind, address: string): Promise<AddedRecipient> {
  return ask<AddedRecipient>(path('health', 'recipients'), { method: 'POST', json: { kind, address } });
}

export function removeRecipient(recipient: number): Promise<void> {
  return tell(path('health', 'recipients', recipient), { method: 'DELETE' });
}
