import { ask, path, tell } from './client';
import type { CreatedPublicLink, PublicLink } from './types';

/** Lists a form's public links, newest first, revoked ones too. */
export async function listPublicLinks(
  project: string,
  form: string,
  signal?: AbortSignal,
): Promise<PublicLink[]> {
  const url = path('projects', project, 'forms', form, 'public-links');
  return (await ask<{ items: PublicLink[] }>(url, { signal })).items;
}

/** Makes a link; its address is in the answer and nowhere else. */
export function createPublicLink(
  project: string,
  form: string,
  displayName: string,
  once: boolean,
): Promise<CreatedPublicLink> {
  return ask<CreatedPublicLink>(path('projects', project, 'forms', form, 'public-links'), {
    method: 'POST',
    json: { displayName, once },
  });
}

export function revokePublicLink(project: string, form: string, id: number): Promise<void> {
  return tell(path('projects', project, 'forms', form, 'public-links', id), { method: 'DELETE' });
}
