import { ask, path, tell } from './client';
import type { FormDetail, FormState, FormSummary, UploadResult } from './types';

export async function listForms(project: string, signal?: AbortSignal): Promise<FormSummary[]> {
  return (await ask<{ items: FormSummary[] }>(path('projects', project, 'forms'), { signal })).items;
}

export function readForm(project: string, form: string, signal?: AbortSignal): Promise<FormDetail> {
  return ask<FormDetail>(path('projects', project, 'forms', form), { signal });
}

/** Uploads a form file as a draft: of a new form, or of `formId` when it is given. */
export function uploadDraft(project: string, file: File, formId: string | null): Promise<UploadResult> {
  return ask<UploadResult>(path('projects', project, 'forms', 'draft'), {
    method: 'POST',
    query: { formId },
    body: file,
    headers: {
      'Content-Type': file.type === '' ? 'application/octet-stream' : file.type,
      'X-File-Name': encodeURIComponent(file.name),
    },
  });
}

export function publishDraft(project: string, form: string, version: string | null): Promise<unknown> {
  const json = version === null ? {} : { version };
  return ask(path('projects', project, 'forms', form, 'draft', 'publish'), { method: 'POST', json });
}

export function discardDraft(project: string, form: string): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'draft'), { method: 'DELETE' });
}

export function uploadFormAttachment(project: string, form: string, name: string, file: File): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'draft', 'attachments', name), {
    method: 'PUT',
    body: file,
    headers: { 'Content-Type': file.type === '' ? 'application/octet-stream' : file.type },
  });
}

export function removeFormAttachment(project: string, form: string, name: string): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'draft', 'attachments', name), { method: 'DELETE' });
}

export async function changeFormState(project: string, form: string, state: FormState): Promise<void> {
  await tell(path('projects', project, 'forms', form), { method: 'PATCH', json: { state } });
}

export function moveFormToTrash(project: string, form: string): Promise<void> {
  return tell(path('projects', project, 'forms', form), { method: 'DELETE' });
}

/** Where the XForm of a published version can be downloaded. */
export function versionXmlUrl(project: string, form: string, version: string): string {
  // A version without a name has “___” in addresses.
  return path('projects', project, 'forms', form, 'versions', version === '' ? '___' : version, 'xml');
}

/** Where a published version can be downloaded as a workbook: the one uploaded, else one made from the XForm. */
export function versionWorkbookUrl(project: string, form: string, version: string): string {
  return path('projects', project, 'forms', form, 'versions', version === '' ? '___' : version, 'workbook');
}

/** Where the draft can be downloaded as a workbook. */
export function draftWorkbookUrl(project: string, form: string): string {
  return path('projects', project, 'forms', form, 'draft', 'workbook');
}
