import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const slow = {
  id: 4,
  kind: 'incident',
  title: 'Sending is slow',
  impact: 'slower',
  parts: ['sending', 'pages'],
  beginsAt: '2026-11-20T08:00:00Z',
  endsAt: null as string | null,
  state: 'identified',
  postMortem: null as string | null,
  postMortemAt: null,
  withdrawnAt: null as string | null,
  revision: 2,
  updates: [
    { state: 'identified', text: 'It is a disk.', at: '2026-11-20T08:30:00Z' },
    { state: 'investigating', text: 'We look into it.\nMore at ten.', at: '2026-11-20T08:00:00Z' },
  ],
};
const planned = {
  ...slow,
  id: 5,
  kind: 'maintenance',
  title: 'A larger disk',
  impact: 'partly',
  parts: [],
  beginsAt: '2026-11-29T18:00:00Z',
  endsAt: '2026-11-29T19:00:00Z',
  state: 'planned',
  updates: [{ state: 'planned', text: 'An hour at most.', at: '2026-11-20T08:00:00Z' }],
};
const past = {
  ...slow,
  id: 2,
  title: 'No letters',
  impact: 'partly',
  parts: ['letters'],
  beginsAt: '2026-10-04T08:00:00Z',
  endsAt: '2026-10-04T09:00:00Z',
  state: 'over',
  postMortem: 'The password had changed.\nNow a check notices.',
  updates: [{ state: 'over', text: 'Letters leave again.', at: '2026-10-04T09:00:00Z' }],
};
const status = {
  state: 'disturbed',
  server: 'ready',
  at: '2026-11-20T08:31:00Z',
  open: [planned, slow],
  past: [past],
};
const outside = {
  'GET /api/session': () => new Refusal(401, 'session.none'),
  'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
  'GET /api/status': () => status,
};

describe('the status of the server', () => {
  it('is read by anybody: what goes on, what is planned, and what was learnt of what is over', async () => {
    serve(outside);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/status');
    await screen.findByText('Disturbed');
    const headings = screen.getAllByRole('heading').map((one) => one.textContent.trim());
    expect(headings).toEqual([
      'Server status',
      'What goes on',
      'Sending is slow',
      'Planned',
      'A larger disk',
      'The past 90 days',
      'October 2026',
      'No letters',
    ]);
    screen.getByText('Slower than usual · Sending from phones and Web pages');
    screen.getByText('Some of it does not work · The whole server');
    const told = screen.getByRole('list', { name: /^What was told: .*Sending is slow/ });
    expect([...told.querySelectorAll('strong')].map((one) => one.textContent)).toEqual([
      'Cause found',
      'Looked into',
    ]);
    const learnt = screen.getByText(/^The password had changed/);
    expect(learnt.closest('details')?.open).toBe(false);
    screen.getByRole('link', { name: 'Sign in' });
    await expectAccessible();
  });

  it('is calm where there is nothing to tell', async () => {
    serve({ ...outside, 'GET /api/status': () => ({ ...status, state: 'ok', open: [], past: [] }) });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/status');
    await screen.findByText('Works');
    screen.getByText('Operators report nothing.');
    screen.getByText('Nothing was reported in that time.');
    expect(screen.queryByText(/^Keep on the phone/)).toBeNull();
    await expectAccessible();
  });

  it('is shown while nothing else is: the session cannot be asked for, and the database is gone', async () => {
    serve({
      ...outside,
      'GET /api/session': () => new Refusal(503, 'database.unavailable'),
      'GET /api/status': () => ({ ...status, server: 'database_unreachable', open: [] }),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects');
    await screen.findByText('The server is busy or being restored. Try again in a moment.');
    press('link', 'Server status');
    await screen.findByText('Its database does not answer.');
    screen.getByText(/^Keep on the phone/);
  });

  it('is not known while the server does not say, and what it said last is marked as old', async () => {
    let isBroken = true;
    serve({
      ...outside,
      'GET /api/status': () => (isBroken ? new Refusal(500, 'server.fault') : status),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/status');
    await screen.findByText('Not known');
    await expectAccessible();
    isBroken = false;
    press('button', 'Try again');
    await screen.findByText('Disturbed');
    isBroken = true;
    // Whoever comes back to the page sees it as it is by then.
    document.dispatchEvent(new Event('visibilitychange'));
    await screen.findByText('Not known');
    screen.getByText(/^It last answered .*2026/);
    screen.getByText('Sending is slow');
  });

  it('is a step away from the sign-in page', async () => {
    serve(outside);
    const { mountApp, screen, press } = await page();
    app = await mountApp('/sign-in');
    await screen.findByRole('button', { name: 'Sign in' });
    press('link', 'Server status');
    await screen.findByText('Disturbed');
  });
});

const operator = {
  ...signedIn,
  'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin', 'operator'] } }),
};
const withdrawn = { ...past, id: 1, title: 'A slip', postMortem: null, withdrawnAt: '2026-10-05T08:00:00Z' };

/** Writes into what has this label in the open dialog. */
async function write(label: string, text: string): Promise<void> {
  const { screen } = await page();
  const field = screen.getByLabelText(label);
  if (
    field instanceof HTMLTextAreaElement ||
    field instanceof HTMLInputElement ||
    field instanceof HTMLSelectElement
  ) {
    field.value = text;
    field.dispatchEvent(
      new Event(field instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }),
    );
  }
}

async function submit(): Promise<void> {
  const { screen, waitFor } = await page();
  const button = (): HTMLButtonElement | null =>
    screen.getByRole('dialog').querySelector<HTMLButtonElement>('button[type=submit]');
  await waitFor(() => expect(button()?.disabled).toBe(false));
  button()?.click();
}

describe('operators', () => {
  it('see every incident, withdrawn ones too, page by page', async () => {
    serve({
      ...operator,
      'GET /api/incidents': ({ query }) =>
        query.get('before') === '4' ? { items: [past, withdrawn], next: null } : { items: [slow], next: 4 },
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('Sending is slow');
    screen.getByText(/^Everybody reads this, without signing in\. Name no person/);
    screen.getByRole('link', { name: 'Look at the page that everybody sees' });
    screen.getByText('One earlier update');
    press('button', 'Show more');
    await screen.findByText('A slip');
    screen.getByText('Withdrawn');
    screen.getByRole('button', { name: /^Show again: .*A slip/ });
    await expectAccessible();
  });

  it('are told how to begin where there are none, and what the server refuses', async () => {
    serve({
      ...operator,
      'GET /api/incidents': () => ({ items: [], next: null }),
      'POST /api/incidents': () => new Refusal(409, 'incident.too_many'),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('Nothing was told yet');
    press('button', 'Tell of an incident');
    await screen.findByRole('dialog');
    await write('In one line', 'Exports fail');
    await write('How much it is felt', 'down');
    press('checkbox', 'Exports');
    await write('What people are told', 'We look into it.');
    await expectAccessible();
    await submit();
    await screen.findByText(/^Twenty incidents are open at once/);
    expect(asked.find((one) => one.method === 'POST')?.body).toEqual({
      kind: 'incident',
      title: 'Exports fail',
      impact: 'down',
      parts: ['exports'],
      beginsAt: null,
      endsAt: null,
      state: 'investigating',
      text: 'We look into it.',
    });
  });

  it('plan work for a time to come, and not to end before it begins', async () => {
    serve({
      ...operator,
      'GET /api/incidents': () => ({ items: [], next: null }),
      'POST /api/incidents': () => planned,
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('Nothing was told yet');
    press('button', 'Plan work');
    const dialog = await screen.findByRole('dialog');
    await write('In one line', 'A larger disk');
    await write('What people are told', 'An hour at most.');
    expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(true);
    await write('Begins', '2026-11-29T18:00');
    await write('Ends', '2026-11-29T17:00');
    await screen.findByText(/^This is before it begins/);
    await write('Ends', '2026-11-29T19:00');
    await submit();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(asked.find((one) => one.method === 'POST')?.body).toMatchObject({
      kind: 'maintenance',
      state: 'planned',
      beginsAt: new Date('2026-11-29T18:00').toISOString(),
      endsAt: new Date('2026-11-29T19:00').toISOString(),
    });
  });

  it('keep what they typed when somebody else was faster', async () => {
    const newer = {
      ...slow,
      revision: 3,
      state: 'watching',
      updates: [{ state: 'watching', text: 'The disk is new.', at: '2026-11-20T09:00:00Z' }, ...slow.updates],
    };
    serve({
      ...operator,
      'GET /api/incidents': ({ query }) => ({
        items: [query.get('before') === '5' ? newer : slow],
        next: null,
      }),
      'POST /api/incidents/4/updates': ({ body }) =>
        JSON.stringify(body).includes('"revision":3')
          ? { ...newer, revision: 4, state: 'over' }
          : new Refusal(409, 'incident.changed', { revision: 3 }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('Sending is slow');
    press('button', /^Tell more: /);
    await screen.findByRole('dialog');
    await write('How it stands', 'over');
    await write('What people are told', 'It is mended.');
    await submit();
    await screen.findByText('Somebody else has changed this incident meanwhile');
    await expectAccessible();
    press('button', 'Read it again');
    await screen.findByText('This is how it stands now');
    screen.getByText('The disk is new.', { selector: '[role=dialog] p' });
    await submit();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(asked.filter((one) => one.method === 'POST').map((one) => one.body)).toEqual([
      { revision: 2, state: 'over', text: 'It is mended.' },
      { revision: 3, state: 'over', text: 'It is mended.' },
    ]);
    await screen.findByText('It is over. Write the post-mortem when you know why it happened.');
    screen.getByText('Over');
  });

  it('correct an incident, and of what they left alone nothing is undone that somebody else did', async () => {
    const newer = { ...slow, revision: 3, impact: 'down' };
    serve({
      ...operator,
      'GET /api/incidents': ({ query }) => ({
        items: [query.get('before') === '5' ? newer : slow],
        next: null,
      }),
      'PUT /api/incidents/4': ({ body }) =>
        JSON.stringify(body).includes('"revision":3')
          ? { ...newer, revision: 4, title: 'Sending is very slow' }
          : new Refusal(409, 'incident.changed', { revision: 3 }),
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('Sending is slow');
    press('button', /^Correct: /);
    await screen.findByRole('dialog');
    await write('In one line', 'Sending is very slow');
    await submit();
    await screen.findByText('Somebody else has changed this incident meanwhile');
    press('button', 'Read it again');
    await screen.findByText('This is how it stands now');
    await submit();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(asked.filter((one) => one.method === 'PUT').at(-1)?.body).toEqual({
      revision: 3,
      title: 'Sending is very slow',
      impact: 'down',
      parts: ['sending', 'pages'],
      beginsAt: '2026-11-20T08:00:00Z',
      endsAt: null,
    });
    await screen.findByText('Sending is very slow');
  });

  it('write what was learnt, withdraw what was a mistake, and show it again', async () => {
    serve({
      ...operator,
      'GET /api/incidents': () => ({ items: [{ ...past, postMortem: null }], next: null }),
      'PUT /api/incidents/2/post-mortem': () => ({ ...past, revision: 3 }),
      'PUT /api/incidents/2/withdrawal': ({ body }) =>
        JSON.stringify(body).includes('true')
          ? { ...past, revision: 4, withdrawnAt: '2026-10-05T08:00:00Z' }
          : { ...past, revision: 5 },
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/server/incidents');
    await screen.findByText('What was learnt is not written yet.');
    press('button', /^Post-mortem: /);
    await screen.findByRole('dialog');
    await write('Post-mortem', 'The password had changed.');
    await submit();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    press('button', /^Withdraw: /);
    await screen.findByText(/^Only operators see it then/);
    await submit();
    await screen.findByText('Withdrawn');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    press('button', /^Show again: /);
    await screen.findByText(/^Everybody sees it again, with all/);
    await submit();
    await waitFor(() => expect(screen.queryByText('Withdrawn')).toBeNull());
    expect(asked.filter((one) => one.method === 'PUT').map((one) => one.body)).toEqual([
      { revision: 2, text: 'The password had changed.' },
      { revision: 3, isWithdrawn: true },
      { revision: 4, isWithdrawn: false },
    ]);
  });
});
