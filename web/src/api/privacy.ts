import { ask, path, tell } from './client';
import type { PrivacyDecision, PrivacyReport } from './types';

/** Reads what the privacy check finds in a form's draft. */
export function readDraftPrivacy(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<PrivacyReport> {
  return ask<PrivacyReport>(path('projects', project, 'forms', form, 'draft', 'privacy'), { signal });
}

/** Keeps a reason to leave a finding as it is. */
export function decidePrivacy(
  project: string,
  form: string,
  about: string,
  because: string,
): Promise<PrivacyDecision> {
  return ask<PrivacyDecision>(path('projects', project, 'forms', form, 'privacy', 'decisions'), {
    method: 'PUT',
    json: { about, because },
  });
}

/** Takes a reason back. */
export function withdrawPrivacyDecision(project: string, form: string, about: string): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'privacy', 'decisions'), {
    method: 'DELETE',
    query: { about },
  });
}
