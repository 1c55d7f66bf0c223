import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PastChange } from '../src/api/types';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, signedIn } from './support/server';

// Every test gets a page of its own: the session lives in a module.
const page = async () => {
  vi.resetModules();
  return import('./support/mountApp');
};

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-03-01T20:59:59.999Z';
const project = {
  id: 1,
  name: 'Wells',
  description: null,
  forms: 1,
  appUsers: 0,
  submissions: 0,
  lastSubmission: null,
  archived: false,
  unit: 2,
  isPart: false,
  may: mayAll,
};
const way = {
  id: 11,
  role: 'viewer',
  roleName: null,
  place: { kind: 'unit', id: 2, name: 'North' },
  through: { kind: 'unit', id: 3, name: 'Health' },
  memberOf: [],
  givenBy: { id: 1, name: 'Admin' },
  givenAt: at,
  expiresAt: '2026-12-24T10:00:00Z',
  isLimited: true,
};
const state = {
  at,
  project: { name: 'Boreholes', description: 'Of the north', archived: true, isDeleted: false, unit: 2 },
  forms: [
    { id: 5, xmlFormId: 'wells', state: 'closing', version: '3', draft: '', isDeleted: false },
    { id: 6, xmlFormId: 'pumps', state: 'open', version: null, draft: '1', isDeleted: false },
  ],
  deployments: [
    {
      id: 7,
      form: 5,
      name: 'Round one',
      isActive: true,
      options: {},
      stages: [{ id: 8, name: 'Check', minApprovals: 2, preventEditing: false }],
    },
  ],
  conditions: [
    { id: 9, form: 5, name: 'Only the north', condition: { field: '/region', op: '=', value: 'north' } },
  ],
  people: [{ id: 4, name: 'Amina', kind: 'account', how: [way] }],
  unreadable: 2,
};
const changeOf = (id: number, told: Partial<PastChange>): PastChange => ({
  id,
  at,
  actor: { id: 4, name: 'Amina' },
  door: 'Web',
  action: 'project.update',
  project: 1,
  subjectKind: 'project',
  subjectId: '1',
  subjectName: 'Wells',
  places: [],
  before: { name: 'Boreholes', description: null, archived: false },
  after: { name: 'Wells', description: null, archived: false },
  canRevert: true,
  ...told,
});
const renamed = changeOf(20, {});
const given = changeOf(19, {
  action: 'role.assign',
  subjectKind: 'account',
  subjectId: '6',
  subjectName: 'Bilal',
  places: [{ kind: 'project', id: 1, name: 'Wells' }],
  before: { what: { role: 'viewer', place: 'Project', id: 1 }, held: false },
  after: { what: { role: 'viewer', place: 'Project', id: 1 }, held: true },
});
const inProject = {
  ...signedIn,
  'GET /api/projects/1/holds': () => ({ items: [] }),
  'GET /api/projects/1/retention-rules': () => ({ items: [] }),
  'GET /api/projects/1': () => project,
  'GET /api/projects/1/people': () => ({ items: [{ id: 4, name: 'Amina', kind: 'account', how: [] }] }),
};
const changes = (items: PastChange[], next: number | null = null) => ({ items, next });

describe('a day of the past', () => {
  it('shows how a project was set up, who reached it and how, and that something may be missing', async () => {
    serve({ ...inProject, 'GET /api/projects/1/as-of': () => state });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/past?at=2026-03-01');
    await screen.findByText('Boreholes');
    screen.getByText('Of the north');
    screen.getByText('Closing');
    screen.getByText('Nothing published');
    expect(document.body.textContent).toContain('Check');
    screen.getByText(/2 people must approve/);
    screen.getByText(/until .*24/);
    screen.getByText(/some submissions only/);
    screen.getByText(/2 entries of the record could not be read.*fieldkeep verify/);
    expect(asked.find((one) => one.path.endsWith('/as-of'))?.query.get('at')).toMatch(/^2026-03-0[12]T/);
    await expectAccessible();
  });

  it('goes a day back by its button, and asks for now when it is today', async () => {
    serve({ ...inProject, 'GET /api/projects/1/as-of': () => state });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/past');
    await screen.findByText('Boreholes');
    expect(asked.find((one) => one.path.endsWith('/as-of'))?.query.has('at')).toBe(false);
    press('button', 'Day before');
    await expect.poll(() => window.location.search).toMatch(/^\?at=\d{4}-\d\d-\d\d$/);
    await screen.findByRole('button', { name: 'Go to today' });
    expect(screen.getByRole('button', { name: 'Day after' }).hasAttribute('disabled')).toBe(false);
  });

  it('tells calmly that a project or a unit was not there', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/as-of': () => new Refusal(404, 'past.too_early'),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/past?at=2020-01-01');
    await screen.findByRole('heading', { name: 'It was not there on this day' });
    expect(screen.queryByRole('alert')).toBeNull();
    await expectAccessible();
  });

  it('shows what lay in a unit and who belonged there', async () => {
    serve({
      ...signedIn,
      'GET /api/units/2': () => ({
        unit: { id: 2, parent: null, kind: 'organisation', name: 'North', members: 1, projects: 0 },
        path: [],
        units: [],
        may: ['memberList', 'auditRead'],
      }),
      'GET /api/units/2/as-of': () => ({
        at,
        first: at,
        units: [
          { id: 2, parent: null, name: 'The north', secondFactorForEveryone: true, members: [] },
          {
            id: 3,
            parent: 2,
            name: 'Health',
            secondFactorForEveryone: false,
            members: [{ id: 4, name: 'Amina' }],
          },
        ],
        people: [],
        unreadable: 0,
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/units/2/past?at=2026-03-01');
    await screen.findByText('The north');
    screen.getByText('Second factor for everybody');
    screen.getByText(/below .*The north/);
    screen.getByText(/Amina/);
    screen.getByRole('link', { name: 'On a day' });
    await expectAccessible();
  });
});

describe('changes', () => {
  it('say who changed what, with what was before, and more on demand', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/changes': ({ query }) =>
        query.has('before') ? changes([given]) : changes([renamed], 20),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/changes?kind=project');
    await screen.findByText('changed the project', { exact: false });
    const [was, is] = [document.querySelector('del'), document.querySelector('ins')];
    expect(was?.textContent).toContain('Boreholes');
    expect(is?.textContent).toContain('Wells');
    expect(asked.find((one) => one.path.endsWith('/changes'))?.query.get('kind')).toBe('project');
    await expectAccessible();
    press('button', 'Show more');
    await screen.findByText('Bilal');
    screen.getByText('Viewer');
    expect(screen.getAllByRole('button', { name: /^Undo…/ })).toHaveLength(2);
  });

  it('show no older ones of another filter, when those arrive after it was changed', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/changes': ({ query }) =>
        query.has('before')
          ? changes([given], 19)
          : changes([query.has('kind') ? renamed : changeOf(21, {})], 20),
    });
    const answer = fetch;
    let arrive = (): void => undefined;
    const gate = new Promise<void>((resolve) => (arrive = resolve));
    vi.stubGlobal('fetch', async (input: string, init?: RequestInit) => {
      if (input.includes('before=')) {
        await gate;
      }
      return answer(input, init);
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/projects/1/changes');
    await screen.findByText('changed the project', { exact: false });
    press('button', 'Show more');
    const kind = screen.getByLabelText<HTMLSelectElement>('What');
    kind.value = 'project';
    kind.dispatchEvent(new Event('change', { bubbles: true }));
    await waitFor(() => expect(asked.some((one) => one.query.get('kind') === 'project')).toBe(true));
    arrive();
    const more = await screen.findByRole('button', { name: 'Show more' });
    await waitFor(() => expect(more.hasAttribute('aria-disabled')).toBe(false));
    expect(screen.queryByText('Bilal')).toBeNull();
    expect(document.querySelectorAll('ol[aria-label] > li')).toHaveLength(1);
  });

  it('call a role that an organisation made by its number', async () => {
    const held = { role: 'role:7', place: 'Project', id: 1 };
    serve({
      ...inProject,
      'GET /api/projects/1/changes': () =>
        changes([
          changeOf(19, {
            ...given,
            before: { what: held, held: false },
            after: { what: held, held: true },
          }),
        ]),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/changes');
    await screen.findByText('A role of the organisation’s own (number 7)');
  });

  it('are undone with a look at what would change, and a newer one only with a tick', async () => {
    let isUndone = false;
    serve({
      ...inProject,
      'GET /api/projects/1/changes': () => changes(isUndone ? [changeOf(30, {}), renamed] : [renamed]),
      'GET /api/projects/1/changes/20/revert': () => ({
        change: renamed,
        now: { name: 'Pumps', description: null, archived: false },
        then: renamed.before,
        newer: changeOf(25, {
          before: renamed.after,
          after: { name: 'Pumps', description: null, archived: false },
        }),
      }),
      'POST /api/projects/1/changes/20/revert': () => {
        isUndone = true;
        return noContent;
      },
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/changes');
    await screen.findByText('changed the project', { exact: false });
    press('button', /^Undo…/);
    await screen.findByText('The same thing was changed since');
    expect(screen.getByRole('button', { name: 'Undo' }).hasAttribute('disabled')).toBe(true);
    await expectAccessible();
    press('checkbox', /^Undo that change too/);
    await expect
      .poll(() => screen.getByRole('button', { name: 'Undo' }).hasAttribute('disabled'))
      .toBe(false);
    press('button', 'Undo');
    await expect
      .poll(() => asked.filter((one) => one.method === 'POST').map((one) => one.body))
      .toEqual([{ even: 25, confirmFinal: null }]);
    await expect.poll(() => document.querySelectorAll('ol[aria-label] > li').length).toBe(2);
  });

  it('that would make submissions final ask for their number first', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/changes': () => changes([renamed]),
      'GET /api/projects/1/changes/20/revert': () => ({
        change: renamed,
        now: renamed.after,
        then: renamed.before,
        newer: null,
      }),
      'POST /api/projects/1/changes/20/revert': ({ body }) =>
        typeof body === 'object' && body !== null && 'confirmFinal' in body && body.confirmFinal === 3
          ? noContent
          : new Refusal(409, 'deployment.confirm_final', { wouldBecomeFinal: 3 }),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/changes');
    await screen.findByText('changed the project', { exact: false });
    press('button', /^Undo…/);
    await screen.findByText('What would change now');
    press('button', 'Undo');
    await screen.findByText(/3 submissions wait at stages/);
    press('button', 'Make them final');
    await expect
      .poll(() => asked.filter((one) => one.method === 'POST').map((one) => one.body))
      .toEqual([
        { even: null, confirmFinal: null },
        { even: null, confirmFinal: 3 },
      ]);
  });

  it('offer nothing that the reader may not do, and tell a refusal in words', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1': () => ({ ...project, may: ['auditRead', 'projectUpdate'] }),
      'GET /api/projects/1/changes': () => changes([renamed, given]),
      'GET /api/projects/1/changes/20/revert': () => new Refusal(409, 'change.nothing'),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/changes');
    await screen.findByText('Bilal');
    await expect.poll(() => screen.queryAllByRole('button', { name: /^Undo…/ }).length).toBe(1);
    press('button', /^Undo…/);
    await screen.findByText(/there is nothing to undo/);
    expect(screen.getByRole('button', { name: 'Undo' }).hasAttribute('disabled')).toBe(true);
  });

  it('of units are undone by who may change them there', async () => {
    const moved = (id: number, unit: string): PastChange =>
      changeOf(id, {
        action: 'unit.rename',
        project: null,
        subjectKind: 'unit',
        subjectId: unit,
        subjectName: `Unit ${unit}`,
        before: { name: 'Old' },
        after: { name: 'New' },
      });
    const chart = (id: number, may: string[]) => ({
      unit: { id, parent: null, kind: 'team', name: `Unit ${id}`, members: 0, projects: 0 },
      path: [],
      units: [],
      may,
    });
    serve({
      ...signedIn,
      'GET /api/changes': () => changes([moved(31, '2'), moved(32, '3')]),
      'GET /api/units/2': () => chart(2, ['unitUpdate']),
      'GET /api/units/3': () => chart(3, []),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/changes');
    await screen.findByText('Unit 3');
    await expect.poll(() => screen.queryAllByRole('button', { name: /^Undo…/ }).length).toBe(1);
    await expectAccessible();
  });
});
