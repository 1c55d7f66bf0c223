import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, noContent, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const base = '/api/projects/1/forms/household';
const at = '2026-11-20T08:00:00Z';
const north = { id: 4, name: 'In the north', condition: {}, ready: false, createdAt: at, createdBy: 'Admin' };
const served = {
  ...signedIn,
  'GET /api/projects/1': () => ({
    id: 1,
    name: 'Survey',
    forms: 1,
    appUsers: 0,
    may: mayAll,
    submissions: 2,
    isPart: false,
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
  [`GET ${base}/columns`]: () => ({
    columns: [{ path: '/age', name: 'age', label: 'Age', type: 'int', choices: null }],
    repeats: [],
    groups: [],
    languages: [],
    language: null,
  }),
  [`GET ${base}/submitters`]: () => ({ items: [] }),
  [`GET ${base}/deployments`]: () => ({ items: [] }),
  [`GET ${base}/limited-roles`]: () => ({
    items: [
      {
        id: 9,
        subjectKind: 'actor',
        subjectId: 5,
        subjectName: 'Amina',
        role: 'viewer',
        isOwn: false,
        conditionId: 4,
        conditionName: 'In the north',
        expiresAt: null,
        grantedAt: at,
      },
    ],
  }),
  [`GET ${base}/row-conditions`]: () => ({ items: [north] }),
};
const bodies = (path: string): unknown[] =>
  asked.filter((one) => one.path === path && one.method === 'POST').map((one) => one.body);

describe('roles for some submissions', () => {
  it('are listed with what they are for, and taken away after a question', async () => {
    serve({ ...served, [`DELETE ${base}/limited-roles/9`]: () => noContent });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/people');
    await screen.findByRole('cell', { name: 'In the north' });
    screen.getByText('Submissions are being asked');
    await expectAccessible();
    press('button', /^Take away Viewer/);
    await screen.findByText('Take the role away from Amina?');
    screen.getAllByRole('button', { name: 'Take away' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.some((one) => one.method === 'DELETE' && one.path === `${base}/limited-roles/9`)).toBe(
        true,
      );
    });
  });

  it('are given by a condition that is made of filters', async () => {
    serve({
      ...served,
      'GET /api/projects/1/candidates': () => ({
        items: [{ subjectKind: 'actor', subjectId: 5, name: 'Amina', email: 'amina@example.org' }],
      }),
      [`POST ${base}/row-conditions`]: () => ({ ...north, id: 6 }),
      [`POST ${base}/limited-roles`]: () => ({ id: 10 }),
    });
    const { mountApp, screen, waitFor, fill, press } = await page();
    app = await mountApp('/projects/1/forms/household/people');
    await screen.findByRole('cell', { name: 'In the north' });
    press('button', 'Give a role for some submissions');
    await screen.findByLabelText(/^Name or e-mail/);
    fill('Name or e-mail address', 'Ami');
    (await screen.findByRole('radio', { name: /Amina/ })).click();
    press('button', 'Add what must hold');
    (await screen.findByRole('button', { name: /^Age/ })).click();
    await screen.findByLabelText('Value');
    fill('Value', '18');
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Apply' }).disabled).toBe(false);
    });
    press('button', 'Apply');
    await waitFor(() => {
      expect(screen.getByLabelText<HTMLInputElement>('Name of the condition').value).toMatch(/Age/);
    });
    (await screen.findAllByRole('button', { name: 'Give a role for some submissions' })).at(-1)?.click();
    await waitFor(() => {
      expect(bodies(`${base}/limited-roles`)).toEqual([
        { role: 'viewer', subjectKind: 'actor', subjectId: 5, isOwn: false, conditionId: 6, expiresAt: null },
      ]);
    });
    expect(bodies(`${base}/row-conditions`)).toMatchObject([
      { condition: { field: '/age', op: '=', value: 18 } },
    ]);
  });
});
