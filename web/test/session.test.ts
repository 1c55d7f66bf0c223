import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { keep } from '../src/api/kept';
import { noContent, Refusal, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

function hearFromAnotherTab(newValue: string): void {
  dispatchEvent(new StorageEvent('storage', { key: 'fieldkeep.session', newValue }));
}

describe('a session that several tabs share', () => {
  it.each([
    ['signing out', ''],
    ['another account signing in', '2'],
  ])('%s in another tab ends it in this one, with all that was kept', async (_, value) => {
    serve({ ...signedIn, 'GET /api/projects': () => ({ items: [] }) });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Projects' });
    keep({ filter: 'a name' });
    serve({});
    hearFromAnotherTab(value);
    await screen.findByRole('heading', { name: 'Sign in' });
    expect(Object.keys(sessionStorage)).toEqual([]);
  });

  it('the same account signing in elsewhere changes nothing here', async () => {
    serve({ ...signedIn, 'GET /api/projects': () => ({ items: [] }) });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Projects' });
    hearFromAnotherTab('1');
    expect(screen.getByRole('heading', { name: 'Projects' })).toBeTruthy();
  });

  it('a session found ended at the start leaves nothing kept', async () => {
    keep({ filter: 'a name' });
    serve({
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Sign in' });
    expect(Object.keys(sessionStorage)).toEqual([]);
  });
});

describe('a suspended account', () => {
  it.each(['Sign out', 'Try again'])('leaves the page to whoever signs in next: %s', async (button) => {
    let isOut = false;
    const suspended = new Refusal(403, 'account.suspended', { reason: 'It was taken over.', contact: 'Ada' });
    serve({
      'GET /api/session': () => (isOut ? new Refusal(401, 'session.none') : suspended),
      'DELETE /api/session': () => noContent,
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('button', { name: button });
    // The server has taken the cookie back when it said so.
    isOut = true;
    press('button', button);
    await screen.findByRole('heading', { name: 'Sign in' });
  });
});
