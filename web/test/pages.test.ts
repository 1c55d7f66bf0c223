import { readFileSync } from 'node:fs';
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

// Every test gets a page of its own: the session lives in a module.
const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const project = {
  id: 1,
  name: 'Household survey',
  description: null,
  forms: 1,
  appUsers: 0,
  may: mayAll,
  submissions: 2,
  lastSubmission: '2026-11-20T08:00:00Z',
  archived: false,
};
const form = {
  id: 'household',
  title: 'Household questionnaire',
  state: 'open',
  version: '1',
  publishedAt: '2026-11-01T08:00:00Z',
  hasDraft: false,
  draftVersion: null,
  submissions: 2,
  lastSubmission: '2026-11-20T08:00:00Z',
  updatedAt: '2026-11-20T08:00:00Z',
};
const draft = {
  version: '2',
  title: form.title,
  createdAt: '2026-11-20T08:00:00Z',
  attachments: [{ name: 'districts.csv', kind: 'file', present: false, size: null }],
  testToken: 't',
  testUrl: 'https://localhost/v1/test/t/projects/1/forms/household/draft',
  testQr: { svg: '<svg xmlns="http://www.w3.org/2000/svg" />', settings: 'e30=' },
  testSubmissions: 3,
};
const inProject = {
  ...signedIn,
  'GET /api/projects': () => ({ items: [project] }),
  'GET /api/projects/1': () => project,
  'GET /api/projects/1/forms': () => ({ items: [form] }),
  'GET /api/projects/1/forms/household': () => ({
    ...form,
    draft,
    may: mayAll,
    versions: [{ version: '1', publishedAt: form.publishedAt, publishedBy: 'Admin' }],
    attachments: [],
  }),
};

describe('before one is inside', () => {
  it('an empty server shows the set-up page, whose questions are at most six', async () => {
    serve({
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: true, codeNeeded: false }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/');
    await screen.findByRole('heading', { name: 'Set up Fieldkeep' });
    expect(document.querySelectorAll('form input').length).toBeLessThanOrEqual(6);
    await expectAccessible();
  });

  it('a refused sign-in is said in words, empties the password and keeps the e-mail', async () => {
    serve({
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
      'POST /api/session': () => new Refusal(401, 'session.refused'),
    });
    const { mountApp, screen, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1');
    await screen.findByRole('heading', { name: 'Sign in' });
    await expectAccessible();
    fill('E-mail', 'admin@example.org');
    fill('Password', 'wrong');
    press('button', 'Sign in');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('The e-mail or the password is not right');
    expect(screen.getByLabelText<HTMLInputElement>('Password', { selector: 'input' }).value).toBe('');
    expect(screen.getByLabelText<HTMLInputElement>('E-mail').value).toBe('admin@example.org');
  });

  it('signing in leads to where one was going', async () => {
    serve({
      ...inProject,
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
      'POST /api/session': () => session,
    });
    const { mountApp, screen, fill, press } = await page();
    app = await mountApp('/projects/1');
    await screen.findByRole('heading', { name: 'Sign in' });
    fill('E-mail', 'admin@example.org');
    fill('Password', 'right');
    press('button', 'Sign in');
    await screen.findByRole('heading', { name: 'Household survey' });
  });
});

describe('projects', () => {
  it('an empty list says what to do next', async () => {
    serve({ ...signedIn, 'GET /api/projects': () => ({ items: [] }) });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('heading', { name: 'No project yet' });
    expect(screen.getAllByRole('button', { name: 'Create project' })).toHaveLength(2);
    await expectAccessible();
  });

  it('a problem is shown in words, and trying again shows the list', async () => {
    let isUp = false;
    serve({
      ...signedIn,
      'GET /api/projects': () => (isUp ? { items: [project] } : new Refusal(503, 'database.unavailable')),
    });
    const { mountApp, screen, press, expectAccessible } = await page();
    app = await mountApp('/projects');
    expect((await screen.findByRole('alert')).textContent).toContain('busy or being restored');
    isUp = true;
    press('button', 'Try again');
    await screen.findByRole('link', { name: 'Household survey' });
    expect(screen.queryByRole('alert')).toBeNull();
    await expectAccessible();
  });

  it('creating one proves to the server that the page asked for it', async () => {
    serve({
      ...inProject,
      'POST /api/projects': () => project,
    });
    const { mountApp, screen, fill, press } = await page();
    app = await mountApp('/projects');
    press('button', 'Create project');
    await screen.findByRole('dialog');
    fill('Name', 'Household survey');
    screen.getByRole('dialog').querySelector('form')?.requestSubmit();
    await screen.findByRole('navigation', { name: 'Project' });
    const creation = asked.find((one) => one.method === 'POST');
    expect(creation?.headers.get('X-CSRF-Token')).toBe('csrf-1');
    expect(creation?.body).toEqual({ name: 'Household survey', description: '' });
  });

  it('one that is out of reach says so', async () => {
    serve({ ...signedIn, 'GET /api/projects/9': () => new Refusal(404, 'access.not_found') });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/9');
    expect((await screen.findByRole('alert')).textContent).toContain('does not exist, or you have no access');
  });
});

describe('app users', () => {
  const appUser = {
    id: 7,
    displayName: 'Phone 7',
    createdAt: '2026-11-20T08:00:00Z',
    lastUsed: null,
    revoked: false,
  };

  it('the token and the code are shown once, after it is added', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/app-users': () => ({ items: [appUser] }),
      'POST /api/projects/1/app-users': () => ({
        ...appUser,
        token: 'secret-token',
        qr: { svg: '<svg/>', settings: {} },
      }),
    });
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/app-users');
    await screen.findByRole('button', { name: 'Revoke Phone 7' });
    await expectAccessible();
    press('button', 'Add app user');
    await screen.findByRole('dialog');
    fill('Name', 'Phone 7');
    screen.getByRole('dialog').querySelector('form')?.requestSubmit();
    await screen.findByText('secret-token');
    screen.getByRole('img', { name: 'Code to connect ODK Collect as Phone 7' });
    await expectAccessible();
    press('button', 'Done');
    await waitFor(() => expect(screen.queryByText('secret-token')).toBeNull());
  });

  it('revoking asks first and says what will happen', async () => {
    let isRevoked = false;
    serve({
      ...inProject,
      'GET /api/projects/1/app-users': () => ({ items: [{ ...appUser, revoked: isRevoked }] }),
      'DELETE /api/projects/1/app-users/7': () => {
        isRevoked = true;
        return noContent;
      },
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/projects/1/app-users');
    (await screen.findByRole('button', { name: 'Revoke Phone 7' })).click();
    expect((await screen.findByRole('dialog')).textContent).toContain('This cannot be undone');
    expect(isRevoked).toBe(false);
    press('button', 'Revoke');
    await screen.findByText('Revoked');
  });
});

describe('forms', () => {
  const cells = (row: number, ...values: (string | null)[]) =>
    values.map((value, index) => ({
      address: `${'ABCD'.charAt(index)}${row}`,
      header: 'tnlr'.charAt(index),
      value,
    }));
  const noLabel = {
    code: 'X_NOT_KNOWN_HERE',
    severity: 'warning',
    message: 'No label.',
    sheet: 'survey',
    row: 22,
    column: 'label',
    address: 'C22',
    value: null,
    excerpt: cells(22, 'text', 'a', null),
    suggestion: null,
  };
  const unknown = {
    code: 'PYREF_003',
    severity: 'error',
    message: '${vilage} names no question of the form. Did you mean ${village}?',
    sheet: 'survey',
    row: 14,
    column: 'relevant',
    address: 'D14',
    value: "${vilage} = 'x'",
    excerpt: cells(14, 'text', 'b', 'B', "${vilage} = 'x'"),
    suggestion: '${village}',
  };
  const choose = async (name: string) => {
    const { screen } = await page();
    const input = await screen.findByLabelText<HTMLInputElement>(/Drop (a form|the corrected file) here/);
    Object.defineProperty(input, 'files', { value: [new File(['x'], name)], configurable: true });
    input.dispatchEvent(new Event('change'));
  };

  it('a refused file is shown cell by cell with what to do, mistakes first', async () => {
    serve({
      ...inProject,
      'POST /api/projects/1/forms/draft': () => ({
        accepted: false,
        form: null,
        diagnostics: [noLabel, unknown],
      }),
    });
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/upload');
    await choose('häuser.xlsx');
    const summary = await screen.findByRole('heading', { name: /häuser\.xlsx.* cannot be used yet/ });
    await waitFor(() => expect(document.activeElement).toBe(summary));
    expect(summary.parentElement?.textContent).toContain('1 mistake to mend and 1 thing to look at');
    await screen.findByRole('heading', { name: 'D14 A question of this name does not exist' });
    expect(
      screen
        .getAllByRole('heading', { level: 4 })
        .map((item) => item.textContent.trim().replace(/\s+/g, ' ')),
    ).toEqual(['D14 A question of this name does not exist', 'C22 No label.']);
    expect([...document.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual([
      '${vilage}',
      'empty',
    ]);
    expect(screen.getByText(/Did you mean/).textContent).toBe('Did you mean ${village}?');
    expect(asked.find((one) => one.method === 'POST')?.headers.get('X-File-Name')).toBe('h%C3%A4user.xlsx');
    await expectAccessible();
  });

  it('the corrected file on the same page says what is mended', async () => {
    const other = {
      ...unknown,
      row: 15,
      address: 'D15',
      value: '${vilag}',
      excerpt: cells(15, 'date', 'c', 'C', '${vilag}'),
    };
    const answers = [[unknown, other, noLabel], [other]];
    serve({
      ...inProject,
      'POST /api/projects/1/forms/draft': () => ({
        accepted: false,
        form: null,
        diagnostics: answers.shift(),
      }),
    });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/upload');
    await choose('f.xlsx');
    await screen.findByText('2 mistakes to mend and 1 thing to look at');
    await choose('f.xlsx');
    await screen.findByText('1 of 2 mended');
    expect(screen.getAllByRole('heading', { level: 4 })).toHaveLength(1);
    expect(
      (await screen.findByRole('heading', { name: 'Mended 1' })).closest('details')?.textContent,
    ).toContain('survey D14');
    await expectAccessible();
  });

  it('a thousand mistakes are shown a page at a time, and the keyboard goes on with the first new one', async () => {
    const diagnostics = Array.from({ length: 1_000 }, (_, index) => ({
      ...unknown,
      row: index + 2,
      address: `D${index + 2}`,
      excerpt: cells(index + 2, 'text', 'b', 'B', unknown.value),
    }));
    serve({
      ...inProject,
      'POST /api/projects/1/forms/draft': () => ({ accepted: false, form: null, diagnostics }),
    });
    const { mountApp, screen, waitFor } = await page();
    app = await mountApp('/projects/1/upload');
    await choose('f.xlsx');
    await screen.findByText('25 of 1,000 shown');
    screen.getByRole('button', { name: 'Show 25 more' }).click();
    await screen.findByText('50 of 1,000 shown');
    await waitFor(() => expect(document.activeElement?.textContent).toContain('D27'));
  });

  it.each(['draft', 'versions', 'settings'])('the %s tab is accessible', async (tab) => {
    serve(inProject);
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    app = await mountApp(`/projects/1/forms/household/${tab}`);
    await screen.findByRole('heading', { name: 'Household questionnaire' });
    await waitFor(() => expect(document.querySelectorAll('main h2, main table').length).toBeGreaterThan(0));
    await expectAccessible();
  });

  it('putting away more than a thousand submissions needs their number typed', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/forms/household': () => ({
        ...form,
        submissions: 1200,
        draft: null,
        may: mayAll,
        versions: [],
        attachments: [],
      }),
    });
    const { mountApp, screen, waitFor, fill, press } = await page();
    app = await mountApp('/projects/1/forms/household/settings');
    (await screen.findByRole('button', { name: 'Move form to trash' })).click();
    const dialog = await screen.findByRole('dialog');
    await screen.findByText('1,200 submissions go with the form.');
    const trash = [...dialog.querySelectorAll('button')].find((one) =>
      one.textContent.includes('Move form to trash'),
    );
    expect(trash?.disabled).toBe(true);
    fill('Type 1200 to confirm', '1200');
    await waitFor(() => expect(trash?.disabled).toBe(false));
    press('button', 'Cancel');
    expect(asked.some((one) => one.method === 'DELETE')).toBe(false);
  });

  it('a draft whose version was published before cannot be published under it', async () => {
    serve({
      ...inProject,
      'GET /api/projects/1/forms/household': () => ({
        ...form,
        draft: { ...draft, version: '1' },
        may: mayAll,
        versions: [{ version: '1', publishedAt: form.publishedAt, publishedBy: null }],
        attachments: [],
      }),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects/1/forms/household/draft');
    (await screen.findByRole('button', { name: 'Publish draft' })).click();
    const dialog = await screen.findByRole('dialog');
    await screen.findByText('This version was published before. Choose another name.');
    expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(true);
  });
});

describe('submissions', () => {
  const row = {
    instanceId: 'uuid:1',
    submittedAt: '2026-11-20T08:00:00Z',
    submitter: { id: 7, name: 'Phone 7' },
    reviewState: null,
    attachments: { present: 1, expected: 1 },
    edits: 0,
    formVersion: '1',
    status: null,
    values: { '/village': 'kaya' },
  };
  const other = { ...row, instanceId: 'uuid:2', values: { '/village': 'kaya' } };
  const base = '/api/projects/1/forms/household';
  const withRows = {
    ...inProject,
    [`GET ${base}/columns`]: () => ({
      columns: [
        {
          path: '/village',
          name: 'village',
          label: 'Village',
          type: 'selectOne',
          choices: [{ name: 'kaya', label: 'Kaya' }],
        },
        { path: '/age', name: 'age', label: 'Age', type: 'int', choices: null },
      ],
      repeats: [],
      groups: [],
      languages: [],
      language: null,
    }),
    [`GET ${base}/submitters`]: () => ({ items: [{ id: 7, name: 'Phone 7' }] }),
    [`POST ${base}/rows/search`]: ({ body }: { body: unknown }) =>
      JSON.stringify(body).includes('age ge')
        ? { total: 0, next: null, rows: [] }
        : { total: 2, next: null, rows: [row, other] },
  };
  const record = {
    ...row,
    instanceName: null,
    updatedAt: null,
    deviceId: null,
    tree: [
      {
        path: '/village',
        name: 'village',
        label: 'Village',
        type: 'selectOne',
        value: 'kaya',
        choiceLabels: ['Kaya'],
        repeatIndex: null,
        attachment: null,
        children: null,
      },
      {
        path: '/person',
        name: 'person',
        label: 'Person',
        type: 'repeat',
        value: null,
        choiceLabels: null,
        repeatIndex: 1,
        attachment: null,
        children: [
          {
            path: '/person/age',
            name: 'age',
            label: 'Age',
            type: 'int',
            value: null,
            choiceLabels: null,
            repeatIndex: null,
            attachment: null,
            children: null,
          },
        ],
      },
      {
        path: '/photo',
        name: 'photo',
        label: 'Photo',
        type: 'binary',
        value: 'a.jpg',
        choiceLabels: null,
        repeatIndex: null,
        attachment: { name: 'a.jpg', present: false, size: null, contentType: 'image/jpeg' },
        children: null,
      },
    ],
  };
  const recordOf = (id: string) => ({
    [`GET ${base}/submissions/${id}`]: () => ({ ...record, instanceId: id }),
    [`GET ${base}/submissions/${id}/comments`]: () => ({ items: [] }),
    [`GET ${base}/submissions/${id}/history`]: () => ({
      items: [
        {
          action: 'sent',
          version: 1,
          versionId: id,
          actor: row.submitter,
          at: row.submittedAt,
          detail: null,
          notes: null,
        },
      ],
    }),
  });
  const searches = (): unknown[] =>
    asked.filter((one) => one.path.endsWith('/rows/search')).map((one) => one.body);

  it('the table says how many there are and shows choices under their labels', async () => {
    serve(withRows);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions');
    await screen.findByText('2 submissions');
    const grid = await screen.findByRole('grid', { name: 'Submissions' });
    expect(grid.getAttribute('aria-rowcount')).toBe('3');
    screen.getByRole('columnheader', { name: 'Village' });
    await expectAccessible();
  });

  it('without submissions the page says how to get the first', async () => {
    serve({ ...withRows, [`POST ${base}/rows/search`]: () => ({ total: 0, next: null, rows: [] }) });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions');
    await screen.findByRole('heading', { name: 'No submissions yet' });
    screen.getByRole('link', { name: 'Connect a phone' });
    await expectAccessible();
  });

  it('a filter is made step by step, stands above the table, and is nowhere in the address', async () => {
    serve(withRows);
    const { mountApp, screen, waitFor, fill, press, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions');
    await screen.findByText('2 submissions');
    press('button', 'Add filter');
    await screen.findByRole('dialog');
    fill('Find a question', 'age');
    (await screen.findByRole('button', { name: /^Age/ })).click();
    await screen.findByLabelText('How');
    await expectAccessible();
    const how = screen.getByLabelText<HTMLSelectElement>('How');
    how.value = 'atLeast';
    how.dispatchEvent(new Event('change'));
    await waitFor(() => expect(how.value).toBe('atLeast'));
    fill('Value', '18');
    await waitFor(() =>
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Apply' }).disabled).toBe(false),
    );
    press('button', 'Apply');
    await screen.findByRole('heading', { name: 'No submission matches' });
    screen.getByRole('button', { name: /^Change filter: .Age. ≥ .18./ });
    expect(searches().at(-1)).toMatchObject({ filter: '(age ge 18)', count: true, order: 'newest' });
    expect(window.location.href).toMatch(/\?view=\w+$/);
    expect(asked.map((one) => one.query.toString()).join()).not.toContain('18');
    await expectAccessible();
    screen.getAllByRole('button', { name: 'Clear all filters' })[0]?.click();
    await screen.findByText('2 submissions');
    expect(window.location.search).toBe('');
  });

  it('a link’s filters are taken out of the address; what the form has not is told, the rest works', async () => {
    serve(withRows);
    const { mountApp, screen, expectAccessible } = await page();
    const fragment = btoa(
      JSON.stringify([
        ['/village', 'anyOf', 'kaya'],
        ['/gone', 'is', 'x'],
      ]),
    ).replaceAll('=', '');
    app = await mountApp(`/projects/1/forms/household/submissions#f=${fragment}`);
    await screen.findByText('2 submissions match');
    await screen.findByText('One filter of this link cannot be used');
    screen.getByText('/gone is x');
    screen.getByRole('button', { name: /^Change filter: .Village. is .Kaya./ });
    expect(window.location.hash).toBe('');
    expect(searches().at(-1)).toMatchObject({ filter: "(village in ('kaya'))" });
    await expectAccessible();
  });

  it('a kept filter whose question the form has no more is told, not dropped in silence', async () => {
    serve(withRows);
    const { mountApp, screen } = await page();
    const { keep } = await import('../src/api/kept');
    const view = keep([{ field: '/gone', operator: 'empty', values: [] }]);
    app = await mountApp(`/projects/1/forms/household/submissions?view=${view}`);
    await screen.findByText('One filter of this link cannot be used');
    screen.getByText('/gone empty');
  });

  it('signing out leaves no filter behind', async () => {
    const { keep, findKept } = await import('../src/api/kept');
    const { forget } = await import('../src/api/cache');
    const id = keep([{ field: '/village', operator: 'is', values: ['Kaya'] }]);
    expect(id).toMatch(/^\w{8}$/);
    expect(keep([{ field: '/village', operator: 'is', values: ['Kaya'] }])).toBe(id);
    expect(findKept(id)).toHaveLength(1);
    forget();
    expect(findKept(id)).toBeNull();
    expect(JSON.stringify(sessionStorage)).not.toContain('Kaya');
  });

  it('an address whose filters are kept in another tab says so and shows everything', async () => {
    serve(withRows);
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/projects/1/forms/household/submissions?view=abcdefgh');
    await screen.findByText('The filters of this address are not kept here');
    await screen.findByText('2 submissions');
    press('button', 'Show all submissions');
    await waitFor(() => expect(window.location.search).toBe(''));
  });

  it('a link with filters opened before signing in never puts them into a query', async () => {
    let isIn = false;
    serve({
      ...withRows,
      'GET /api/session': () => (isIn ? session : new Refusal(401, 'session.none')),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
      'POST /api/session': () => {
        isIn = true;
        return session;
      },
    });
    const { mountApp, screen, fill, press } = await page();
    const fragment = btoa(JSON.stringify([['/village', 'anyOf', 'kaya']])).replaceAll('=', '');
    app = await mountApp(`/projects/1/forms/household/submissions#f=${fragment}`);
    await screen.findByRole('heading', { name: 'Sign in' });
    expect(decodeURIComponent(window.location.search)).not.toContain(fragment);
    fill('E-mail', 'admin@example.org');
    fill('Password', 'right');
    press('button', 'Sign in');
    await screen.findByText('2 submissions match');
    expect(searches().at(-1)).toMatchObject({ filter: "(village in ('kaya'))" });
  });

  it('columns are chosen, moved and remembered on the device', async () => {
    serve(withRows);
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions');
    await screen.findByRole('columnheader', { name: 'Village' });
    press('button', 'Columns');
    const dialog = await screen.findByRole('dialog');
    press('button', 'Hide Village');
    press('checkbox', 'Edits');
    await waitFor(() => expect(dialog.textContent).toContain('6 of 9 chosen'));
    await expectAccessible();
    press('button', 'Show columns');
    await waitFor(() => expect(screen.queryByRole('columnheader', { name: 'Village' })).toBeNull());
    expect(JSON.parse(localStorage.getItem('fieldkeep.table.1.household') ?? '')).toMatchObject({
      columns: ['@at', '@by', '@review', '@files', '@edits', '/age'],
    });
    await waitFor(() => expect(searches().at(-1)).toMatchObject({ columns: ['/age'] }));
  });

  it('one record shows answers in the form’s order, repeats numbered, and files not yet arrived', async () => {
    serve({ ...withRows, ...recordOf('uuid:1') });
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/projects/1/forms/household/submissions/uuid:1');
    await screen.findByRole('heading', { name: '\u2068Person\u2069, 1' });
    screen.getByText('No answer');
    screen.getByText('Not arrived yet');
    await screen.findByText('No comments yet.');
    const text = document.querySelector('main')?.textContent ?? '';
    expect(text.indexOf('Village')).toBeLessThan(text.indexOf('\u2068Person\u2069, 1'));
    await expectAccessible();
  });

  it('a reviewer goes through the list by the keyboard, and who rejects says why', async () => {
    serve({
      ...withRows,
      ...recordOf('uuid:1'),
      ...recordOf('uuid:2'),
      [`PUT ${base}/submissions/uuid:1/review`]: () => ({ reviewState: 'approved', updatedAt: null }),
      [`PUT ${base}/submissions/uuid:2/review`]: () => ({ reviewState: 'rejected', updatedAt: null }),
    });
    const { mountApp, screen, waitFor, expectAccessible } = await page();
    const press = (key: string) =>
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    app = await mountApp('/projects/1/forms/household/submissions/uuid:1');
    await screen.findByText('1 of 2');
    await screen.findByRole('button', { name: /Approve/ });
    press('a');
    await screen.findByText('2 of 2');
    await waitFor(() => expect(window.location.pathname).toContain('uuid:2'));
    await screen.findByRole('button', { name: /Approve/ });
    press('r');
    const dialog = await screen.findByRole('dialog', { name: 'Reject this submission' });
    await expectAccessible();
    const reject = screen.getByRole<HTMLButtonElement>('button', { name: 'Reject' });
    expect(reject.disabled).toBe(true);
    const why = dialog.querySelector('textarea');
    if (why !== null) {
      why.value = 'Not readable';
      why.dispatchEvent(new Event('input'));
    }
    await waitFor(() => expect(reject.disabled).toBe(false));
    reject.click();
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(asked.filter((one) => one.method === 'PUT').map((one) => one.body)).toEqual([
      { reviewState: 'approved', notes: null },
      { reviewState: 'rejected', notes: 'Not readable' },
    ]);
    press('k');
    await screen.findByText('1 of 2');
  });
});

describe('the API reference', () => {
  it('is there for everybody, opens an address and finds one by its action', async () => {
    const document: unknown = JSON.parse(readFileSync('../docs/protocol/openapi-api.json', 'utf8'));
    serve({
      'GET /api/session': () => new Refusal(401, 'session.none'),
      'GET /api/setup': () => ({ needed: false, codeNeeded: false }),
      'GET /api/openapi.json': () => document,
    });
    const { mountApp, screen, fill, waitFor, expectAccessible } = await page();
    app = await mountApp('/docs');
    await screen.findByRole('heading', { name: 'API reference' });
    (await screen.findByText('Create a project')).click();
    await screen.findByText('project.create');
    await screen.findByText(/curl -X POST/);
    await expectAccessible();
    fill('Find by address, name or action', 'app-user.revoke');
    await waitFor(() => expect(screen.queryByText('Create a project')).toBeNull());
    await screen.findByText('Revoke an app user');
    expect(window.location.search).toBe('?q=app-user.revoke');
  });
});

describe('trouble', () => {
  it('a lost connection is said at once, and nothing is claimed to be lost', async () => {
    serve(inProject);
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    await screen.findByRole('link', { name: 'Household survey' });
    globalThis.fetch = () => Promise.reject(new TypeError('failed'));
    screen.getByRole('link', { name: 'Household survey' }).click();
    await screen.findByText(/The server cannot be reached\. Nothing you sent before is lost/);
  });

  it('a session that ends leads to sign-in and back', async () => {
    let isOver = false;
    serve({
      ...inProject,
      'GET /api/projects/1': () => (isOver ? new Refusal(401, 'session.none') : project),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/projects');
    const link = await screen.findByRole('link', { name: 'Household survey' });
    isOver = true;
    link.click();
    await screen.findByText(/Your session has ended/);
    expect(window.location.search).toContain('next=/projects/1');
  });

  it('an address with nothing behind it says so', async () => {
    serve(inProject);
    const { mountApp, screen, expectAccessible } = await page();
    app = await mountApp('/nowhere');
    await screen.findByRole('heading', { name: 'There is nothing at this address', level: 1 });
    await expectAccessible();
  });
});
