import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, signedIn } from './support/server';

// Every test gets a page of its own: the session lives in a module.
const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const base = '/api/projects/1/forms/household';
const stages = [
  { id: 11, name: 'Supervisor', minApprovals: 1, preventEditing: false },
  { id: 12, name: 'Head office', minApprovals: 2, preventEditing: true },
];
const deployment = {
  id: 7,
  name: 'North',
  active: true,
  options: {
    allowSamePerson: false,
    reapproveOnEdit: false,
    enumeratorAdminFinal: false,
    showProvenanceToViewers: false,
  },
  stages,
  counts: [
    { state: 'pending', stageId: 12, submissions: 3, oldestSince: '2026-11-20T08:00:00Z', meanSeconds: 60 },
    { state: 'final', stageId: null, submissions: 4, oldestSince: '2026-11-20T08:00:00Z', meanSeconds: 60 },
  ],
  mayChange: true,
  roles: [],
  createdAt: '2026-11-01T08:00:00Z',
};
const inForm = {
  ...signedIn,
  'GET /api/projects/1': () => ({
    id: 1,
    name: 'Household survey',
    forms: 1,
    appUsers: 0,
    may: mayAll,
    submissions: 2,
  }),
  [`GET ${base}`]: () => ({
    id: 'household',
    title: 'Household questionnaire',
    state: 'open',
    version: '1',
    submissions: 7,
    draft: null,
    may: mayAll,
    versions: [],
    attachments: [],
  }),
  [`GET ${base}/deployments`]: () => ({ items: [deployment] }),
  [`GET ${base}/deployments/7`]: () => deployment,
  [`GET ${base}/deployments/7/people`]: () => ({
    items: [{ role: 'approver', stageId: 11, subjectKind: 'actor', subjectId: 5, name: 'An approver' }],
  }),
  'GET /api/projects/1/app-users': () => ({
    items: [{ id: 9, displayName: 'Phone 9', revoked: false, createdAt: '2026-11-01T08:00:00Z' }],
  }),
};
const bodies = (path: string): unknown[] =>
  asked.filter((one) => one.path === path && one.method !== 'GET').map((one) => one.body);

describe('deployments', () => {
  it('are listed with what waits and what is final', async () => {
    serve(inForm);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/deployments');
    await screen.findByRole('link', { name: 'North' });
    expect(screen.getAllByRole('cell').map((cell) => cell.textContent.trim())).toEqual(
      expect.arrayContaining(['Open', '2', '3', '4']),
    );
    await expectAccessible();
  });

  it('warn of what would become final before stages are taken out', async () => {
    serve({
      ...inForm,
      [`PUT ${base}/deployments/7/stages`]: (request) =>
        (request.body as { confirmFinal: number | null }).confirmFinal === 3
          ? { ...deployment, stages: stages.slice(0, 1) }
          : new Refusal(409, 'deployment.confirm_final', { wouldBecomeFinal: 3 }),
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/deployments/7');
    await screen.findByRole('heading', { name: /North/ });
    await expectAccessible();
    press('button', 'Take Head office out');
    screen.getAllByRole('button', { name: 'Save' })[0]?.click();
    await screen.findByText(/^3 submissions wait at stages that you take out/);
    press('button', 'Make them final');
    await waitFor(() => {
      expect(bodies(`${base}/deployments/7/stages`)).toHaveLength(2);
    });
    expect(bodies(`${base}/deployments/7/stages`)[1]).toEqual({
      stages: [stages[0]],
      confirmFinal: 3,
    });
  });

  it('let people be taken out', async () => {
    serve({ ...inForm, [`POST ${base}/deployments/7/people/remove`]: () => noContent });
    const { mountApp, screen, waitFor, press } = await page();
    app = await mountApp('/projects/1/forms/household/deployments/7');
    await screen.findByText('An approver');
    press('button', 'Take out An approver');
    await waitFor(() => {
      expect(bodies(`${base}/deployments/7/people/remove`)).toEqual([
        { role: 'approver', stageId: 11, subjectKind: 'actor', subjectId: 5 },
      ]);
    });
  });
});

describe('a role in a deployment', () => {
  it('is given to a person who is found by name', async () => {
    serve({
      ...inForm,
      [`GET ${base}/deployments/7/candidates`]: (request) => ({
        items:
          request.query.get('q') === 'Ami'
            ? [{ subjectKind: 'actor', subjectId: 5, name: 'Amina', email: 'amina@example.org' }]
            : [],
      }),
      [`POST ${base}/deployments/7/people`]: () => noContent,
    });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/deployments/7');
    await screen.findByText('An approver');
    press('button', 'Give a role');
    const role = await screen.findByLabelText<HTMLSelectElement>(/^Role/);
    role.value = 'approver';
    role.dispatchEvent(new Event('change', { bubbles: true }));
    await screen.findByText(/^Approves or rejects what waits/);
    fill('Name or e-mail address', 'Ami');
    (await screen.findByRole('radio', { name: /Amina/ })).click();
    await expectAccessible();
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Add' }).disabled).toBe(false);
    });
    press('button', 'Add');
    await waitFor(() => {
      expect(bodies(`${base}/deployments/7/people`)).toEqual([
        { role: 'approver', stageId: 11, subjectKind: 'actor', subjectId: 5 },
      ]);
    });
  });
});

describe('the inbox', () => {
  it('tells what waits, also beside its name', async () => {
    serve({
      ...signedIn,
      'GET /api/inbox': () => ({
        toApprove: [
          {
            projectId: 1,
            formId: 'household',
            deploymentId: 7,
            deployment: 'North',
            stage: stages[0],
            submissions: 3,
            oldestSince: '2026-11-20T08:00:00Z',
          },
        ],
        toCorrect: [],
        total: 3,
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/inbox');
    const line = await screen.findByRole('link', { name: /North · Supervisor/ });
    expect(line.getAttribute('href')).toMatch(/^\/projects\/1\/forms\/household\/submissions#f=/);
    expect(screen.getByRole('link', { name: /^Inbox/ }).textContent).toContain('3');
    await expectAccessible();
  });
});

describe('a submission of a deployment', () => {
  const submission = {
    instanceId: 'uuid:1',
    instanceName: 'Aisha Nabwire',
    submittedAt: '2026-11-20T08:00:00Z',
    updatedAt: null,
    submitter: { id: 0, name: '' },
    deviceId: null,
    reviewState: null,
    attachments: { present: 0, expected: 0 },
    edits: 0,
    formVersion: '1',
    tree: [],
    status: null,
  };
  const standing = {
    deployment: { id: 7, name: 'North', stages },
    state: 'pending',
    stageId: 12,
    since: '2026-11-20T08:00:00Z',
    version: 4,
    approvals: [
      {
        stageId: 11,
        by: { id: 5, name: 'An approver' },
        version: 4,
        stale: false,
        override: true,
        at: '2026-11-20T08:00:00Z',
      },
    ],
    may: ['approve', 'reject', 'return'],
  };
  const at = `${base}/submissions/uuid:1`;
  const served = {
    ...inForm,
    [`GET ${at}`]: () => submission,
    [`GET ${at}/standing`]: () => standing,
    [`GET ${at}/comments`]: () => ({ items: [] }),
    [`GET ${at}/history`]: () => ({ items: [] }),
    [`POST ${at}/transitions`]: () => ({ state: 'final', stageId: null, version: 4 }),
  };

  it('shows its stages and is approved in the version that is shown', async () => {
    serve(served);
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions/uuid%3A1');
    await screen.findByText('Head office');
    screen.getByText('An approver (override)');
    await expectAccessible();
    press('button', /^Approve/);
    await waitFor(() => {
      expect(bodies(`${at}/transitions`)).toEqual([
        { event: 'approve', message: null, version: 4, stageId: 12, toStageId: null },
      ]);
    });
  });

  it('is rejected with a reason, never without', async () => {
    serve(served);
    const { mountApp, screen, waitFor, press } = await page();
    app = await mountApp('/projects/1/forms/household/submissions/uuid%3A1');
    await screen.findByText('Head office');
    press('button', /^Reject/);
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Why');
    const send = screen.getAllByRole<HTMLButtonElement>('button', { name: 'Reject' }).at(-1);
    expect(send?.disabled).toBe(true);
    field.value = 'The name is missing.';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await waitFor(() => {
      expect(send?.disabled).toBe(false);
    });
    send?.click();
    await waitFor(() => {
      expect(bodies(`${at}/transitions`)).toEqual([
        { event: 'reject', message: 'The name is missing.', version: 4, stageId: 12, toStageId: null },
      ]);
    });
  });
});
