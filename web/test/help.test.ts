import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, noContent, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const unit = { id: 1, parent: null, kind: 'organisation', name: 'Plum Relief', members: 2, projects: 1 };
const member = {
  id: 7,
  name: 'Amina',
  email: 'amina@example.org',
  lastSeen: null,
  secondFactor: true,
  units: [{ kind: 'unit', id: 1, name: 'Plum Relief' }],
  roles: [],
};
const served = {
  ...signedIn,
  'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin', 'operator'] } }),
  'GET /api/units/1': () => ({
    unit,
    path: [],
    units: [],
    may: ['unitUpdate', 'memberList', 'memberUpdate'],
  }),
  'GET /api/units/1/members/7': () => member,
  'GET /api/units/1/projects': () => ({ items: [] }),
  'GET /api/units/1/roles': () => ({ items: [], grantable: [] }),
};
const was = (method: string, path: string): boolean =>
  asked.some((one) => one.method === method && one.path === path);

describe('help with signing in', () => {
  it('takes second factors off after a question, and can be stopped', async () => {
    serve({
      ...served,
      'POST /api/accounts/7/factor-reset': () => ({ dueAt: '2026-11-22T08:00:00Z' }),
      'DELETE /api/accounts/7/factor-reset': () => noContent,
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/units/1/people/7');
    await screen.findByRole('heading', { name: 'Help with signing in' });
    await expectAccessible();
    press('button', 'Take off second factors');
    await screen.findByText(/^Make sure that it is really they who ask/);
    screen.getAllByRole('button', { name: 'Take off second factors' }).at(-1)?.click();
    await screen.findByText(/^All second factors are taken off on/);
    (await screen.findByRole('button', { name: 'Stop it' })).click();
    await waitFor(() => {
      expect(was('DELETE', '/api/accounts/7/factor-reset')).toBe(true);
    });
  });

  it('shows who used the account', async () => {
    serve({
      ...served,
      'GET /api/accounts/7/access-log': () => ({
        items: [
          {
            at: '2026-11-20T08:00:00Z',
            kind: 'sign_in',
            isSuccess: true,
            reason: null,
            actor: { id: 7, name: 'Amina' },
            door: 'web',
            way: 'password',
            browser: 'Firefox',
            system: 'Linux',
            address: null,
            place: null,
            project: null,
            subject: null,
            count: 1,
            isHour: false,
          },
        ],
        next: null,
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/units/1/people/7/access-log');
    await screen.findByText('signed in');
    await screen.findByRole('heading', { name: 'Access log of Amina' });
    await expectAccessible();
  });
});

describe('the second factor of a unit', () => {
  it('is asked of everybody', async () => {
    serve({
      ...served,
      'GET /api/units/1/security': () => ({ secondFactorForEveryone: false, graceDays: 7 }),
      'PUT /api/units/1/security': () => noContent,
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/units/1/security');
    await screen.findByText(/After 7 days they can do nothing/);
    await expectAccessible();
    press('checkbox', /^Everybody of Plum Relief/);
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(false);
    });
    press('button', 'Save');
    await waitFor(() => {
      expect(asked.find((one) => one.method === 'PUT')?.body).toEqual({ secondFactorForEveryone: true });
    });
  });
});
