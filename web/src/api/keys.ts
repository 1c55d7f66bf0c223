import { ask, path } from './client';
import type { Epoch, Erasure, Keyring, ProjectKeys, Rotation } from './types';

/** The state of the server's keyring; never a key. */
export function readKeyring(signal?: AbortSignal): Promise<Keyring> {
  return ask<Keyring>(path('keys'), { signal });
}

/** Wraps all keys under a new one, in every copy of the keyring. */
export function rotateEpoch(): Promise<Epoch> {
  return ask<Epoch>(path('keys', 'epoch'), { method: 'POST', json: {} });
}

/** A project's data keys, and how far their replacement is. */
export function readProjectKeys(project: string, signal?: AbortSignal): Promise<ProjectKeys> {
  return ask<ProjectKeys>(path('projects', project, 'keys'), { signal });
}

/** Gives a project a new data key; what older ones sealed is sealed anew in the background. */
export function rotateProjectKey(project: string): Promise<Rotation> {
  return ask<Rotation>(path('projects', project, 'keys', 'rotation'), { method: 'POST', json: {} });
}

/** Erases a project for good: its keys at once, its rows and files after. */
export function eraseProject(project: string, name: string, reason: string): Promise<Erasure> {
  return ask<Erasure>(path('projects', project, 'erasure'), { method: 'POST', json: { name, reason } });
}

/** The projects that were erased where one may erase, newest first. */
export async function listErasures(signal?: AbortSignal): Promise<Erasure[]> {
  return (await ask<{ items: Erasure[] }>(path('erasures'), { signal })).items;
}

/** Where the signed certificate of an erasure can be downloaded. */
export const certificateUrl = (project: number): string => path('erasures', project, 'certificate');
