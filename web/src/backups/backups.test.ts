import { describe, expect, it } from 'vitest';
import type { BackupTarget, RecoverableProject, Recovery } from '../api/types';
import { countsOf, goesOn, instantWanted, momentsOf, sentence, standingOf, stateOf } from './backups';

const at = '2026-11-20T08:00:00Z';
const target: BackupTarget = {
  directory: '/backups',
  isOnDataDisk: false,
  connectedSince: at,
  until: at,
  lagBytes: 0,
  newestBase: { name: '20261120T080000Z-1f2e3d4c', completeAt: at, bytes: 5_000_000 },
  blobsLookedAt: at,
  commitsWait: true,
  stoppedWaitingAt: null,
  rehearsal: null,
  rehearsalBegunAt: null,
  rehearsalDays: 7,
  rehearsals: [],
  store: null,
  troubles: [],
};
const backups = (one: Partial<BackupTarget>, warnings: string[] = []) => ({
  state: 'following',
  warnings,
  targets: [{ ...target, ...one }],
});
const trashed: RecoverableProject = {
  id: 3,
  name: 'Ward',
  unit: null,
  createdAt: at,
  deletedAt: '2026-11-21T09:30:00.5Z',
};
const recovery: Recovery = {
  id: 1,
  project: 3,
  projectName: 'Ward',
  at: null,
  state: 'copying',
  askedAt: at,
  endedAt: null,
  progress: null,
  backup: null,
  asOf: null,
  copy: null,
  copyName: null,
  counts: null,
  missing: null,
  left: null,
  problemCode: null,
  problem: null,
};

describe('how the backup stands', () => {
  it('is told by the worst of it', () => {
    expect(standingOf({ state: 'off', warnings: [], targets: [] })).toBe('off');
    expect(standingOf({ state: 'not_own_database', warnings: [], targets: [] })).toBe('foreign');
    expect(standingOf(backups({}))).toBe('well');
    expect(standingOf(backups({}, ['only_copy_on_same_disk']))).toBe('sameDisk');
    expect(standingOf(backups({ newestBase: null }, ['only_copy_on_same_disk']))).toBe('waiting');
    expect(standingOf(backups({ newestBase: null, troubles: ['the disk is gone'] }))).toBe('troubled');
  });

  it('is looked at again soon while something goes on', () => {
    expect(goesOn(undefined, undefined)).toBe(false);
    expect(goesOn(backups({}), [{ ...recovery, endedAt: at }])).toBe(false);
    expect(goesOn(backups({}), [recovery])).toBe(true);
    expect(goesOn(backups({ rehearsalBegunAt: at }), [])).toBe(true);
    expect(goesOn(backups({ rehearsalBegunAt: null }), [])).toBe(false);
    expect(goesOn(backups({ newestBase: null }), [])).toBe(true);
  });
});

describe('the moment of a restore', () => {
  it('is just before a deletion only for what was deleted', () => {
    expect(momentsOf(trashed)).toEqual(['before', 'latest', 'moment']);
    expect(momentsOf({ ...trashed, deletedAt: null })).toEqual(['latest', 'moment']);
    expect(momentsOf(undefined)).toEqual(['latest', 'moment']);
    expect(instantWanted(trashed, 'before', '')).toBe('2026-11-21T09:30:00.499Z');
    expect(instantWanted({ ...trashed, deletedAt: null }, 'before', '')).toBeNull();
  });

  it('is all there is, or a moment in the reader’s time', () => {
    expect(instantWanted(trashed, 'latest', '')).toBe('latest');
    expect(instantWanted(undefined, 'latest', '')).toBeNull();
    expect(instantWanted(trashed, 'moment', '')).toBeNull();
    expect(instantWanted(trashed, 'moment', '2026-11-20T10:00')).toBe(
      new Date('2026-11-20T10:00').toISOString(),
    );
  });
});

describe('a restored project', () => {
  it('has a state, also one that a newer server tells', () => {
    expect(stateOf(recovery)).toBe('copying');
    expect(stateOf({ ...recovery, state: 'verifying' })).toBe('restoring');
    expect(stateOf({ ...recovery, state: 'lost', endedAt: at })).toBe('failed');
  });

  it('is counted in what it has', () => {
    expect(countsOf(recovery)).toEqual([]);
    const none = { here: 0, there: 0 };
    const counts = {
      forms: 1,
      formVersions: none,
      submissions: { here: 2, there: 3 },
      submissionVersions: none,
      files: none,
      comments: 0,
      rules: none,
      compared: 2,
      erased: 0,
      missing: 1,
      left: 0,
    };
    expect(countsOf({ ...recovery, counts })).toEqual([
      { what: 'forms', here: 1, there: 1 },
      { what: 'submissions', here: 2, there: 3 },
    ]);
  });

  it('is told of in sentences', () => {
    expect(sentence('the disk is gone; mount it')).toBe('The disk is gone; mount it.');
    expect(sentence('It failed.')).toBe('It failed.');
    expect(sentence('')).toBe('');
  });
});
