import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, Refusal, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const base = '/api/projects/1';
const mayErase = [...mayAll, 'submissionErase'];
const at = '2026-11-20T08:00:00Z';
const rule = {
  id: 1,
  kind: 'files',
  days: 90,
  daysNow: 90,
  formId: null as string | null,
  version: 1,
  setBy: { id: 2, name: 'Amina' },
  setAt: at,
  actsFrom: at,
  isPending: false,
};
const form = {
  id: 'clinic',
  title: 'Clinic visits',
  state: 'open',
  version: '1',
  submissions: 2,
  may: mayAll,
};
const served = {
  ...signedIn,
  [`GET ${base}`]: () => ({
    id: 1,
    name: 'Survey',
    forms: 1,
    appUsers: 0,
    submissions: 4,
    isPart: false,
    may: mayErase,
  }),
  [`GET ${base}/forms`]: () => ({ items: [form] }),
  [`GET ${base}/forms/clinic`]: () => ({ ...form, draft: null, versions: [], attachments: [] }),
  [`GET ${base}/holds`]: () => ({ items: [] }),
  [`GET ${base}/trash-days`]: () => ({ trashDays: 30 }),
  [`GET ${base}/deletion-reports`]: () => ({ items: [] }),
  [`GET ${base}/retention-rules`]: () => ({ items: [rule] }),
};

describe('retention rules', () => {
  it('are counted when somebody asks, not by looking at the page', async () => {
    serve({
      ...served,
      [`POST ${base}/retention-rules/preview`]: () => ({
        items: [{ submissions: 2, oldest: '2026-01-01T22:30:00Z', newest: at, held: 1, encrypted: 0 }],
      }),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/keeping');
    await screen.findByText(/All forms.*Set by .*Amina/);
    await screen.findByText('Nothing was deleted for good yet.');
    expect(asked.some((one) => one.path.endsWith('/preview') || one.path.endsWith('/retention-runs'))).toBe(
      false,
    );
    press('button', 'Count now');
    await screen.findByText(/^Today: 2 submissions, .* 1 more is kept by a legal hold\.$/);
    await expectAccessible();
  });

  it('that cannot be counted say so', async () => {
    serve({
      ...served,
      [`POST ${base}/retention-rules/preview`]: () => new Refusal(503, 'database.unavailable'),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/keeping');
    await screen.findByText(/All forms.*Set by .*Amina/);
    press('button', 'Count now');
    await screen.findByText(/busy or being restored/);
  });

  it('are not set for all forms because the list of forms failed', async () => {
    let isUp = false;
    serve({
      ...served,
      [`GET ${base}/forms`]: () => (isUp ? { items: [form] } : new Refusal(503, 'database.unavailable')),
      [`POST ${base}/retention-rules/preview`]: () => ({
        items: [{ submissions: 0, oldest: null, newest: null, held: 0, encrypted: 0 }],
      }),
    });
    const { mountApp, screen, press, fill, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/keeping');
    await screen.findByText(/Set by .*Amina/);
    press('button', 'Add a rule');
    const dialog = await screen.findByRole('dialog');
    fill('Days after a submission came', '٣٠');
    await screen.findByText(/busy or being restored/);
    const save = (): boolean =>
      dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled ?? true;
    expect(save()).toBe(true);
    expect(screen.queryByLabelText('From submissions of')).toBeNull();
    isUp = true;
    press('button', 'Try again');
    await screen.findByLabelText('From submissions of');
    await waitFor(() => {
      expect(save()).toBe(false);
    });
    await screen.findByText('Today it would touch nothing.');
    expect(screen.getByRole('option', { name: 'Clinic visits' })).toBeTruthy();
    await expectAccessible();
  });

  it('that wait are all told, on the pages of forms too', async () => {
    const later = { ...rule, id: 2, isPending: true, actsFrom: '2026-12-02T08:00:00Z', formId: 'clinic' };
    serve({
      ...served,
      [`GET ${base}/retention-rules`]: () => ({
        items: [rule, later, { ...later, id: 3, formId: null, days: 5 }],
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/clinic/versions');
    await screen.findByText('2 retention rules of this project will begin to act.');
    await screen.findByText(/90 days after they came \(.*Clinic visits/);
    screen.getByText(/5 days after they came \(.*All forms/);
    await expectAccessible();
  });

  it('that cannot be read are said to be so', async () => {
    serve({ ...served, [`GET ${base}/retention-rules`]: () => new Refusal(503, 'database.unavailable') });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/forms/clinic/versions');
    await screen.findByText(/busy or being restored/);
    screen.getByRole('button', { name: 'Try again' });
  });
});
