import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, noContent, Refusal, serve, signedIn } from './support/server';

// Every test gets a page of its own: the session lives in a module.
const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const line = {
  at,
  kind: 'sign_in',
  isSuccess: true,
  reason: null,
  actor: { id: 1, name: 'Admin' },
  door: 'web',
  way: 'password',
  browser: 'Firefox',
  system: 'Linux',
  address: '203.0.113.9',
  place: 'a1b2c3',
  project: null,
  subject: 'session 3',
  count: 1,
  isHour: false,
};
const refused = { ...line, isSuccess: false, reason: 'password', actor: { id: 0, name: '' }, address: null };
const hour = {
  ...line,
  kind: 'submission.create',
  way: null,
  browser: null,
  system: null,
  address: null,
  place: null,
  project: 7,
  subject: null,
  count: 3,
  isHour: true,
};

describe('the access log', () => {
  it('tells who used the account in words, and opens the lines of an hour', async () => {
    serve({
      ...signedIn,
      'GET /api/account/access-log': ({ query }) =>
        query.get('before') === null
          ? { items: [line, refused, hour], next: 'more' }
          : { items: [{ ...line, kind: 'something.new' }], next: null },
      'GET /api/account/access-log/hour': () => ({ items: [line, line, line] }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/account/access-log');
    await screen.findByText('signed in');
    expect(screen.getByText('203.0.113.9')).toBeTruthy();
    expect(screen.getByText('wrong password')).toBeTruthy();
    expect(screen.getByText('address a1b2c3')).toBeTruthy();
    expect(screen.getByText('3 times within an hour')).toBeTruthy();
    await expectAccessible();
    press('button', 'Show each: sent a submission');
    await waitFor(() => expect(document.querySelectorAll('ul time').length).toBe(3));
    press('button', 'Show older');
    await screen.findByText('something.new');
    expect(screen.queryByRole('button', { name: 'Show older' })).toBeNull();
  });

  it('filters by topic and period, which stand in the address and in that of the file', async () => {
    serve({ ...signedIn, 'GET /api/account/access-log': () => ({ items: [], next: null }) });
    const { mountApp, screen, waitFor } = await page();
    app = await mountApp('/account/access-log?topic=refusals&days=7');
    await screen.findByText('Nothing to show');
    const request = asked.find((one) => one.path === '/api/account/access-log');
    expect(request?.query.get('topic')).toBe('refusals');
    expect(request?.query.get('from')).toMatch(/^20\d\d-/);
    const file = screen.getByRole('link', { name: 'Download as CSV' });
    expect(file.getAttribute('href')).toMatch(
      /^\/api\/account\/access-log\/file\?topic=refusals&from=20\d\d-/,
    );
    const select = screen.getByLabelText('Show', { selector: 'select' });
    if (select instanceof HTMLSelectElement) {
      select.value = 'data';
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }
    await waitFor(() => expect(asked.some((one) => one.query.get('topic') === 'data')).toBe(true));
  });

  it('“this wasn’t me” says what will end before it ends it', async () => {
    serve({
      ...signedIn,
      'GET /api/account/access-log': () => ({ items: [line], next: null }),
      'POST /api/account/disown': () => noContent,
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/account/access-log');
    await screen.findByText('signed in');
    press('button', 'This wasn’t me');
    await screen.findByText(/Your password opens nothing any more/);
    expect(asked.some((one) => one.path === '/api/account/disown')).toBe(false);
    press('button', 'End all access');
    await waitFor(() => expect(asked.some((one) => one.path === '/api/account/disown')).toBe(true));
    await waitFor(() => expect(window.location.pathname).toBe('/account/security'));
  });
});

describe('the letter that unlocks', () => {
  it('lifts the lock with what stands after #, and says when the link is spent', async () => {
    let isSpent = false;
    serve({
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
      'POST /api/unlock': () => (isSpent ? new Refusal(403, 'session.unlock_refused') : noContent),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/unlock#7.1.mac');
    await screen.findByRole('heading', { name: 'Lift the lock' });
    await expectAccessible();
    isSpent = true;
    press('button', 'Lift the lock');
    await screen.findByText(/This link is not valid any more/);
    isSpent = false;
    press('button', 'Lift the lock');
    await screen.findByText('The lock is lifted. You can sign in now.');
    expect(asked.filter((one) => one.path === '/api/unlock').map((one) => one.body)).toEqual([
      { secret: '7.1.mac' },
      { secret: '7.1.mac' },
    ]);
  });
});
