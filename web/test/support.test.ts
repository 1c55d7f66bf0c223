import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { months } from '../src/support/lengths';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const later = '2999-11-20T10:00:00Z';
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
const request = {
  id: 3,
  kind: 'support',
  state: 'asked',
  operator: { id: 9, name: 'An operator' },
  place: { kind: 'project', id: 7, name: 'Wells' },
  export: false,
  minutes: 120,
  ticket: 'T-4711',
  reason: 'The table stays empty.',
  askedBy: { id: 9, name: 'An operator' },
  askedAt: at,
  decidedBy: null,
  decidedAt: null,
  expiresAt: null,
  endedBy: null,
  endedAt: null,
  use: null,
  mayApprove: true,
  mayDecline: true,
  mayEnd: false,
};
const open = {
  ...request,
  id: 4,
  state: 'open',
  decidedBy: { id: 1, name: 'Admin' },
  decidedAt: at,
  expiresAt: later,
  use: { records: 3, rows: 40, files: 1, exports: 0, lastAt: at },
  mayApprove: false,
  mayDecline: false,
  mayEnd: true,
};
const operatorSession = {
  ...session,
  account: { ...session.account, id: 9, displayName: 'An operator', roles: ['operator', 'support'] },
};
const asOwner = {
  ...signedIn,
  'GET /api/projects': () => ({ items: [project] }),
  'GET /api/support-access': () => ({ items: [request, open] }),
  'GET /api/support-access/operators': () => ({ items: [{ id: 9, name: 'An operator' }] }),
};

describe('support access for owners', () => {
  it('shows who asks and what was seen, and lets in after a question', async () => {
    serve({ ...asOwner, 'POST /api/support-access/3/approval': () => ({ ...open, id: 3 }) });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/support-access');
    await screen.findByText(/3 submissions opened, 40 rows shown, 1 file opened, and 0 exports/);
    await screen.findByText('waits for an answer');
    await expectAccessible();
    press('button', 'Approve');
    await screen.findByRole('dialog');
    const buttons = screen.getAllByRole('button', { name: 'Approve' });
    buttons.at(-1)?.click();
    await waitFor(() =>
      expect(
        asked.some((one) => one.method === 'POST' && one.path === '/api/support-access/3/approval'),
      ).toBe(true),
    );
  });

  it('gives access with everything that must be said', async () => {
    serve({ ...asOwner, 'POST /api/support-access': () => open });
    const { mountApp, screen, fill, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/support-access');
    await screen.findByRole('button', { name: 'Let an operator in' });
    press('button', 'Let an operator in');
    await screen.findByRole('dialog');
    await expectAccessible();
    fill(/^Support ticket/, 'T-1');
    const reason = screen.getByLabelText(/^Reason/, { selector: 'textarea' });
    if (reason instanceof HTMLTextAreaElement) {
      reason.value = 'The table stays empty.';
      reason.dispatchEvent(new Event('input', { bubbles: true }));
    }
    screen.getAllByRole('button', { name: 'Let an operator in' }).at(-1)?.click();
    await waitFor(() =>
      expect(asked.find((one) => one.method === 'POST')?.body).toEqual({
        operator: 9,
        place: { kind: 'project', id: 7 },
        hours: 1,
        ticket: 'T-1',
        reason: 'The table stays empty.',
        export: false,
      }),
    );
  });

  it('reports the emergencies of a month', async () => {
    serve({
      ...asOwner,
      'GET /api/break-glass': () => ({
        items: [{ ...open, kind: 'break_glass', ticket: null, minutes: 30 }],
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/support-access/emergencies');
    await screen.findByRole('heading', { name: /^Emergency: .*An operator.* in .*Wells/ });
    await screen.findByText(/30 minutes/);
    await expectAccessible();
    expect(asked.find((one) => one.path === '/api/break-glass')?.query.get('month')).toMatch(/^\d{4}-\d\d$/);
  });

  it('says why it cannot be listed', async () => {
    serve({ ...asOwner, 'GET /api/break-glass': () => new Refusal(403, 'access.denied') });
    const { mountApp, screen } = await page();
    app = await mountApp('/support-access/emergencies');
    await screen.findByRole('alert');
  });
});

describe('the banner of an operator who was let in', () => {
  const support = {
    id: 4,
    kind: 'support',
    place: { kind: 'project', id: 7, name: 'Wells' },
    export: false,
    expiresAt: later,
  };

  it('stands above every page and ends it', async () => {
    let isOver = false;
    serve({
      'GET /api/session': () => ({ ...operatorSession, supportAccess: isOver ? [] : [support] }),
      'GET /api/projects': () => ({ items: [project] }),
      'GET /api/support-access': () => ({ items: [] }),
      'GET /api/support-access/operators': () => ({ items: [] }),
      'DELETE /api/support-access/4': () => {
        isOver = true;
        return noContent;
      },
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects');
    const banner = await screen.findByRole('complementary', { name: 'Support access' });
    expect(banner.textContent).toMatch(/An operator.*Wells.*nothing can be changed or exported/);
    await expectAccessible();
    press('button', 'End now');
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Support access' })).toBeNull());
  });

  it('is gone once the time is over', async () => {
    serve({
      'GET /api/session': () => ({ ...operatorSession, supportAccess: [{ ...support, expiresAt: at }] }),
      'GET /api/projects': () => ({ items: [] }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'Projects' });
    expect(screen.queryByRole('complementary', { name: 'Support access' })).toBeNull();
  });
});

describe('months', () => {
  it('go back over the turn of the year', () => {
    expect(months(new Date('2026-01-31T23:59:59Z'), 3)).toEqual(['2026-01', '2025-12', '2025-11']);
  });
});
