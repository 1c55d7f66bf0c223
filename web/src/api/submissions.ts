import { ask, path, tell } from './client';
import type {
  Comment,
  FormColumns,
  HistoryEntry,
  Person,
  ReviewState,
  RowPage,
  RowSearch,
  Submission,
  TrashPage,
  VersionChanges,
} from './types';

/** Reads questions, groups and repeats; labels in a language of the form, null for its own. */
export function readColumns(
  project: string,
  form: string,
  language: string | null,
  isDraft: boolean,
  signal?: AbortSignal,
): Promise<FormColumns> {
  return ask<FormColumns>(path('projects', project, 'forms', form, 'columns'), {
    query: { language, draft: isDraft ? true : null },
    signal,
  });
}

/** Reads one page of submissions; `limit` is at most 10,000. The filter goes in the body: it may hold answers. */
export function searchRows(
  project: string,
  form: string,
  search: RowSearch,
  isDraft: boolean,
  signal?: AbortSignal,
): Promise<RowPage> {
  return ask<RowPage>(path('projects', project, 'forms', form, 'rows', 'search'), {
    method: 'POST',
    query: { draft: isDraft ? true : null },
    json: search,
    signal,
  });
}

/** Everyone who sent one of the form's submissions. */
export async function readSubmitters(
  project: string,
  form: string,
  isDraft: boolean,
  signal?: AbortSignal,
): Promise<Person[]> {
  const list = await ask<{ items: Person[] }>(path('projects', project, 'forms', form, 'submitters'), {
    query: { draft: isDraft ? true : null },
    signal,
  });
  return list.items;
}

export function readSubmission(
  project: string,
  form: string,
  instanceId: string,
  language: string | null,
  isDraft: boolean,
  /** Whether confidential answers are shown; the server notes who looked. */
  isWhole: boolean,
  signal?: AbortSignal,
): Promise<Submission> {
  return ask<Submission>(path('projects', project, 'forms', form, 'submissions', instanceId), {
    query: { language, draft: isDraft ? true : null, confidential: isWhole ? true : null },
    signal,
  });
}

/** Sets the review state; null takes the review back. */
export function reviewSubmission(
  project: string,
  form: string,
  instanceId: string,
  reviewState: string | null,
  notes: string | null,
): Promise<ReviewState> {
  return ask<ReviewState>(path('projects', project, 'forms', form, 'submissions', instanceId, 'review'), {
    method: 'PUT',
    json: { reviewState, notes },
  });
}

/** Reads the comments, newest first. */
export async function readComments(
  project: string,
  form: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<Comment[]> {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'comments');
  return (await ask<{ items: Comment[] }>(address, { signal })).items;
}

export function addComment(
  project: string,
  form: string,
  instanceId: string,
  body: string,
): Promise<Comment> {
  return ask<Comment>(path('projects', project, 'forms', form, 'submissions', instanceId, 'comments'), {
    method: 'POST',
    json: { body },
  });
}

/** Reads what happened to a submission, newest first. */
export async function readHistory(
  project: string,
  form: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<HistoryEntry[]> {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'history');
  return (await ask<{ items: HistoryEntry[] }>(address, { signal })).items;
}

/** Moves a submission to the trash, or brings it back. */
export function moveSubmission(
  project: string,
  form: string,
  instanceId: string,
  what: 'trash' | 'restore',
): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'submissions', instanceId, what), {
    method: 'POST',
    json: { notes: null },
  });
}

/** Reads a page of the trash, newest first. */
export function readTrash(
  project: string,
  form: string,
  after: string | null,
  signal?: AbortSignal,
): Promise<TrashPage> {
  return ask<TrashPage>(path('projects', project, 'forms', form, 'trash'), { query: { after }, signal });
}

/** Makes an earlier version the next one; refused when there is a newer one than `current`. */
export async function revertSubmission(
  project: string,
  form: string,
  instanceId: string,
  versionId: string,
  current: string,
  notes: string | null,
): Promise<void> {
  await ask<unknown>(path('projects', project, 'forms', form, 'submissions', instanceId, 'revert'), {
    method: 'POST',
    json: { versionId, current, notes },
  });
}

/** Reads which answers each version changed, newest first. */
export async function readChanges(
  project: string,
  form: string,
  instanceId: string,
  language: string | null,
  signal?: AbortSignal,
): Promise<VersionChanges[]> {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'changes');
  return (await ask<{ items: VersionChanges[] }>(address, { query: { language }, signal })).items;
}

/** Where an attachment of a submission can be downloaded. */
export function attachmentUrl(
  project: string,
  form: string,
  instanceId: string,
  name: string,
  isDraft: boolean,
): string {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'attachments', name);
  return isDraft ? `${address}?draft=true` : address;
}

/** Where the XML of a submission can be downloaded, as the phone sent it. */
export function submissionXmlUrl(
  project: string,
  form: string,
  instanceId: string,
  isDraft: boolean,
): string {
  const address = path('projects', project, 'forms', form, 'submissions', instanceId, 'xml');
  return isDraft ? `${address}?draft=true` : address;
}
