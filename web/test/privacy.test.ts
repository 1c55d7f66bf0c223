import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const base = '/api/projects/1/forms/household';
const at = '2026-11-20T08:00:00Z';
const finding = {
  about: '/data/who',
  name: 'who',
  label: 'Your full name',
  topics: ['name'],
  kinds: ['directIdentifier'],
  severity: 'high',
  isAboutStaff: false,
  reasons: [{ source: 'label', words: 'full name', language: 'en' }],
  remedies: [
    { kind: 'removeQuestion', rows: [] },
    {
      kind: 'codeInstead',
      rows: [{ sheet: 'survey', cells: [{ column: 'name', value: 'who_code' }] }],
    },
  ],
  decision: null as unknown,
};
const low = {
  ...finding,
  about: '/data/sex',
  name: 'sex',
  label: 'Sex',
  topics: ['sex'],
  kinds: ['quasiIdentifier'],
  severity: 'low',
  reasons: [{ source: 'type', words: 'geopoint', language: null }],
  remedies: [],
};
const risk = {
  about: 'risk:NoConsent',
  risk: 'noConsent',
  severity: 'high',
  paths: [],
  remedies: [
    {
      kind: 'addConsent',
      rows: [{ sheet: 'survey', cells: [{ column: 'type', value: 'select_one yes_no' }] }],
    },
  ],
  decision: null,
};
const report = { high: 2, medium: 0, low: 1, unansweredHigh: 2, findings: [finding, low], risks: [risk] };
const served = {
  ...signedIn,
  'GET /api/projects/1': () => ({
    id: 1,
    name: 'Survey',
    forms: 1,
    appUsers: 0,
    submissions: 0,
    isPart: false,
    may: mayAll,
  }),
  'GET /api/projects/1/retention-rules': () => ({ items: [] }),
  [`GET ${base}`]: () => ({
    id: 'household',
    title: 'Household questionnaire',
    state: 'open',
    version: null,
    hasDraft: true,
    submissions: 0,
    may: mayAll,
    draft: {
      version: '1',
      title: 'Household questionnaire',
      createdAt: at,
      attachments: [],
      testToken: 't',
      testUrl: 'https://localhost/v1/test/t',
      testQr: { svg: '<svg xmlns="http://www.w3.org/2000/svg" />', settings: 'e30=' },
      testSubmissions: 0,
    },
    versions: [],
    attachments: [],
  }),
  [`GET ${base}/draft/privacy`]: () => report,
};

describe('the privacy check of a draft', () => {
  it('says what was found, why and what to do', async () => {
    serve(served);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByRole('heading', { name: 'Privacy' });
    screen.getByText('2 high');
    screen.getByText('People are asked, and no question asks whether they agree');
    screen.getByText(/full name.* in its label/);
    screen.getByText('1 question of low severity');
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    screen.getByText('Ask for a code, and keep the list of names elsewhere.');
    screen.getByRole('cell', { name: 'who_code' });
    screen.getByText(/its type \(.*point/);
    await expectAccessible();
  });

  it('keeps a reason and takes it back', async () => {
    let decision: unknown = null;
    serve({
      ...served,
      [`GET ${base}/draft/privacy`]: () => ({ ...report, findings: [{ ...finding, decision }] }),
      [`PUT ${base}/privacy/decisions`]: () =>
        (decision = { because: 'For the second visit.', by: 'Admin', at, isCurrent: true }),
      [`DELETE ${base}/privacy/decisions`]: () => {
        decision = null;
        return noContent;
      },
    });
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByText('Your full name');
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    screen.getAllByRole('button', { name: 'Keep it as it is' }).at(-1)?.click();
    const dialog = await screen.findByRole('dialog');
    const reason = dialog.querySelector('textarea');
    expect(reason).not.toBeNull();
    if (reason) {
      reason.value = 'For the second visit.';
      reason.dispatchEvent(new Event('input'));
    }
    await expectAccessible();
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await screen.findByText('For the second visit.');
    expect(asked.find((one) => one.method === 'PUT')?.body).toEqual({
      about: '/data/who',
      because: 'For the second visit.',
    });
    screen.getByRole('button', { name: 'Take the reason back' }).click();
    await waitFor(() => expect(screen.queryByText('For the second visit.')).toBeNull());
    expect(asked.find((one) => one.method === 'DELETE')?.query.get('about')).toBe('/data/who');
  });

  it('asks before a place is made confidential, as pictures lose theirs', async () => {
    const place = {
      ...finding,
      about: '/data/way',
      label: 'Way home',
      topics: ['gps'],
      reasons: [{ source: 'type', words: 'geotrace', language: null }],
      remedies: [{ kind: 'markConfidential', rows: [] }],
    };
    serve({
      ...served,
      [`GET ${base}/draft/privacy`]: () => ({ ...report, findings: [place], risks: [] }),
      [`PUT ${base}/confidential/flags`]: () => noContent,
    });
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByText('Way home');
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    screen.getByRole('button', { name: 'Make confidential now' }).click();
    await screen.findByText(/^Pictures in this form lose where and when they were taken/);
    await expectAccessible();
    expect(asked.some((one) => one.method === 'PUT')).toBe(false);
    screen.getAllByRole('button', { name: 'Make confidential now' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.find((one) => one.method === 'PUT')?.body).toEqual({
        path: '/data/way',
        kind: 'marked',
        radius: null,
      });
    });
  });

  it('is named in the dialog that publishes, and stops nothing', async () => {
    serve(served);
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByRole('heading', { name: 'Privacy' });
    screen.getByRole('button', { name: 'Publish draft' }).click();
    const dialog = await screen.findByRole('dialog');
    await screen.findByText(/2 findings of high severity that nobody has answered/);
    expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(false);
  });

  it('says that nothing was found', async () => {
    serve({
      ...served,
      [`GET ${base}/draft/privacy`]: () => ({
        high: 0,
        medium: 0,
        low: 0,
        unansweredHigh: 0,
        findings: [],
        risks: [],
      }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByText(/The check found nothing/);
  });

  it('that failed is said, and can be tried again', async () => {
    serve({ ...served, [`GET ${base}/draft/privacy`]: () => new Refusal(500, 'server.failed') });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByRole('button', { name: 'Try again' });
    screen.getByRole('button', { name: 'Publish draft' });
  });
});
