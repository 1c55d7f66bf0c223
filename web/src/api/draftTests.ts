import { ask, path } from './client';
import type { FormColumns, RowPage, Submission } from './types';

/** The columns of the table of what was sent to a form's draft to try it. */
export function readTestColumns(project: string, form: string, signal?: AbortSignal): Promise<FormColumns> {
  return ask<FormColumns>(path('projects', project, 'forms', form, 'columns'), {
    query: { draft: true },
    signal,
  });
}

/** Reads one page of what was sent to a form's draft, newest first. */
export function readTestRows(
  project: string,
  form: string,
  after: string | null,
  signal?: AbortSignal,
): Promise<RowPage> {
  return ask<RowPage>(path('projects', project, 'forms', form, 'rows'), {
    query: { draft: true, after, limit: 100 },
    signal,
  });
}

export function readTestSubmission(
  project: string,
  form: string,
  instanceId: string,
  signal?: AbortSignal,
): Promise<Submission> {
  return ask<Submission>(path('projects', project, 'forms', form, 'submissions', instanceId), {
    query: { draft: true },
    signal,
  });
}
