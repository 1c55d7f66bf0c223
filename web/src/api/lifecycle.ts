import { ask, path, tell } from './client';
import type {
  DeletionCounts,
  DeletionReport,
  FoundPeople,
  FormQuestion,
  Hold,
  PersonSearch,
  PseudonymPreview,
  PseudonymQuestion,
  Rewrite,
} from './types';

export async function readTrashDays(project: string, signal?: AbortSignal): Promise<number> {
  return (await ask<{ trashDays: number }>(path('projects', project, 'trash-days'), { signal })).trashDays;
}

export function saveTrashDays(project: string, trashDays: number): Promise<unknown> {
  return ask(path('projects', project, 'trash-days'), { method: 'PUT', json: { trashDays } });
}

export async function listHolds(project: string, signal?: AbortSignal): Promise<Hold[]> {
  return (await ask<{ items: Hold[] }>(path('projects', project, 'holds'), { signal })).items;
}

/** Places a legal hold on one submission, or on the whole project. */
export function placeHold(
  project: string,
  reason: string,
  on: { formId: string; instanceId: string } | null = null,
): Promise<unknown> {
  return ask(path('projects', project, 'holds'), { method: 'POST', json: { reason, ...on } });
}

export function liftHold(project: string, hold: number, reason: string): Promise<void> {
  return tell(path('projects', project, 'holds', hold, 'lift'), { method: 'POST', json: { reason } });
}

export async function listReports(project: string, signal?: AbortSignal): Promise<DeletionReport[]> {
  return (await ask<{ items: DeletionReport[] }>(path('projects', project, 'deletion-reports'), { signal }))
    .items;
}

/** Deletes submissions in the trash for good. */
export function purgeTrashed(
  project: string,
  form: string,
  instanceIds: string[],
  confirm: number,
  reason: string,
): Promise<DeletionCounts> {
  return ask(path('projects', project, 'forms', form, 'trash', 'purge'), {
    method: 'POST',
    json: { instanceIds, confirm, reason },
  });
}

export async function listQuestions(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<FormQuestion[]> {
  return (
    await ask<{ items: FormQuestion[] }>(path('projects', project, 'forms', form, 'questions'), { signal })
  ).items;
}

/** Looks for somebody; what is sought goes in the body, so that no address keeps it. */
export function findPerson(
  project: string,
  wanted: PersonSearch,
  signal?: AbortSignal,
): Promise<FoundPeople> {
  return ask<FoundPeople>(path('projects', project, 'person-search'), {
    method: 'POST',
    json: wanted,
    signal,
  });
}

/** How many submissions the server erases at once. */
export const mostErased = 100;

/** Erases submissions, or takes answers out of them: null erases them whole. */
export function erasePerson(
  project: string,
  form: string,
  instanceIds: string[],
  questions: readonly string[] | null,
  confirm: number,
  reason: string,
): Promise<DeletionCounts> {
  return ask(path('projects', project, 'forms', form, 'erasure'), {
    method: 'POST',
    json: { instanceIds, questions, confirm, reason },
  });
}

export function previewPseudonyms(
  project: string,
  form: string,
  questions: PseudonymQuestion[],
): Promise<PseudonymPreview> {
  return ask(path('projects', project, 'forms', form, 'pseudonymisation', 'preview'), {
    method: 'POST',
    json: { questions },
  });
}

export function pseudonymise(
  project: string,
  form: string,
  questions: PseudonymQuestion[],
  newestOnly: boolean,
  confirm: number,
): Promise<Rewrite> {
  return ask(path('projects', project, 'forms', form, 'pseudonymisation'), {
    method: 'POST',
    json: { questions, newestOnly, confirm },
  });
}

export async function listRewrites(project: string, signal?: AbortSignal): Promise<Rewrite[]> {
  return (await ask<{ items: Rewrite[] }>(path('projects', project, 'rewrites'), { signal })).items;
}
