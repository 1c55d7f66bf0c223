import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => {
  app?.unmount();
  vi.restoreAllMocks();
});

const at = '2026-11-20T08:00:00Z';
const operator = {
  ...signedIn,
  'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin', 'operator'] } }),
};
const disk = {
  name: 'disk',
  state: 'failing',
  code: 'disk.very_low',
  words: { path: '/srv/data', bytes: '2500000000', percent: '2' },
  what: 'English',
  todo: 'English',
  since: at,
  lookedAt: at,
};
const letters = {
  ...disk,
  name: 'letters',
  state: 'warning',
  code: 'letters.waiting',
  words: { count: '3', error: 'SMTP 451' },
};
const clock = { ...disk, name: 'clock', state: 'ok', code: 'clock.ok', words: {} };
const newer = {
  ...disk,
  name: 'weather',
  state: 'ok',
  code: 'weather.dry',
  words: {},
  what: 'It does not rain.',
};
const alert = {
  id: 4,
  machine: 'ward',
  check: 'disk',
  state: 'failing',
  worst: 'failing',
  code: 'disk.very_low',
  words: disk.words,
  what: 'English',
  todo: 'English',
  openedAt: at,
  closedAt: null,
  toldAt: at,
  acknowledgedAt: null,
  acknowledgedBy: null,
  note: null,
};
const past = {
  ...alert,
  id: 3,
  check: 'certificate',
  code: 'certificate.ends',
  words: { days: '1' },
  state: 'warning',
  worst: 'warning',
  closedAt: at,
  toldAt: null,
};
const recipient = {
  id: 7,
  kind: 'webhook',
  address: 'https://pager.example.org/hook',
  createdAt: at,
  arrivedAt: null,
  waiting: 1,
  lastError: 'status 500',
};
const ward = {
  name: 'ward',
  state: 'heard',
  isLeading: true,
  startedAt: at,
  heardAt: at,
  version: '1',
  journalWaiting: 0,
  journalSetAside: 0,
};
const annex = { ...ward, name: 'annex', state: 'silent', isLeading: false, journalWaiting: null };
const health = {
  ...operator,
  'GET /api/health/servers': () => ({ items: [annex, ward] }),
  'GET /api/health/checks': () => ({
    state: 'failing',
    machine: 'ward',
    lookedAt: at,
    items: [disk, letters, clock, newer],
  }),
  'GET /api/health/alerts': () => ({ open: [alert], closed: [past], next: null }),
  'GET /api/health/recipients': () => ({
    items: [recipient],
    operators: 2,
    canMail: false,
    mayBePrivate: false,
  }),
};

describe('the health of the server', () => {
  it('is told check by check, with what to do', async () => {
    serve(health);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/server/health');
    await screen.findByText('Something does not work, or data is in danger.');
    await screen.findByText(/^Operators were told/);
    expect(screen.getAllByText(/^Only 2% of the disk of .*srv.*data.* is free, 2\.5 GB\.$/)).toHaveLength(2);
    expect(screen.getAllByText('Make room now: without any, nothing can be received.')).toHaveLength(2);
    await screen.findByText('3 letters wait to be sent (SMTP 451).');
    await screen.findByText('The clock runs as it should.');
    // One that this page has no words for, of a newer server.
    await screen.findByText('It does not rain.');
    await screen.findByText('The certificate ends in 1 day.');
    await screen.findByText('2 operators are told.');
    await screen.findByText(/^This server has no mail server: letters become files/);
    await screen.findByText('The other side refused it (HTTP 500).');
    await screen.findByRole('table', { name: 'Servers of this installation' });
    expect(['Silent', 'not known', 'Leads'].map((word) => screen.getAllByText(word).length)).toEqual([
      1, 1, 1,
    ]);
    await expectAccessible();
  });

  it('says that all is well, and that nothing was noticed', async () => {
    serve({
      ...health,
      'GET /api/health/checks': () => ({ state: 'ok', machine: 'ward', lookedAt: at, items: [clock] }),
      'GET /api/health/alerts': () => ({ open: [], closed: [], next: null }),
      'GET /api/health/servers': () => ({ items: [ward] }),
      'GET /api/health/recipients': () => ({ items: [], operators: 1, canMail: true, mayBePrivate: false }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/server/health');
    await screen.findByText('All is well.');
    await screen.findByText('No alert is open.');
    await screen.findByText('There were no alerts yet.');
    await screen.findByText('One operator is told.');
    expect(screen.queryByText('Servers of this installation')).toBeNull();
    await expectAccessible();
  });

  it('is not known in the first seconds, and a refusal is told', async () => {
    serve({
      ...health,
      'GET /api/health/checks': () => ({ state: 'ok', machine: 'ward', lookedAt: null, items: [] }),
      'GET /api/health/recipients': () => new Refusal(403, 'access.denied'),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/server/health');
    await screen.findByText('The first look is under way');
    await screen.findByRole('button', { name: 'Try again' });
  });
});

describe('an alert', () => {
  it('is acknowledged with a note', async () => {
    serve({ ...health, 'POST /api/health/alerts/4/acknowledgement': () => noContent });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/health');
    await screen.findByText(/^Operators were told/);
    press('button', 'I know of it: Disk');
    const dialog = await screen.findByRole('dialog');
    const note = dialog.querySelector('textarea');
    if (note) {
      note.value = 'A larger disk comes tomorrow.';
      note.dispatchEvent(new Event('input', { bubbles: true }));
    }
    await expectAccessible();
    await waitFor(() => {
      expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(false);
    });
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await waitFor(() => {
      expect(asked.find((one) => one.method === 'POST')?.body).toEqual({
        note: 'A larger disk comes tomorrow.',
      });
    });
  });
});

describe('the list of alerts', () => {
  it('is asked for again, and keeps what was read of before and the note that is being written', async () => {
    // What is done each half minute is done when the test says so; others wait as ever.
    const ticks: (() => void)[] = [];
    const wait = globalThis.setInterval.bind(globalThis);
    vi.spyOn(globalThis, 'setInterval').mockImplementation(((act: () => void, ms?: number) => {
      if (ms !== 30_000) {
        return wait(act, ms);
      }
      ticks.push(act);
      return 0;
    }) as typeof setInterval);
    const before = { ...past, id: 1, words: { days: '4' } };
    const later = { ...past, id: 5, words: { days: '2' } };
    let isLater = false;
    serve({
      ...health,
      'GET /api/health/checks': () => ({
        state: isLater ? 'ok' : 'failing',
        machine: 'ward',
        lookedAt: at,
        items: [disk],
      }),
      'GET /api/health/alerts': ({ query }) =>
        query.has('before')
          ? { open: [], closed: [before], next: null }
          : { open: [alert], closed: isLater ? [later] : [past], next: 3 },
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/server/health');
    await screen.findByText('The certificate ends in 1 day.');
    press('button', 'Show more');
    await screen.findByText('The certificate ends in 4 days.');
    press('button', 'I know of it: Disk');
    const note = (await screen.findByRole('dialog')).querySelector('textarea');
    if (note) {
      note.value = 'A larger disk comes.';
      note.dispatchEvent(new Event('input', { bubbles: true }));
    }

    isLater = true;
    ticks.forEach((tick) => {
      tick();
    });
    await screen.findByText('The certificate ends in 2 days.');
    await screen.findByText('All is well.');
    screen.getByText('The certificate ends in 1 day.');
    screen.getByText('The certificate ends in 4 days.');
    expect(
      document.querySelector<HTMLTextAreaElement>('[role=dialog] textarea, dialog textarea')?.value,
    ).toBe('A larger disk comes.');
  });
});

describe('who is told of alerts', () => {
  it('is added, tried out and taken off the list; a secret is shown once', async () => {
    serve({
      ...health,
      'POST /api/health/recipients': () => ({ recipient, secret: 'fkwh-secret' }),
      'POST /api/health/alerts/test': () => noContent,
      'DELETE /api/health/recipients/7': () => noContent,
    });
    const { mountApp, screen, press, fill, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/health');
    await screen.findByText('https://pager.example.org/hook');
    press('button', 'Add an address');
    const dialog = await screen.findByRole('dialog');
    const kind = dialog.querySelector('select');
    if (kind) {
      kind.value = 'webhook';
      kind.dispatchEvent(new Event('change', { bubbles: true }));
    }
    await screen.findByLabelText('Web address');
    fill('Web address', 'https://pager.example.org/hook');
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await screen.findByText('fkwh-secret');
    await expectAccessible();
    screen.getByRole('button', { name: 'Done' }).click();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());

    press('button', 'Send a trial');
    await screen.findByText(/^Every operator and every address gets/);
    screen.getAllByRole('button', { name: 'Send a trial' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.some((one) => one.path === '/api/health/alerts/test')).toBe(true);
    });
    await waitFor(() => expect(screen.queryByText(/^Every operator and every address gets/)).toBeNull());
    press('button', 'Remove https://pager.example.org/hook');
    await screen.findByText(/^It can be added again at any time/);
    screen.getAllByRole('button', { name: 'Remove' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.some((one) => one.method === 'DELETE')).toBe(true);
    });
  });
});
