import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { asked, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => {
  app?.unmount();
  vi.restoreAllMocks();
});

const at = '2026-11-20T08:00:00Z';
const target = {
  directory: '/srv/backups',
  isOnDataDisk: true,
  connectedSince: at,
  until: at,
  lagBytes: 0,
  newestBase: { name: '20261120T080000Z-1f2e3d4c', completeAt: at, bytes: 5_000_000 },
  blobsLookedAt: at,
  commitsWait: false,
  stoppedWaitingAt: null,
  rehearsal: null,
  rehearsalBegunAt: null,
  rehearsalDays: 7,
  rehearsals: [
    {
      begunAt: at,
      seconds: 42,
      backup: '20261120T080000Z-1f2e3d4c',
      lastCommitAt: null,
      tables: 120,
      blobs: 3,
      found: 'the ledger and all submissions hold',
      problem: null,
    },
  ],
  store: null,
  troubles: [],
};
const counted = (here: number, there: number) => ({ here, there });
const done = {
  id: 1,
  project: 3,
  projectName: 'Ward',
  at: null,
  state: 'done',
  askedAt: at,
  endedAt: at,
  progress: null,
  backup: '20261120T080000Z-1f2e3d4c',
  asOf: at,
  copy: 9,
  copyName: 'Ward (as of 2026-11-20 08:00 UTC)',
  counts: {
    forms: 1,
    formVersions: counted(1, 1),
    submissions: counted(2, 3),
    submissionVersions: counted(2, 3),
    files: counted(0, 0),
    comments: 0,
    rules: counted(0, 0),
    compared: 2,
    erased: 1,
    missing: 1,
    left: 1,
  },
  missing: null,
  left: null,
  problemCode: null,
  problem: null,
};
const running = {
  ...done,
  id: 2,
  state: 'copying',
  endedAt: null,
  progress: counted(40, 100),
  copy: null,
  copyName: null,
  counts: null,
};
const broken = {
  ...done,
  id: 3,
  state: 'failed',
  copy: null,
  copyName: null,
  counts: null,
  problemCode: 'recovery.not_restorable',
  problem: 'the disk of the backup is gone; mount it',
};
const trashed = { id: 3, name: 'Ward', unit: 'Clinic', createdAt: at, deletedAt: '2026-11-20T09:00:00Z' };
const backups = {
  ...signedIn,
  'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin', 'operator'] } }),
  'GET /api/backups': () => ({ state: 'following', warnings: ['only_copy_on_same_disk'], targets: [target] }),
  'GET /api/backups/bases': () => ({
    items: [
      { name: '20261120T080000Z-1f2e3d4c', takenAt: at, bytes: 5_000_000, fileCount: 3, isByHand: true },
      { name: '20261119T080000Z-1f2e3d4c', takenAt: null, bytes: null, fileCount: null, isByHand: false },
    ],
  }),
  'GET /api/recoveries': () => ({ items: [broken, done] }),
  'GET /api/recoveries/1': () => ({
    ...done,
    missing: ['submission uuid:1: damaged'],
    left: ['1 phones: Phone'],
  }),
  'GET /api/recoveries/projects': () => ({
    items: [trashed, { ...trashed, id: 4, name: 'Field', deletedAt: null }],
  }),
};

describe('the backups of the server', () => {
  it('are told with what is wrong, what was tried out and what was restored', async () => {
    serve(backups);
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/server/backups');
    await screen.findByText('The only backup is on the disk of the data');
    await screen.findByText('Went well');
    await screen.findByText('The server tries one out every 7 days.');
    await screen.findByText('Taken by hand');
    await screen.findByText('Cannot be read');
    await screen.findByText('The disk of the backup is gone; mount it.');
    expect((await screen.findByRole('link', { name: /^Ward \(as of/ })).getAttribute('href')).toBe(
      '/projects/9',
    );
    expect(screen.getAllByText('2 of 3')).toHaveLength(2);
    press('button', 'What did not come along');
    await screen.findByText('1 phones: Phone.');
    await screen.findByText('Submission uuid:1: damaged.');
    await expectAccessible();
  });

  it('say that none is kept, and what to do', async () => {
    serve({ ...backups, 'GET /api/backups': () => ({ state: 'off', warnings: [], targets: [] }) });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/server/backups');
    await screen.findByText('No backup is kept');
    await screen.findByText('fieldkeep serve --backup DIR');
    expect(screen.queryByRole('button', { name: 'Restore a project' })).toBeNull();
    await expectAccessible();
  });

  it('show how far a restore is, and let nobody begin another', async () => {
    serve({ ...backups, 'GET /api/recoveries': () => ({ items: [running] }) });
    const { mountApp, screen } = await page();
    app = await mountApp('/server/backups');
    await screen.findByText('40 of 100 submissions are copied.');
    expect((await screen.findByRole('button', { name: 'Restore a project' })).hasAttribute('disabled')).toBe(
      true,
    );
  });

  it('are told by their troubles, and by what the page could not read', async () => {
    serve({
      ...backups,
      'GET /api/backups': () => ({
        state: 'following',
        warnings: [],
        targets: [
          { ...target, isOnDataDisk: false, rehearsals: [], troubles: ['the disk is full; make room'] },
        ],
      }),
      'GET /api/backups/bases': () => new Refusal(503, 'backup.away'),
      'GET /api/recoveries': () => ({ items: [] }),
      'POST /api/backups/rehearsals': () => new Refusal(409, 'backup.rehearsal_runs'),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/server/backups');
    await screen.findByText('The disk is full; make room.');
    await screen.findByText('The backup directory cannot be read now. Is it mounted?');
    await screen.findByText('No restore was tried out yet.');
    await screen.findByText('No project was restored yet.');
    press('button', 'Try out a restore');
    await screen.findByText('A restore is being tried out already.');
  });

  it('give a deleted project back as it was just before, after a look at what it takes', async () => {
    serve({
      ...backups,
      'POST /api/recoveries/preview': () => ({
        project: 3,
        name: 'Ward',
        backup: 'b',
        takenAt: at,
        until: at,
        databaseBytes: 1_000_000,
        logBytes: 2_000_000,
        fileCount: 0,
        fileBytes: 0,
      }),
      'POST /api/recoveries': () => ({ ...running, state: 'waiting', progress: null }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/backups');
    await screen.findByText('Went well');
    press('button', 'Restore a project');
    const which = await screen.findByRole<HTMLSelectElement>('combobox', { name: 'Project' });
    which.value = '3';
    which.dispatchEvent(new Event('change', { bubbles: true }));
    await screen.findByText(/^It was deleted/);
    press('button', 'Look what it takes first');
    await screen.findByText('It can be restored');
    await expectAccessible();
    press('button', 'Restore the project');
    await waitFor(() => {
      expect(asked.find((one) => one.method === 'POST' && one.path === '/api/recoveries')?.body).toEqual({
        project: 3,
        at: '2026-11-20T08:59:59.999Z',
      });
    });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });
});
