import { ask, path, tell } from './client';
import type { ConfidentialHolder, Confidentiality } from './types';

/** Reads which questions of a form are confidential and why; of its draft while nothing is published. */
export function readConfidentiality(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<Confidentiality> {
  return ask<Confidentiality>(path('projects', project, 'forms', form, 'confidential'), { signal });
}

/** Lists who may read or replace the confidential answers of a form. */
export async function listHolders(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<ConfidentialHolder[]> {
  const { items } = await ask<{ items: ConfidentialHolder[] }>(
    path('projects', project, 'forms', form, 'confidential', 'holders'),
    { signal },
  );
  return items;
}

/** Makes a question, group or repeat confidential in all versions; a point may be shown displaced by a radius in metres. */
export function markConfidential(
  project: string,
  form: string,
  question: string,
  radius: number | null,
): Promise<void> {
  return set(project, form, { path: question, kind: 'marked', radius });
}

/** Makes a question no longer confidential, a day from now, with a reason. */
export function declassify(project: string, form: string, question: string, reason: string): Promise<void> {
  return set(project, form, { path: question, kind: 'declassified', reason });
}

/** Takes back what was set beside the form: the form alone decides, at once where that protects more. */
export function leaveToForm(project: string, form: string, question: string): Promise<void> {
  return set(project, form, { path: question, kind: 'removed' });
}

function set(project: string, form: string, json: Record<string, unknown>): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'confidential', 'flags'), { method: 'PUT', json });
}
