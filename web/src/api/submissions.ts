import { ask, path } from './client';
import type { FormColumns, RowPage, Submission } from './types';

export function readColumns(project: string, form: string, signal?: AbortSignal): Promise<FormColumns> {
  return ask<FormColumns>(path('projects', project, 'forms', form, 'columns'), { signal });
}

/** Reads one page of submissions, newest first; `limit` is at most 10,000. */
export function readRows(
  project: string,
  form: string,
  after: string | null,
  limit: number,
  signal?: AbortSignal,
): Promise<RowPage> {
  return ask<RowPage>(path('projects', project, 'forms', form, 'rows'), {
    query: { after, limit, order: 'newest' },
    signal,
  });
}

export function readSubmission(
  project: string,
  form: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<Submission> {
  return ask<Submission>(path('projects', project, 'forms', form, 'submissions', instanceId), { signal });
}

/** Where an attachment of a submission can be downloaded. */
export function attachmentUrl(project: string, form: string, instanceId: string, name: string): string {
  return path('projects', project, 'forms', form, 'submissions', instanceId, 'attachments', name);
}

/** Where the XML of a submission can be downloaded, as the phone sent it. */
export function submissionXmlUrl(project: string, form: string, instanceId: string): string {
  return path('projects', project, 'forms', form, 'submissions', instanceId, 'xml');
}
