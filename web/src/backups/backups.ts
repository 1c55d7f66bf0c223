import type { Backups, RecoverableProject, Recovery } from '../api/types';
import { instantOf } from '../kit/moments';

/** While something goes on the page looks again after so long. */
export const lookAgainMs = 2_000;
/** Otherwise every so many times. */
export const quietLooks = 15;

/** How the backup stands, in a word: the worst first. */
export type BackupStanding = 'off' | 'foreign' | 'troubled' | 'waiting' | 'sameDisk' | 'well';

export const toneOf = {
  off: 'error',
  foreign: 'info',
  troubled: 'error',
  waiting: 'info',
  sameDisk: 'warning',
  well: 'good',
} as const satisfies Record<BackupStanding, string>;

export function standingOf(backups: Backups): BackupStanding {
  const [target] = backups.targets;
  if (target === undefined) {
    return backups.state === 'not_own_database' ? 'foreign' : 'off';
  }
  if (target.troubles.length > 0) {
    return 'troubled';
  }
  if (target.newestBase === null) {
    return 'waiting';
  }
  return backups.warnings.includes('only_copy_on_same_disk') ? 'sameDisk' : 'well';
}

/** How a recovery stands; a word of a newer server is taken for one that goes on, unless it ended. */
export const recoveryStates = ['waiting', 'restoring', 'copying', 'done', 'failed'] as const;
export type RecoveryState = (typeof recoveryStates)[number];

export function stateOf(recovery: Recovery): RecoveryState {
  const known = recoveryStates.find((one) => one === recovery.state);
  return known ?? (recovery.endedAt === null ? 'restoring' : 'failed');
}

export const isOpen = (recovery: Recovery): boolean => recovery.endedAt === null;

/** Whether anything on the page goes on and is worth looking at again soon. */
export function goesOn(backups: Backups | undefined, recoveries: readonly Recovery[] | undefined): boolean {
  return (
    (recoveries ?? []).some(isOpen) ||
    (backups?.targets ?? []).some((one) => one.newestBase === null || one.rehearsalBegunAt !== null)
  );
}

/** As of when a project is restored. */
export const moments = ['before', 'latest', 'moment'] as const;
export type MomentChoice = (typeof moments)[number];

/** What may be chosen for a project: one in the trash as it was just before it came there. */
export function momentsOf(project: RecoverableProject | undefined): readonly MomentChoice[] {
  return moments.filter((one) => one !== 'before' || (project?.deletedAt ?? null) !== null);
}

/** What the server is asked for; null while it is not known. */
export function instantWanted(
  project: RecoverableProject | undefined,
  choice: MomentChoice,
  moment: string,
): string | null {
  if (project === undefined) {
    return null;
  }
  if (choice === 'latest') {
    return 'latest';
  }
  if (choice === 'before') {
    // What was committed at that very moment would be there: a thousandth of a second before it, it is not.
    return project.deletedAt === null ? null : new Date(Date.parse(project.deletedAt) - 1).toISOString();
  }
  return instantOf(moment);
}

/** What came along of how much, in the order that people ask for it. */
export function countsOf(recovery: Recovery): { what: string; here: number; there: number }[] {
  const { counts } = recovery;
  if (counts === null) {
    return [];
  }
  const both = ['formVersions', 'submissions', 'submissionVersions', 'files', 'rules'] as const;
  return [
    { what: 'forms', here: counts.forms, there: counts.forms },
    ...both.map((what) => ({ what, ...counts[what] })),
  ].filter((one) => one.there > 0);
}

/** What a sentence of the server's ends with: it writes them without. */
export const sentence = (text: string): string =>
  text === '' || /[.!?]$/.test(text) ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
