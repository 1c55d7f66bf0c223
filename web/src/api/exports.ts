import { ask, path, tell } from './client';
import type { Export, ExportSettings } from './types';

export function startExport(
  project: string,
  form: string,
  settings: ExportSettings,
): Promise<{ id: string }> {
  return ask<{ id: string }>(path('projects', project, 'forms', form, 'exports'), {
    method: 'POST',
    json: settings,
  });
}

export function readExport(id: string, signal?: AbortSignal): Promise<Export> {
  return ask<Export>(path('exports', id), { signal });
}

export function cancelExport(id: string): Promise<void> {
  return tell(path('exports', id), { method: 'DELETE' });
}

export function exportFileUrl(id: string): string {
  return path('exports', id, 'file');
}
