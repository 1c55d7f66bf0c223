import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const note =
  'fieldkeep/6f9619ff\n1200\nq3k=\ntime 2026-11-20T08:00:00.000000Z\nprevious 7 q3k=\n\n— fieldkeep/6f9619ff AbCd\n';
const project = {
  id: 7,
  name: 'Wells',
  description: null,
  forms: 1,
  appUsers: 0,
  may: mayAll,
  submissions: 2,
  lastSubmission: at,
  archived: false,
};
const answers = {
  ...signedIn,
  'GET /api/projects/7': () => project,
  'GET /api/activity': () => ({ items: [], next: null }),
};

describe('the record on the activity page', () => {
  it('shows the newest checkpoint, to be copied whole', async () => {
    serve({
      ...answers,
      'GET /api/ledger/checkpoints': () => ({
        origin: 'fieldkeep/6f9619ff',
        publicKey: 'MFkw',
        items: [{ size: 1200, root: 'q3k=', at, note }],
        next: 1200,
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/7/activity');
    await screen.findByRole('heading', { name: 'The record' });
    await screen.findByText(/1,200 entries/);
    expect(document.querySelector('code')?.textContent).toBe(note);
    expect(asked.filter((one) => one.path === '/api/ledger/checkpoints')).toHaveLength(1);
    await expectAccessible();
  });

  it('says when nothing is signed yet', async () => {
    serve({
      ...answers,
      'GET /api/ledger/checkpoints': () => ({
        origin: 'fieldkeep/6f9619ff',
        publicKey: 'MFkw',
        items: [],
        next: null,
      }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/7/activity');
    await screen.findByText(/Nothing is signed yet/);
  });
});
