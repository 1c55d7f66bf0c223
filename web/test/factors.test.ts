import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const none = { totpSince: null, passkeys: [], recoveryCodesLeft: null, isNeeded: true, resetDueAt: null };
const on = {
  totpSince: at,
  passkeys: [{ id: 4, name: 'Work laptop', isBackedUp: false, createdAt: at, lastUsedAt: null }],
  recoveryCodesLeft: 8,
  isNeeded: true,
  resetDueAt: null,
};
const codes = Array.from({ length: 10 }, (_, number) => `ABCDE-FGH2${String.fromCharCode(65 + number)}`);
const out = {
  'GET /api/session': () => new Refusal(401, 'session.none'),
  'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
};
const withFactor = (secondFactor: Record<string, unknown>) => () => ({
  ...session,
  secondFactor: { ...session.secondFactor, ...secondFactor },
});
const bodies = (path: string): unknown[] =>
  asked.filter((one) => one.path === path && one.method === 'POST').map((one) => one.body);

describe('a sign-in with a second factor', () => {
  const challenge = { ticket: 't1', expiresAt: at, totp: true, passkey: false, recoveryCode: true };

  it('asks for the code of the app, and says when it is not right', async () => {
    let isRight = false;
    serve({
      ...out,
      'POST /api/session': () => challenge,
      'POST /api/session/factor': () => (isRight ? session : new Refusal(401, 'factor.refused')),
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/sign-in');
    await screen.findByRole('heading', { name: 'Sign in' });
    fill('E-mail', 'a@example.org');
    fill('Password', 'granite otter');
    press('button', 'Sign in');
    await screen.findByRole('heading', { name: 'Second step' });
    await expectAccessible();
    fill('Code of the authenticator app', '123456');
    press('button', 'Sign in');
    await screen.findByText(/^This code is not right/);
    isRight = true;
    fill('Code of the authenticator app', '654321');
    press('button', 'Sign in');
    await screen.findByRole('heading', { name: 'Projects' });
    expect(bodies('/api/session/factor')).toEqual([
      { ticket: 't1', totp: '123456' },
      { ticket: 't1', totp: '654321' },
    ]);
  });

  it('takes a recovery code in its place', async () => {
    serve({
      ...out,
      'POST /api/session': () => challenge,
      'POST /api/session/factor': () => session,
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen, fill, press } = await page();
    app = await mountApp('/sign-in');
    await screen.findByRole('heading', { name: 'Sign in' });
    fill('E-mail', 'a@example.org');
    fill('Password', 'granite otter');
    press('button', 'Sign in');
    await screen.findByRole('heading', { name: 'Second step' });
    press('button', 'Use a recovery code');
    await screen.findByLabelText('Recovery code');
    fill('Recovery code', 'abcde-fgh2a');
    press('button', 'Sign in');
    await screen.findByRole('heading', { name: 'Projects' });
    expect(bodies('/api/session/factor')).toEqual([{ ticket: 't1', recoveryCode: 'abcde-fgh2a' }]);
  });
});

describe('the security page', () => {
  it('sets an authenticator app up and shows the recovery codes once', async () => {
    let state: typeof none | typeof on = none;
    serve({
      ...signedIn,
      'GET /api/account/factors': () => state,
      'POST /api/account/factors/totp': () => ({
        secret: 'ABCDEFGH',
        address: 'otpauth://totp/x',
        svg: '<svg xmlns="http://www.w3.org/2000/svg" />',
      }),
      'POST /api/account/factors/totp/activation': () => {
        state = on;
        return { codes };
      },
    });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/account/security');
    await screen.findByRole('heading', { name: 'Authenticator app' });
    await expectAccessible();
    press('button', 'Set up an authenticator app');
    await screen.findByText('ABCD EFGH');
    await expectAccessible();
    fill('Code of the authenticator app', '123456');
    press('button', 'Activate');
    await screen.findByText('ABCDE-FGH2A');
    expect(screen.getAllByRole('listitem').length).toBeGreaterThanOrEqual(10);
    await expectAccessible();
    press('button', 'I have put them away');
    await screen.findByText('8 codes left');
    await waitFor(() => expect(screen.queryByText('ABCDE-FGH2A')).toBeNull());
  });

  it('asks to confirm what matters and then goes on by itself', async () => {
    let isConfirmed = false;
    serve({
      ...signedIn,
      'GET /api/account/factors': () => on,
      'DELETE /api/account/factors/passkeys/4': () =>
        isConfirmed ? noContent : new Refusal(403, 'session.confirmation_needed'),
      'POST /api/session/confirmation': () => {
        isConfirmed = true;
        return { until: at };
      },
    });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/account/security');
    await screen.findByRole('button', { name: 'Remove Work laptop' });
    press('button', 'Remove Work laptop');
    await screen.findByText(/^It signs you in no more/);
    press('button', 'Remove');
    await screen.findByRole('heading', { name: 'Confirm that it is you' });
    await screen.findByRole('button', { name: 'Confirm' });
    await expectAccessible();
    const passwords = screen.getAllByLabelText('Password', { selector: 'input' });
    expect(passwords).toHaveLength(1);
    fill('Password', 'granite otter');
    fill('Code of the authenticator app', '123456');
    press('button', 'Confirm');
    await waitFor(() =>
      expect(asked.filter((one) => one.method === 'DELETE').map((one) => one.path)).toEqual([
        '/api/account/factors/passkeys/4',
        '/api/account/factors/passkeys/4',
      ]),
    );
    expect(bodies('/api/session/confirmation')).toEqual([{ password: 'granite otter', totp: '123456' }]);
  });

  it('does nothing when the person does not confirm', async () => {
    serve({
      ...signedIn,
      'GET /api/account/factors': () => on,
      'POST /api/account/factors/recovery-codes': () => new Refusal(403, 'session.confirmation_needed'),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/account/security');
    await screen.findByText('8 codes left');
    press('button', 'Make new codes');
    await screen.findByText(/^The codes that you have now/);
    screen.getAllByRole('button', { name: 'Make new codes' }).at(-1)?.click();
    await screen.findByRole('heading', { name: 'Confirm that it is you' });
    await screen.findByRole('button', { name: 'Confirm' });
    screen.getAllByRole('button', { name: 'Cancel' }).at(-1)?.click();
    await screen.findByText(/^It was not done/);
    expect(bodies('/api/account/factors/recovery-codes')).toHaveLength(1);
  });

  it('stops a reset that somebody asked for', async () => {
    serve({
      ...signedIn,
      'GET /api/session': withFactor({ isOn: true, recoveryCodesLeft: 9, resetDueAt: at }),
      'GET /api/account/factors': () => ({ ...on, resetDueAt: at }),
      'DELETE /api/account/factors/reset': () => noContent,
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/account/security');
    await screen.findByText('Your second factor is about to be removed');
    await expectAccessible();
    press('button', 'Stop the removal');
    await waitFor(() => expect(asked.some((one) => one.method === 'DELETE')).toBe(true));
  });
});

describe('somebody who must set up a second factor', () => {
  it('is told by when on every page', async () => {
    serve({
      ...signedIn,
      'GET /api/session': withFactor({ dueAt: '2099-01-01T00:00:00Z' }),
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects');
    await screen.findByText(/^Set up a second factor by .*2099/);
    await expectAccessible();
  });

  it('sees nothing else once it is due', async () => {
    serve({
      ...signedIn,
      'GET /api/session': withFactor({ dueAt: at, mustEnrol: true }),
      'GET /api/account/factors': () => none,
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Authenticator app' });
    expect(window.location.pathname).toBe('/account/security');
    expect(screen.queryByRole('button', { name: 'Change password' })).toBeNull();
  });

  it('is brought there when it becomes due while a page is open', async () => {
    serve({
      ...signedIn,
      'GET /api/projects': () => new Refusal(403, 'session.second_factor_needed'),
      'GET /api/account/factors': () => none,
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Authenticator app' });
  });

  it('is told when few recovery codes are left', async () => {
    serve({
      ...signedIn,
      'GET /api/session': withFactor({ isOn: true, recoveryCodesLeft: 2 }),
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByText(/^2 recovery codes are left/);
  });
});

describe('the link in the letter about a reset', () => {
  it('stops it without a sign-in, at a press', async () => {
    serve({ ...out, 'POST /api/factor-resets/cancellation': () => noContent });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/cancel-reset#secret-1');
    await screen.findByText(/^Someone asked an administrator/);
    await expectAccessible();
    expect(bodies('/api/factor-resets/cancellation')).toEqual([]);
    press('button', 'Stop the removal');
    await screen.findByText('Stopped: your second factor stays.');
    expect(bodies('/api/factor-resets/cancellation')).toEqual([{ token: 'secret-1' }]);
  });
});
