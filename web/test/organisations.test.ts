import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import type { UnitChart } from '../src/api/types';
import { layOut, placesFor } from '../src/organisations/unitTree';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const unit = (id: number, parent: number | null, kind: 'organisation' | 'branch' | 'team', name: string) => ({
  id,
  parent,
  kind,
  name,
  members: 2,
  projects: 1,
});
const north = unit(2, 1, 'branch', 'North');
const south = unit(3, 1, 'branch', 'South');
const health = unit(4, 2, 'team', 'Health');
const chart: UnitChart = {
  unit: unit(1, null, 'organisation', 'Plum Relief'),
  path: [],
  units: [north, south, health],
  may: ['unitUpdate', 'memberList', 'memberUpdate', 'projectCreate', 'projectAssign', 'projectDelete'],
};
const place = { kind: 'unit' as const, id: 2, name: 'North' };
const member = {
  id: 7,
  name: 'Amina',
  email: 'amina@example.org',
  lastSeen: at,
  secondFactor: false,
  units: [place],
  roles: [
    {
      id: 11,
      role: 'viewer',
      roleName: null,
      place,
      through: null,
      isInherited: false,
      isLimited: false,
      expiresAt: null,
    },
  ],
};
const answers = {
  ...signedIn,
  'GET /api/units/1': () => chart,
  'GET /api/units/1/removed': () => ({ items: [] }),
  'GET /api/units/1/projects': () => ({ items: [{ id: 5, unit: 2, name: 'Survey', archived: false }] }),
  'GET /api/units/1/members': () => ({ items: [member], next: null, all: 1 }),
  'GET /api/units/1/invitations': () => ({ items: [] }),
  'GET /api/units/1/roles': () => ({
    items: [
      { role: 'viewer', id: null, name: null, permissions: ['projectRead'] },
      { role: 'role:3', id: 3, name: 'Reader', permissions: ['formRead'] },
    ],
    grantable: ['projectRead', 'formRead'],
  }),
};
const bodies = (method: string, path: string): unknown[] =>
  asked.filter((one) => one.path === path && one.method === method).map((one) => one.body);

describe('a chart of units', () => {
  it('lies each before those below it, and leaves out what stands below a closed one', () => {
    const rows = layOut(chart, new Set());
    expect(rows.map((row) => [row.unit.name, row.level, row.position, row.siblings])).toEqual([
      ['Plum Relief', 1, 1, 1],
      ['North', 2, 1, 2],
      ['Health', 3, 1, 1],
      ['South', 2, 2, 2],
    ]);
    expect(layOut(chart, new Set([2])).map((row) => row.unit.name)).toEqual([
      'Plum Relief',
      'North',
      'South',
    ]);
  });

  it('offers no place below itself, and no branch below a team', () => {
    expect(placesFor(chart, north).map((one) => one.name)).toEqual(['Plum Relief', 'South']);
    expect(placesFor(chart, south).map((one) => one.name)).toEqual(['Plum Relief', 'North']);
    expect(placesFor(chart, health).map((one) => one.name)).toEqual(['Plum Relief', 'North', 'South']);
  });
});

describe('the page of an organisation', () => {
  it('shows its chart and adds a team below the chosen branch', async () => {
    serve({
      ...answers,
      'GET /api/units/2/projects': () => ({ items: [] }),
      'POST /api/units': () => unit(9, 2, 'team', 'Water'),
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/units/1');
    const tree = await screen.findByRole('tree', { name: 'Chart' });
    await expectAccessible();
    const row = [...tree.querySelectorAll<HTMLElement>('[role=treeitem]')].find((one) =>
      one.textContent.includes('North'),
    );
    row?.click();
    await screen.findByText('No project that you can see.');
    press('button', 'Add below');
    await screen.findByRole('dialog');
    fill('Name', 'Water');
    press('button', 'Add');
    await expect
      .poll(() => bodies('POST', '/api/units'))
      .toEqual([{ parent: 2, kind: 'branch', name: 'Water' }]);
  });

  it('says what ends before somebody is removed', async () => {
    serve({
      ...answers,
      'GET /api/units/1/members/7/removal': () => ({
        units: [place],
        roles: member.roles,
        endsSessions: true,
        sessions: 2,
        tokens: 1,
        appUsers: 0,
        may: mayAll,
      }),
      'DELETE /api/units/1/members/7': () => noContent,
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/units/1/people');
    await screen.findByText('amina@example.org');
    await expectAccessible();
    press('button', 'Remove Amina');
    await screen.findByText(/sessions \(2\) and tokens \(1\) end/);
    await screen.findByText(/Loses the role Viewer/);
    await expectAccessible();
    press('button', 'Remove');
    await expect.poll(() => bodies('DELETE', '/api/units/1/members/7')).toHaveLength(1);
  });

  it('makes a link, which is shown once', async () => {
    serve({
      ...answers,
      'POST /api/units/1/invitations': () => ({
        id: 3,
        link: 'https://localhost/invitation#token',
        svg: '<svg xmlns="http://www.w3.org/2000/svg" />',
        expiresAt: at,
      }),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/units/1/invitations?invite=yes');
    const way = await screen.findByLabelText('How');
    (way as HTMLSelectElement).value = 'link';
    way.dispatchEvent(new Event('change'));
    await screen.findByLabelText('How many people can use it');
    press('button', 'Make the link');
    await screen.findByText('https://localhost/invitation#token');
    await expectAccessible();
    expect(bodies('POST', '/api/units/1/invitations')).toEqual([
      { role: null, email: null, uses: 1, days: 14 },
    ]);
  });

  it('lists roles with what they allow', async () => {
    serve(answers);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/units/1/roles');
    await screen.findByText('Reader');
    await screen.findByText('read forms');
    await expectAccessible();
  });
});

describe('an invitation', () => {
  const words = {
    path: ['Plum Relief', 'North'],
    role: 'viewer',
    roleName: null,
    inviter: 'Admin',
    email: null,
    name: null,
    hasAccount: false,
    expiresAt: at,
  };

  it('is accepted with the account one is signed in to', async () => {
    serve({
      ...signedIn,
      'GET /api/projects': () => ({ items: [] }),
      'POST /api/invitations/reading': () => words,
      'POST /api/invitations/acceptance': () => ({ unit: 2, session: null }),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/invitation#secret-token');
    await screen.findByText(/Admin invites you to Plum Relief › North as: Viewer/);
    await expectAccessible();
    press('button', 'Accept');
    await screen.findByRole('heading', { name: 'Projects' });
    expect(bodies('POST', '/api/invitations/acceptance')).toEqual([{ token: 'secret-token' }]);
    expect(asked.every((one) => !one.path.includes('secret-token'))).toBe(true);
  });

  it('that is over says so', async () => {
    serve({ ...signedIn, 'POST /api/invitations/reading': () => new Refusal(410, 'invitation.over') });
    const { mountApp, screen } = await page();
    app = await mountApp('/invitation#old');
    await screen.findByText('This invitation is over. Ask for a new one.');
    expect(session.account.id).toBe(1);
  });
});

describe('who reaches a project', () => {
  it('is listed with how, now and on a day', async () => {
    const reason = {
      id: 11,
      role: 'viewer',
      roleName: null,
      place,
      through: place,
      memberOf: [place],
      givenBy: { id: 1, name: 'Admin' },
      givenAt: at,
      expiresAt: null,
      isLimited: false,
    };
    serve({
      ...signedIn,
      'GET /api/projects/5': () => ({
        id: 5,
        name: 'Survey',
        description: null,
        forms: 0,
        appUsers: 0,
        may: mayAll,
        submissions: 0,
        lastSubmission: null,
        archived: false,
        unit: 2,
      }),
      'GET /api/projects/5/people': () => ({
        items: [{ id: 7, name: 'Amina', kind: 'account', how: [reason] }],
      }),
      'GET /api/projects/5/access-changes': () => ({
        items: [
          {
            at,
            what: 'given',
            by: { id: 1, name: 'Admin' },
            person: null,
            unit: place,
            role: 'viewer',
            place,
          },
        ],
        next: null,
      }),
    });
    const { mountApp, screen, fill, expectAccessible } = await page();
    app = await mountApp('/projects/5/people');
    await screen.findByText(
      /Viewer: at North, as everyone of North · belongs to .?North.? · given by .?Admin/,
    );
    await screen.findByText(/everyone of .?North.? got the role Viewer at .?North.? \(by .?Admin.?\)/);
    await expectAccessible();
    fill('On a past day', '2026-03-01');
    await expect
      .poll(() =>
        asked.some((one) => one.path === '/api/projects/5/people' && one.query.get('at') === '2026-03-01'),
      )
      .toBe(true);
  });
});
