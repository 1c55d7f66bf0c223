import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, serve, session, signedIn } from './support/server';
import { mayAll } from './support/may';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
function line(id: number, action: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    at,
    actor: { id: 3, name: 'Amina' },
    action,
    subject: 'form 4',
    detail: null,
    project: 7,
    door: 'web',
    actingAs: null,
    supportGrant: null,
    form: null,
    formTitle: null,
    ...more,
  };
}
const project = {
  id: 7,
  name: 'Clinics',
  description: '',
  forms: 1,
  appUsers: 1,
  may: mayAll,
  isPart: false,
};
const answers = {
  ...signedIn,
  'GET /api/projects/7': () => project,
  'GET /api/projects/7/people': () => ({ items: [{ id: 3, name: 'Amina', kind: 'account', how: [] }] }),
  'GET /api/projects/7/app-users': () => ({ items: [{ id: 5, displayName: 'Phone 1' }] }),
  'GET /api/ledger/checkpoints': () => ({ items: [], next: null }),
};

function choose(label: string, value: string): void {
  const field = [...document.querySelectorAll('label')].find((one) => one.textContent.includes(label));
  const select = field?.querySelector('select');
  expect(select).toBeTruthy();
  if (select) {
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
  }
}

describe('the activity of a project', () => {
  it('is filtered by who and what; the address holds numbers and codes, and each filter can be taken away', async () => {
    serve({
      ...answers,
      'GET /api/activity': ({ query }) => ({
        items: query.get('action') === null ? [line(2, 'form.publish', { formTitle: 'Clinic' })] : [],
        next: null,
      }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/7/activity');
    await screen.findByText(/published/, { selector: 'p' });
    await screen.findByRole('option', { name: 'Phone 1' });
    await expectAccessible();
    choose('Who', '3');
    await waitFor(() => expect(window.location.search).toBe('?person=3'));
    choose('What was done', 'form.publish');
    await screen.findByText(
      /^Nothing was done for which all of this holds: Who: .*Amina.* and What was done: /,
    );
    expect(window.location.search).toBe('?person=3&action=form.publish');
    const last = asked.filter((one) => one.path === '/api/activity').at(-1);
    expect(Object.fromEntries(last?.query ?? [])).toEqual({
      project: '7',
      actor: '3',
      action: 'form.publish',
    });
    await expectAccessible();
    press('button', /^Remove filter: What was done/);
    await screen.findByText(/published/, { selector: 'p' });
    await waitFor(() => expect(window.location.search).toBe('?person=3'));
  });

  it('goes on with older lines, and says when that fails', async () => {
    serve({
      ...answers,
      'GET /api/activity': ({ query }) =>
        query.get('before') === null
          ? { items: [line(9, 'form.publish')], next: '9' }
          : { items: [line(8, 'submission.list', { detail: '12 submissions' })], next: null },
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/7/activity');
    await screen.findByText(/published/, { selector: 'p' });
    press('button', 'Show older');
    await screen.findByText('12 submissions');
    expect(screen.queryByRole('button', { name: 'Show older' })).toBeNull();
  });

  it('leaves as a file with the same filters, and says that this is written down', async () => {
    serve({ ...answers, 'GET /api/activity': () => ({ items: [line(9, 'form.publish')], next: null }) });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/7/activity?person=3&kind=form');
    await screen.findByText(/published/, { selector: 'p' });
    press('button', 'Download…');
    await screen.findByText(/is itself written here/);
    const link = screen.getByRole('link', { name: 'CSV, for spreadsheets' });
    expect(link.getAttribute('href')).toBe('/api/activity/file?format=csv&project=7&actor=3&kind=form');
    await expectAccessible();
  });
});

describe('the activity of everything', () => {
  it('names the project of each line, and is filtered by it', async () => {
    serve({
      ...signedIn,
      'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin'] } }),
      'GET /api/projects': () => ({ items: [{ ...project, submissions: 0 }] }),
      'GET /api/activity': () => ({
        items: [
          line(9, 'form.publish'),
          line(8, 'session.create', { project: null, detail: 'password, totp' }),
        ],
        next: null,
      }),
    });
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    app = await mountApp('/activity?project=7');
    await screen.findByText('with a password');
    await screen.findByText('code of the app');
    await waitFor(() => expect(screen.getAllByText('Clinics', { selector: 'bdi' })).toHaveLength(2));
    expect(asked.find((one) => one.path === '/api/activity')?.query.get('project')).toBe('7');
    await expectAccessible();
  });
});
