import { ask, path } from './client';
import type { Incident, IncidentPage, ServerStatus } from './types';

/** How the server is, and what its operators say of it; anybody may ask. */
export function readStatus(signal?: AbortSignal): Promise<ServerStatus> {
  return ask<ServerStatus>(path('status'), { signal });
}

/** Incidents and planned work, withdrawn ones too, newest first; after `before`, older ones. */
export function listIncidents(before: number | null, signal?: AbortSignal): Promise<IncidentPage> {
  return ask<IncidentPage>(path('incidents'), { query: { before }, signal });
}

/** One incident as it is now; null when there is none. */
export async function readIncident(incident: number): Promise<Incident | null> {
  const page = await ask<IncidentPage>(path('incidents'), { query: { before: incident + 1, limit: 1 } });
  return page.items.find((one) => one.id === incident) ?? null;
}

/** What is said of an incident beside what became of it. */
export interface IncidentBody {
  title: string;
  impact: string;
  parts: string[];
  /** Null for now. */
  beginsAt: string | null;
  endsAt: string | null;
}

export function openIncident(
  kind: string,
  body: IncidentBody,
  state: string,
  text: string,
): Promise<Incident> {
  return ask<Incident>(path('incidents'), { method: 'POST', json: { kind, ...body, state, text } });
}

/** The changes below name the revision that was read; `incident.changed` when there is a newer one. */
export function correctIncident(seen: Incident, body: IncidentBody): Promise<Incident> {
  return ask<Incident>(path('incidents', seen.id), {
    method: 'PUT',
    json: { revision: seen.revision, ...body },
  });
}

export function tellIncident(seen: Incident, state: string, text: string): Promise<Incident> {
  return ask<Incident>(path('incidents', seen.id, 'updates'), {
    method: 'POST',
    json: { revision: seen.revision, state, text },
  });
}

/** An empty text takes the post-mortem away. */
export function writePostMortem(seen: Incident, text: string): Promise<Incident> {
  return ask<Incident>(path('incidents', seen.id, 'post-mortem'), {
    method: 'PUT',
    json: { revision: seen.revision, text },
  });
}

export function withdrawIncident(seen: Incident, isWithdrawn: boolean): Promise<Incident> {
  return ask<Incident>(path('incidents', seen.id, 'withdrawal'), {
    method: 'PUT',
    json: { revision: seen.revision, isWithdrawn },
  });
}
