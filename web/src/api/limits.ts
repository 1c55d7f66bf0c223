import { ask, path, tell } from './client';
import type { LimitedAccount, LimitedProject, Limits, Suspension } from './types';

/** How much all projects and accounts may have. */
export function readLimits(signal?: AbortSignal): Promise<Limits> {
  return ask<Limits>(path('limits'), { signal });
}

export function setLimits(limits: Limits): Promise<Limits> {
  return ask<Limits>(path('limits'), { method: 'PUT', json: limits });
}

/** What is limited or suspended of its own. */
export type LimitedKind = 'projects' | 'accounts';

/** Projects that have limits of their own, are suspended, or come near a limit. */
export async function listLimitedProjects(signal?: AbortSignal): Promise<LimitedProject[]> {
  return (await ask<{ items: LimitedProject[] }>(path('limits', 'projects'), { signal })).items;
}

/** A project by its number, measured at this moment. */
export function readLimitedProject(project: number): Promise<LimitedProject> {
  return ask<LimitedProject>(path('limits', 'projects', project));
}

export async function listLimitedAccounts(signal?: AbortSignal): Promise<LimitedAccount[]> {
  return (await ask<{ items: LimitedAccount[] }>(path('limits', 'accounts'), { signal })).items;
}

/** Sets the limits of one project or account; what is null goes by what all may. */
export function setOwnLimits(kind: LimitedKind, id: number, limits: Limits): Promise<Limits> {
  return ask<Limits>(path('limits', kind, id), { method: 'PUT', json: limits });
}

/** Why something is suspended, whom to ask, and when it ends by itself: null for never. */
export interface SuspensionBody {
  reason: string;
  contact: string;
  until: string | null;
}

export function suspend(kind: LimitedKind, id: number, body: SuspensionBody): Promise<Suspension> {
  return ask<Suspension>(path('limits', kind, id, 'suspension'), { method: 'PUT', json: body });
}

export function liftSuspension(kind: LimitedKind, id: number): Promise<void> {
  return tell(path('limits', kind, id, 'suspension'), { method: 'DELETE' });
}
