import type { PastChange, Permission } from '../api/types';
import { bodyOf } from './bodies';

/** What a project's changes can be about, as the server names it. */
export const kindsOfProject = [
  'project',
  'form',
  'deployment',
  'account',
  'actor',
  'unit',
  'app_user',
  'public_link',
  'row_condition',
] as const;

/** What changes that belong to no project can be about. */
export const kindsOfServer = ['unit', 'account', 'role', 'organisation', 'setting', 'installation'] as const;

const inProject: Readonly<Record<string, Permission>> = {
  project: 'projectUpdate',
  form: 'formWrite',
  deployment: 'deploymentUpdate',
  role: 'projectAssign',
  row_condition: 'projectAssign',
};

/** What somebody must be allowed to do in a project to undo one of its changes; null for what no permission names. */
export const neededInProject = (change: PastChange): Permission | null =>
  inProject[change.action.split('.')[0] ?? ''] ?? null;

/** What somebody must be allowed to do, and in which unit, to undo a change that belongs to no project. */
export interface NeededInUnit {
  /** Null for what is of the whole server, and for what says nowhere. */
  unit: number | null;
  /** Empty for what its entry does not say enough of. */
  permissions: readonly Permission[];
}

export function neededInUnit(change: PastChange): NeededInUnit {
  const subject = change.subjectKind === 'unit' ? Number(change.subjectId) : null;
  switch (change.action.split('.')[0]) {
    case 'unit':
      return {
        unit: subject,
        permissions:
          change.action === 'unit.move' ? ['unitUpdate', 'memberUpdate', 'projectAssign'] : ['unitUpdate'],
      };
    case 'factor':
      return { unit: subject, permissions: [subject === null ? 'settingsUpdate' : 'unitUpdate'] };
    case 'role':
      return { unit: unitIn(change), permissions: unitIn(change) === null ? [] : ['memberUpdate'] };
    default:
      return { unit: null, permissions: ['settingsUpdate'] };
  }
}

// A body that says that something is not held still says where.
function unitIn(change: PastChange): number | null {
  const unit = (bodyOf(change.after) ?? bodyOf(change.before))?.['unit'];
  return typeof unit === 'number' ? unit : null;
}
