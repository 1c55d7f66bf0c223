import { ask, path, tell } from './client';
import type {
  Anonymity,
  Export,
  ExportContents,
  ExportPreview,
  ExportSettings,
  NewExportLink,
  SavedExport,
} from './types';

export function startExport(project: string, form: string, settings: ExportSettings): Promise<Export> {
  return ask<Export>(path('projects', project, 'forms', form, 'exports'), {
    method: 'POST',
    json: settings,
  });
}

export function readExport(id: string, signal?: AbortSignal): Promise<Export> {
  return ask<Export>(path('exports', id), { signal });
}

/** Stops an export, or deletes its file when it is made. */
export function cancelExport(id: string): Promise<void> {
  return tell(path('exports', id), { method: 'DELETE' });
}

export function exportFileUrl(id: string): string {
  return path('exports', id, 'file');
}

/** Lists the exports of a form that one has running or kept, newest first. */
export async function listExports(project: string, form: string, signal?: AbortSignal): Promise<Export[]> {
  return (await ask<{ items: Export[] }>(path('projects', project, 'forms', form, 'exports'), { signal }))
    .items;
}

/** Reads which tables, questions and languages exports of a form can hold. */
export function readExportContents(
  project: string,
  form: string,
  isDraft: boolean,
  signal?: AbortSignal,
): Promise<ExportContents> {
  return ask<ExportContents>(path('projects', project, 'forms', form, 'export-contents'), {
    query: { draft: isDraft || null },
    signal,
  });
}

/** Estimates how easily people can be found in an export by answers that are no names. */
export function estimateAnonymity(
  project: string,
  form: string,
  settings: ExportSettings,
): Promise<Anonymity> {
  return ask<Anonymity>(path('projects', project, 'forms', form, 'exports', 'anonymity'), {
    method: 'POST',
    json: settings,
  });
}

/** Tells what an export would hold, or why it cannot be made. */
export function previewExport(
  project: string,
  form: string,
  settings: ExportSettings,
  signal?: AbortSignal,
): Promise<ExportPreview> {
  return ask<ExportPreview>(path('projects', project, 'forms', form, 'exports', 'preview'), {
    method: 'POST',
    json: settings,
    signal,
  });
}

export function listSavedExports(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<SavedExport[]> {
  return ask<SavedExport[]>(path('projects', project, 'forms', form, 'saved-exports'), { signal });
}

export function saveExport(
  project: string,
  form: string,
  name: string,
  settings: ExportSettings,
): Promise<SavedExport> {
  return ask<SavedExport>(path('projects', project, 'forms', form, 'saved-exports'), {
    method: 'POST',
    json: { name, export: settings },
  });
}

export function renameSavedExport(
  project: string,
  form: string,
  id: string,
  name: string,
): Promise<SavedExport> {
  return ask<SavedExport>(path('projects', project, 'forms', form, 'saved-exports', id), {
    method: 'PATCH',
    json: { name },
  });
}

export function removeSavedExport(project: string, form: string, id: string): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'saved-exports', id), { method: 'DELETE' });
}

/** Makes a link; its address is in the answer and nowhere else. */
export function createExportLink(
  project: string,
  form: string,
  id: string,
  days: number,
): Promise<NewExportLink> {
  return ask<NewExportLink>(path('projects', project, 'forms', form, 'saved-exports', id, 'links'), {
    method: 'POST',
    json: { days },
  });
}

export function revokeExportLink(project: string, form: string, id: string, link: number): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'saved-exports', id, 'links', link), {
    method: 'DELETE',
  });
}
