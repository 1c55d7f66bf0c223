import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, signedIn } from './support/server';

// Every test gets a page of its own: the session lives in a module.
const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const base = '/api/projects/1/forms/household';
const project = {
  id: 1,
  name: 'Survey',
  description: null,
  forms: 1,
  appUsers: 0,
  may: mayAll,
  submissions: 2,
  archived: false,
};
const draft = {
  version: '2',
  title: 'Household',
  createdAt: at,
  attachments: [],
  testToken: 't',
  testUrl: 'https://localhost/v1/test/t/projects/1/forms/household/draft',
  testQr: { svg: '<svg xmlns="http://www.w3.org/2000/svg" />', settings: 'e30=' },
  testSubmissions: 3,
};
const form = {
  id: 'household',
  title: 'Household',
  state: 'open',
  version: '1',
  publishedAt: at,
  hasDraft: true,
  draftVersion: '2',
  submissions: 2,
  lastSubmission: at,
  updatedAt: at,
  draft,
  may: mayAll,
  versions: [{ version: '1', publishedAt: at, publishedBy: 'Admin' }],
  attachments: [],
};
const column = (path: string, label: string, type: string) => ({
  path,
  name: path.split('/').at(-1),
  label,
  type,
  isEarlier: false,
});
const contents = {
  languages: ['English (en)', 'French (fr)'],
  defaultLanguage: 'English (en)',
  versions: ['1'],
  keys: [{ id: 4, hint: 'the old bridge' }],
  tables: [
    {
      path: '',
      name: '',
      label: 'Household',
      columns: [
        column('/village', 'Village', 'string'),
        column('/home/assets', 'Assets', 'selectMultiple'),
        column('/photo', 'Photo', 'binary'),
      ],
    },
    {
      path: '/person',
      name: 'person',
      label: 'Person',
      columns: [column('/person/age', 'Age', 'int')],
    },
  ],
};
const running = {
  id: 'e1',
  state: 'running',
  rows: 40,
  totalRows: 340,
  damagedRows: 0,
  bytes: 900,
  startedAt: at,
  problem: null,
  format: 'csv.zip',
  fileName: 'household.zip',
  keptUntil: '2026-11-21T08:00:00Z',
  draft: false,
};
const link = {
  id: 7,
  createdBy: 1,
  createdAt: at,
  expiresAt: '2099-01-01T00:00:00Z',
  revokedAt: null,
  lastUsedAt: null,
};
const saved = {
  id: 's1',
  name: 'Monthly report',
  export: { format: 'csv', from: '2026-11-01T00:00:00Z', reviewStates: ['approved'] },
  createdBy: 1,
  createdAt: at,
  links: [link],
};
const served = {
  ...signedIn,
  'GET /api/projects/1': () => project,
  [`GET ${base}`]: () => form,
  [`GET ${base}/export-contents`]: () => contents,
  [`GET ${base}/exports`]: () => ({ items: [] }),
  [`GET ${base}/saved-exports`]: () => [],
  [`POST ${base}/exports/preview`]: () => ({
    submissions: 340,
    fileName: 'household.zip',
    tables: [
      { name: 'household', columns: 14 },
      { name: 'household-person', columns: 4 },
    ],
  }),
  [`POST ${base}/exports`]: () => running,
};

describe('an export', () => {
  it('says what will come out, is started, followed and offered for download', async () => {
    let state = 'running';
    serve({ ...served, 'GET /api/exports/e1': () => ({ ...running, state }) });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByText('340 submissions · 2 tables · with photos and files');
    await expectAccessible();
    press('button', 'Start export');
    await screen.findByText('40 of 340 submissions');
    expect(window.location.search).toBe('?export=e1');
    state = 'ready';
    const file = await screen.findByRole('link', { name: 'Download' });
    expect(file.getAttribute('href')).toBe('/api/exports/e1/file');
    expect(asked.find((one) => one.method === 'POST' && one.path === `${base}/exports`)?.body).toEqual({
      format: 'csv.zip',
      groupPaths: true,
      splitSelects: false,
      labels: false,
      labelHeadings: false,
      media: true,
    });
    await expectAccessible();
  });

  it('is told how easily people are found in it, when that is asked', async () => {
    const estimate = {
      rows: 1000,
      isPart: false,
      smallestGroup: 1,
      uniqueRows: 30,
      fewRows: 80,
      columns: [
        { path: '/person/age', distinct: 60, uniqueWithout: 2 },
        { path: '/village', distinct: 12, uniqueWithout: 20 },
      ],
      leftOut: 0,
      identifiers: ['/who'],
    };
    serve({ ...served, [`POST ${base}/exports/anonymity`]: () => estimate });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByText('340 submissions · 2 tables · with photos and files');
    press('button', 'Estimate');
    await screen.findByText('These columns point to people by themselves: who.');
    screen.getByText(/^30 of 1,000 submissions \(3%\) are unlike all others/);
    screen.getByText(/^8% share them with fewer than four others/);
    screen.getByRole('row', { name: 'age without it, 0.2% would be unlike all others' });
    await expectAccessible();
    press('checkbox', /Split “select multiple”/);
    await waitFor(() => expect(screen.queryByText(/unlike all others in these answers/)).toBeNull());
  });

  it('shows only the options that its format has', async () => {
    serve(served);
    const { mountApp, screen, waitFor, press } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByRole('checkbox', { name: /Split “select multiple”/ });
    expect(screen.queryByText('Names of photos and files')).not.toBeNull();
    press('radio', /^Photos and files \(ZIP\)/);
    await waitFor(() => expect(screen.queryByRole('checkbox', { name: /Split/ })).toBeNull());
    expect(screen.queryByText('Names of photos and files')).not.toBeNull();
    expect(screen.getByRole('radio', { name: /^GeoJSON/ })).toHaveProperty('disabled', true);
  });

  it('is not started while it would hold nothing', async () => {
    serve(served);
    const { mountApp, screen, waitFor, press } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByRole('checkbox', { name: 'Approved' });
    for (const state of ['Received', 'Has issues', 'Edited', 'Approved', 'Rejected']) {
      press('checkbox', state);
      await waitFor(() =>
        expect(screen.getByRole('checkbox', { name: state })).toHaveProperty('checked', false),
      );
    }
    await screen.findByText(/Choose at least one/);
    expect(screen.getByRole('button', { name: 'Start export' })).toHaveProperty('disabled', true);
  });

  it('that could not be started says what to do', async () => {
    serve({ ...served, [`POST ${base}/exports`]: () => new Refusal(429, 'export.too_many') });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByText(/340 submissions/);
    press('button', 'Start export');
    expect((await screen.findByRole('alert')).textContent).toContain('Delete one under “Your exports”');
  });

  it('of answers that phones encrypted takes a passphrase to its start and nowhere else', async () => {
    serve({ ...served, 'GET /api/exports/e1': () => running });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByText('They stay encrypted');
    fill('Passphrase', 'granite otter');
    await screen.findByText('A passphrase is given');
    screen.getByText(/the old bridge/);
    await expectAccessible();
    press('button', 'Start export');
    await screen.findByText('40 of 340 submissions');
    const bodies = (path: string) =>
      asked
        .filter((one) => one.method === 'POST' && one.path === path)
        .map((one) => JSON.stringify(one.body));
    expect(bodies(`${base}/exports`).at(-1)).toContain('"passphrases":{"4":"granite otter"}');
    await waitFor(() => expect(bodies(`${base}/exports/preview`).length).toBeGreaterThan(0));
    expect(bodies(`${base}/exports/preview`).join()).not.toContain('granite');
    expect(window.location.href).not.toContain('granite');
  });

  it('can be seen again, downloaded again and deleted', async () => {
    let isThere = true;
    serve({
      ...served,
      [`GET ${base}/exports`]: () => ({ items: isThere ? [{ ...running, state: 'ready', rows: 340 }] : [] }),
      'DELETE /api/exports/e1': () => {
        isThere = false;
        return noContent;
      },
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    const again = await screen.findByRole('link', { name: 'Download household.zip' });
    expect(again.getAttribute('href')).toBe('/api/exports/e1/file');
    await expectAccessible();
    press('button', 'Delete household.zip');
    await waitFor(() => expect(screen.queryByRole('link', { name: 'Download household.zip' })).toBeNull());
  });
});

describe('a saved export', () => {
  it('says what it holds and runs as it was saved', async () => {
    serve({ ...served, [`GET ${base}/saved-exports`]: () => [saved], 'GET /api/exports/e1': () => running });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByText(/CSV, one file · from .*2026 · Approved/);
    await expectAccessible();
    press('button', 'Run ⁨Monthly report⁩');
    await screen.findByText('40 of 340 submissions');
    expect(asked.find((one) => one.method === 'POST' && one.path === `${base}/exports`)?.body).toEqual(
      saved.export,
    );
  });

  it('gets a link that is shown once, with how to use it', async () => {
    serve({
      ...served,
      [`GET ${base}/saved-exports`]: () => [saved],
      [`POST ${base}/saved-exports/s1/links`]: () => ({
        id: 8,
        url: 'https://localhost/api/export-links/SECRET',
        expiresAt: link.expiresAt,
      }),
    });
    const { mountApp, screen, waitFor, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByRole('button', { name: 'Create link ⁨Monthly report⁩' });
    press('button', 'Create link ⁨Monthly report⁩');
    await screen.findByText(/Whoever has the address gets this data/);
    press('button', 'Create link');
    await screen.findByText('https://localhost/api/export-links/SECRET');
    expect(asked.find((one) => one.path.endsWith('/links'))?.body).toEqual({ days: 90 });
    press('button', 'curl');
    await screen.findByText(/curl --fail .* 'https:\/\/localhost\/api\/export-links\/SECRET'/);
    await expectAccessible();
    press('button', 'Done');
    await waitFor(() => expect(screen.queryByText(/SECRET/)).toBeNull());
  });

  it('says what revoking and removing bring about before they are done', async () => {
    serve({ ...served, [`GET ${base}/saved-exports`]: () => [saved] });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/forms/household/exports');
    await screen.findByRole('button', { name: 'Revoke link' });
    press('button', 'Revoke link');
    await screen.findByText(/the reports and programs that use it stop being updated/);
    press('button', 'Cancel');
    (await screen.findByRole('button', { name: 'Remove ⁨Monthly report⁩' })).click();
    await screen.findByText(/Its link stops working at once/);
    expect(asked.filter((one) => one.method === 'DELETE')).toEqual([]);
  });
});

describe('letting people in', () => {
  it('a public link says what it allows and is shown once as address and code', async () => {
    serve({
      ...served,
      [`GET ${base}/public-links`]: () => ({ items: [] }),
      [`POST ${base}/public-links`]: () => ({
        id: 9,
        displayName: 'Poster',
        token: 'SECRET',
        url: 'https://localhost/v1/key/SECRET/projects/1',
        qr: { svg: '<svg xmlns="http://www.w3.org/2000/svg" />', settings: {} },
      }),
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/public-links');
    await screen.findByRole('heading', { name: 'No public link yet' });
    screen.getByText(/Filling in the form in a browser comes later/);
    await expectAccessible();
    screen.getAllByRole('button', { name: 'Create public link' })[0]?.click();
    await screen.findByText(/Not: see or change any submission/);
    fill('Name', 'Poster');
    press('checkbox', 'Ask for one answer from each person');
    document.querySelector<HTMLFormElement>('[role=dialog] form')?.requestSubmit();
    await screen.findByRole('img', { name: 'Code of the public link Poster' });
    screen.getByText('https://localhost/v1/key/SECRET/projects/1');
    expect(asked.find((one) => one.method === 'POST')?.body).toEqual({ displayName: 'Poster', once: true });
    await expectAccessible();
  });

  it('a draft has its code, its tests counted, and says when the code ends', async () => {
    serve(served);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    await screen.findByRole('img', { name: 'Code to try the draft with ODK Collect' });
    screen.getByText('3 test submissions');
    screen.getByText(/the code stops working at once/);
    const tests = screen.getByRole('link', { name: 'Look at the tests' });
    expect(tests.getAttribute('href')).toBe('/projects/1/forms/household/submissions?draft=true');
    await expectAccessible();
  });
});
