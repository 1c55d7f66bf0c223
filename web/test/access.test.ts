import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const out = {
  'GET /api/session': () => new Refusal(401, 'session.none'),
  'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
};
const bodies = (path: string): unknown[] =>
  asked.filter((one) => one.path === path && one.method === 'POST').map((one) => one.body);

describe('a forgotten password', () => {
  it('is asked for by address, and the answer does not tell whether the account exists', async () => {
    serve({ ...out, 'POST /api/password-resets': () => noContent });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/sign-in');
    await screen.findByRole('heading', { name: 'Sign in' });
    press('link', 'Forgot your password?');
    await screen.findByRole('heading', { name: 'Set a new password' });
    fill('E-mail', 'a@example.org');
    press('button', 'Send the link');
    await screen.findByText(/^If there is an account with this address/);
    await expectAccessible();
    expect(bodies('/api/password-resets')).toEqual([{ email: 'a@example.org' }]);
  });

  it('is set with the secret behind #, once, and weak ones are not sent', async () => {
    let isUsed = false;
    serve({
      ...out,
      'POST /api/password-resets/completion': () =>
        isUsed ? new Refusal(410, 'password_reset.refused') : noContent,
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/set-password#secret-1');
    await screen.findByRole('heading', { name: 'Set a new password' });
    fill('New password', 'short');
    press('button', 'Set password');
    await screen.findByText(/^(Very weak|Weak)/);
    expect(bodies('/api/password-resets/completion')).toEqual([]);
    isUsed = true;
    fill('New password', 'granite otter seven lamps');
    await screen.findByText(/^(Very good|Good)\.$/);
    press('button', 'Set password');
    await screen.findByText(/^This link is not valid any more/);
    await expectAccessible();
    isUsed = false;
    press('button', 'Set password');
    await screen.findByText(/^Your new password is set/);
    expect(bodies('/api/password-resets/completion').at(-1)).toEqual({
      token: 'secret-1',
      password: 'granite otter seven lamps',
    });
  });
});

describe('sign-in with another provider', () => {
  it('is offered only where there is one', async () => {
    serve({ ...out, 'GET /api/session/external': () => ({ name: 'Plum Login' }) });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/sign-in');
    const link = await screen.findByRole('link', { name: /^Sign in with .*Plum Login/ });
    expect(link.getAttribute('href')).toBe('/api/session/external/begin');
    await expectAccessible();
  });

  it('asks for the password the first time, then goes in', async () => {
    serve({
      ...out,
      'POST /api/session/external/completion': ({ body }) =>
        (body as { password: string | null }).password === 'granite otter'
          ? session
          : new Refusal(409, 'external.password_needed', { provider: 'Plum Login', email: 'a@example.org' }),
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/sign-in/external');
    await screen.findByText(/for the first time/);
    await expectAccessible();
    fill('Password', 'granite otter');
    press('button', 'Join and sign in');
    await screen.findByRole('heading', { name: 'Projects' });
  });

  it('says in words why it did not work', async () => {
    serve(out);
    const { mountApp, screen } = await page();
    app = await mountApp('/sign-in?problem=external.attempt_refused');
    await screen.findByText(/^This sign-in was begun in another browser/);
  });
});

describe('my sessions', () => {
  const here = {
    id: 1,
    browser: 'Firefox',
    system: 'Linux',
    address: '192.0.2.7',
    token: null,
    isBrowser: true,
    isCurrent: true,
    createdAt: at,
    lastSeenAt: at,
    expiresAt: at,
  };

  it('are listed with this one marked; another is ended after a question', async () => {
    const all = [here, { ...here, id: 2, browser: null, system: null, isCurrent: false, token: 'pyodk' }];
    serve({
      ...signedIn,
      'GET /api/account/sessions': () => ({ items: all }),
      'DELETE /api/account/sessions/2': () => {
        all.pop();
        return noContent;
      },
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/account/sessions');
    await screen.findByText('This session');
    await expectAccessible();
    press('button', 'End the session on Unknown device');
    await screen.findByRole('dialog');
    press('button', 'End');
    await waitFor(() => expect(screen.queryByText('pyodk')).toBeNull());
  });
});

describe('my tokens', () => {
  const token = {
    id: 7,
    kind: 'token',
    name: 'Monthly report',
    scopes: ['read'],
    projects: null,
    networks: [],
    createdAt: at,
    expiresAt: '2036-11-20T08:00:00Z',
    lastUsedAt: null,
    endedAt: null,
  };

  it('are made with little, shown once, and revoked after a question', async () => {
    const all: unknown[] = [];
    serve({
      ...signedIn,
      'GET /api/projects': () => ({ items: [] }),
      'GET /api/account/tokens': () => ({ items: all }),
      'POST /api/account/tokens': () => {
        all.push(token);
        return { token, secret: 'fk_shown-once' };
      },
      'DELETE /api/account/tokens/7': () => {
        all.splice(0);
        return noContent;
      },
    });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/account/tokens');
    await screen.findByText('No tokens yet');
    await expectAccessible();
    press('button', 'Make an API token');
    await screen.findByRole('dialog');
    await expectAccessible();
    fill('Name', 'Monthly report');
    screen.getByRole('dialog').querySelector('form')?.requestSubmit();
    await screen.findByText('fk_shown-once');
    expect(bodies('/api/account/tokens')).toEqual([
      { name: 'Monthly report', scopes: ['read'], projects: null, networks: [], days: 90 },
    ]);
    press('button', 'Done');
    await waitFor(() => expect(screen.queryByText('fk_shown-once')).toBeNull());
    (await screen.findByRole('button', { name: 'Revoke Monthly report' })).click();
    await screen.findByText(/refused from the next request on/);
    press('button', 'Revoke');
    await screen.findByText('No tokens yet');
  });
});
