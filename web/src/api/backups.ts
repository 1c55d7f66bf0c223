import { ask, path, tell } from './client';
import type { Backups, BaseBackup, RecoverableProject, Recovery, RecoveryPreview } from './types';

/** How the backup of the server stands. */
export function readBackups(signal?: AbortSignal): Promise<Backups> {
  return ask<Backups>(path('backups'), { signal });
}

/** The base backups that there are, newest first. */
export async function listBaseBackups(signal?: AbortSignal): Promise<readonly BaseBackup[]> {
  return (await ask<{ items: BaseBackup[] }>(path('backups', 'bases'), { signal })).items;
}

/** Has a restore tried out now; how it goes is told with the backup. */
export function tryOutRestore(): Promise<void> {
  return tell(path('backups', 'rehearsals'), { method: 'POST', json: {} });
}

/** The projects that may be restored, those in the trash first. */
export async function listRecoverableProjects(signal?: AbortSignal): Promise<readonly RecoverableProject[]> {
  return (await ask<{ items: RecoverableProject[] }>(path('recoveries', 'projects'), { signal })).items;
}

/** Which project, and an instant or `latest`. */
export interface RecoveryWish {
  project: number;
  at: string;
}

/** What it would take from the backup; changes nothing. */
export function previewRecovery(wish: RecoveryWish): Promise<RecoveryPreview> {
  return ask<RecoveryPreview>(path('recoveries', 'preview'), { method: 'POST', json: wish });
}

/** Has a project restored beside the living one, in the background. */
export function askRecovery(wish: RecoveryWish): Promise<Recovery> {
  return ask<Recovery>(path('recoveries'), { method: 'POST', json: wish });
}

/** What was restored and how it went, newest first. */
export async function listRecoveries(signal?: AbortSignal): Promise<readonly Recovery[]> {
  return (await ask<{ items: Recovery[] }>(path('recoveries'), { signal })).items;
}

/** One of them, with what did not come along. */
export function readRecovery(recovery: number, signal?: AbortSignal): Promise<Recovery> {
  return ask<Recovery>(path('recoveries', recovery), { signal });
}
