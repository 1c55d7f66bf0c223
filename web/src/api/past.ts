import { ask, path, tell } from './client';
import type { PastChange, PastChangePage, PastProjectState, PastUnitState, RevertPreview } from './types';

/** Tells how a project was set up at an instant, and who reached it; null for now. */
export function readProjectThen(
  project: string,
  at: string | null,
  signal?: AbortSignal,
): Promise<PastProjectState> {
  return ask(path('projects', project, 'as-of'), { query: { at }, signal });
}

/** Tells what lay in a unit at an instant, who belonged to it and who held roles there; null for now. */
export function readUnitThen(unit: string, at: string | null, signal?: AbortSignal): Promise<PastUnitState> {
  return ask(path('units', unit, 'as-of'), { query: { at }, signal });
}

/** Which changes are asked for; null for all. */
export interface WantedChanges {
  actor: string | null;
  kind: string | null;
  /** Instants: from the first on, and before the second. */
  since: string | null;
  until: string | null;
}

/** Of a project; null for what belongs to none. */
const changes = (project: string | null, ...rest: (string | number)[]): string =>
  project === null ? path('changes', ...rest) : path('projects', project, 'changes', ...rest);

/** Lists changes of settings and permissions, newest first; `before` is the `next` of the page before. */
export function listChanges(
  project: string | null,
  wanted: WantedChanges,
  before: number | null,
  signal?: AbortSignal,
): Promise<PastChangePage> {
  return ask(changes(project), { query: { ...wanted, before }, signal });
}

/** Tells what undoing a change would change, and what was changed since. */
export function previewRevert(
  project: string | null,
  change: number,
  signal?: AbortSignal,
): Promise<RevertPreview> {
  return ask(changes(project, change, 'revert'), { signal });
}

/**
 * Brings back what was before a change, as a new change.
 * @param even The newest change on the same thing, when that is undone, too.
 * @param confirmFinal How many submissions become final by it, when that was confirmed.
 */
export function revertChange(
  project: string | null,
  change: PastChange,
  even: number | null,
  confirmFinal: number | null,
): Promise<void> {
  return tell(changes(project, change.id, 'revert'), { method: 'POST', json: { even, confirmFinal } });
}
