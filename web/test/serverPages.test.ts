import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { asked, noContent, Refusal, serve, session, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const at = '2026-11-20T08:00:00Z';
const operator = {
  ...signedIn,
  'GET /api/session': () => ({ ...session, account: { ...session.account, roles: ['admin', 'operator'] } }),
};
const account = {
  id: 7,
  name: 'Amina',
  email: 'amina@example.org',
  createdAt: at,
  lastLoginAt: null,
};
const removal = {
  account: 8,
  accountName: 'Bo',
  state: 'asked',
  askedBy: 2,
  askedByName: 'Cid',
  askedAt: at,
  reason: 'Left the organisation.',
  agreedBy: null,
  agreedByName: null,
  dueAt: null,
  endedAt: null,
  isReplay: false,
  report: null,
};
const accounts = {
  ...operator,
  'GET /api/accounts': () => ({ items: [account], all: 1 }),
  'GET /api/removals': () => ({ items: [removal] }),
};
const bodyOf = (method: string, path: string): unknown =>
  asked.find((one) => one.method === method && one.path === path)?.body;

function write(field: HTMLInputElement | HTMLTextAreaElement | null, text: string): void {
  expect(field).not.toBeNull();
  if (field) {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

describe('texts of the server', () => {
  it('are read again by version, and the next one begins with the words of the newest', async () => {
    serve({
      ...operator,
      'GET /api/texts/terms/versions': () => ({
        items: [{ version: 2, publishedAt: at, by: { id: 1, name: 'Admin' } }],
      }),
      'GET /api/texts/privacy/versions': () => ({ items: [] }),
      'GET /api/texts/dpa/versions': () => new Refusal(500, 'server.fault'),
      'GET /api/texts/terms/versions/2': () => ({
        kind: 'terms',
        version: 2,
        body: 'Be kind.',
        publishedAt: at,
      }),
      'POST /api/texts': () => ({ version: 3 }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/texts');
    await screen.findByText(/^Published by .*Admin/);
    await screen.findByText('Nothing is published. Nobody is asked.');
    await screen.findByRole('button', { name: 'Try again' });
    document.querySelectorAll('details').forEach((one) => (one.open = true));
    await screen.findByText('Be kind.');
    await expectAccessible();
    press('button', 'Publish a new version');
    const dialog = await screen.findByRole('dialog');
    await waitFor(() => {
      expect(dialog.querySelector('textarea')?.value).toBe('Be kind.');
    });
    expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(true);
    write(dialog.querySelector('textarea'), 'Be kinder.');
    await expectAccessible();
    await waitFor(() => {
      expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(false);
    });
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await waitFor(() => {
      expect(bodyOf('POST', '/api/texts')).toEqual({ kind: 'terms', body: 'Be kinder.' });
    });
  });
});

describe('the next version of a text', () => {
  it('is not begun with nothing because the newest could not be read', async () => {
    let isUp = false;
    serve({
      ...operator,
      'GET /api/texts/terms/versions': () => ({
        items: [{ version: 2, publishedAt: at, by: { id: 1, name: 'Admin' } }],
      }),
      'GET /api/texts/privacy/versions': () => ({ items: [] }),
      'GET /api/texts/dpa/versions': () => ({ items: [] }),
      'GET /api/texts/terms/versions/2': () =>
        isUp
          ? { kind: 'terms', version: 2, body: 'Be kind.', publishedAt: at }
          : new Refusal(500, 'server.fault'),
    });
    const { mountApp, screen, press, waitFor } = await page();
    app = await mountApp('/server/texts');
    await screen.findByText(/^Published by .*Admin/);
    press('button', 'Publish a new version');
    const dialog = await screen.findByRole('dialog');
    await screen.findByRole('button', { name: 'Try again' });
    expect(dialog.querySelector('textarea')).toBeNull();
    expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(true);
    isUp = true;
    press('button', 'Try again');
    await waitFor(() => {
      expect(dialog.querySelector('textarea')?.value).toBe('Be kind.');
    });
  });
});

describe('accounts of the server', () => {
  it('are removed for a reason, when another agrees', async () => {
    serve({
      ...accounts,
      'POST /api/accounts/7/removal': () => noContent,
      'POST /api/accounts/8/removal/agreement': () => ({ dueAt: at }),
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/accounts');
    await screen.findByText('Waits for a second operator');
    await screen.findByText('Left the organisation.');
    await expectAccessible();
    press('button', 'Remove the account of Amina');
    const dialog = await screen.findByRole('dialog');
    write(dialog.querySelector('textarea'), 'Nobody can reach her.');
    await waitFor(() => {
      expect(dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.disabled).toBe(false);
    });
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await waitFor(() => {
      expect(bodyOf('POST', '/api/accounts/7/removal')).toEqual({ reason: 'Nobody can reach her.' });
    });
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    press('button', 'Agree: Bo');
    await screen.findByText(/^The account ends at once/);
    screen.getAllByRole('button', { name: 'Agree' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.some((one) => one.path === '/api/accounts/8/removal/agreement')).toBe(true);
    });
  });

  it('are found by a name that the address does not tell, and are so again after a reload', async () => {
    serve(accounts);
    const search = (): string | null | undefined =>
      asked
        .filter((one) => one.path === '/api/accounts')
        .at(-1)
        ?.query.get('q');
    const { mountApp, screen, waitFor } = await page();
    app = await mountApp('/server/accounts');
    const field = await screen.findByRole<HTMLInputElement>('searchbox');
    field.value = 'Amina';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.form?.requestSubmit();
    await waitFor(() => expect(search()).toBe('Amina'));
    const address = window.location.pathname + window.location.search;
    expect(address).toMatch(/^\/server\/accounts\?find=\w+$/);
    expect(address).not.toContain('Amina');
    app.unmount();
    app = await mountApp(address);
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('searchbox').value).toBe('Amina'));
    expect(search()).toBe('Amina');
  });

  it('are given back after it was said who asked for their end', async () => {
    serve({
      ...accounts,
      'GET /api/removals': () => ({
        items: [{ ...removal, state: 'waiting', askedBy: 8, askedByName: 'Bo', reason: '', dueAt: at }],
      }),
      'DELETE /api/accounts/8/removal': () => noContent,
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/accounts');
    await screen.findByText(/^Asked for by its owner/);
    press('button', 'Give it back: Bo');
    await screen.findByText(/^Its owner asked for the removal/);
    await expectAccessible();
    expect(asked.some((one) => one.method === 'DELETE')).toBe(false);
    press('button', 'Give it back');
    await waitFor(() => {
      expect(asked.some((one) => one.method === 'DELETE')).toBe(true);
    });
  });

  it('say what hinders a second operator', async () => {
    serve({
      ...accounts,
      'POST /api/accounts/8/removal/agreement': () => new Refusal(409, 'removal.asker_gone'),
    });
    const { mountApp, screen, press } = await page();
    app = await mountApp('/server/accounts');
    await screen.findByText('Left the organisation.');
    press('button', 'Agree: Bo');
    await screen.findByText(/^The account ends at once/);
    screen.getAllByRole('button', { name: 'Agree' }).at(-1)?.click();
    await screen.findByText(/^Who asked for this may not remove accounts any more/);
  });

  it('are not shown to who does not run the server', async () => {
    serve({
      ...signedIn,
      'GET /api/accounts': () => new Refusal(403, 'access.denied'),
      'GET /api/removals': () => new Refusal(403, 'access.denied'),
    });
    const { mountApp, screen } = await page();
    app = await mountApp('/server/accounts');
    expect(await screen.findAllByText(/^You have no access to this/)).toHaveLength(2);
  });
});

describe('whom security.txt names', () => {
  it('is not taken out of the field by the same answer once more', async () => {
    const kept = () => ({ contact: 'mailto:old@example.org', policy: null });
    serve({ ...operator, 'GET /api/security-contact': kept });
    const { remember } = await import('../src/api/cache');
    remember('security contact', kept());
    const { mountApp, screen, fill, waitFor } = await page();
    app = await mountApp('/server/contact');
    const field = await screen.findByLabelText<HTMLInputElement>('Contact');
    fill('Contact', 'https://example.org/new');
    await waitFor(() => {
      expect(asked.some((one) => one.path === '/api/security-contact')).toBe(true);
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(field.value).toBe('https://example.org/new');
  });

  it('is an address that programs read', async () => {
    serve({
      ...operator,
      'GET /api/security-contact': () => ({ contact: null, policy: null }),
      'PUT /api/security-contact': () => noContent,
    });
    const { mountApp, screen, fill, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/contact');
    await screen.findByText(/there is no such file/);
    fill('Contact', 'nobody');
    await screen.findByText(/^This is no such address/);
    fill('Contact', 'security@example.org');
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save' }).disabled).toBe(false);
    });
    await expectAccessible();
    press('button', 'Save');
    await waitFor(() => {
      expect(bodyOf('PUT', '/api/security-contact')).toEqual({
        contact: 'mailto:security@example.org',
        policy: null,
      });
    });
  });
});

describe('witnesses', () => {
  const witness = {
    id: 4,
    kind: 'webhook',
    every: 'day',
    address: 'https://witness.example.org/hook',
    createdAt: at,
    nextAt: at,
    triedAt: at,
    arrivedAt: null,
    arrivedSize: null,
    failures: 2,
    lastError: 'status 500',
  };
  const list = {
    items: [] as unknown[],
    newestSize: 120,
    newestAt: at,
    file: '/srv/fieldkeep/checkpoints/log',
    canMail: false,
    mayBePrivate: false,
  };

  it('are added; a wrong address is refused at its field, and a secret is shown once', async () => {
    let isRefused = true;
    serve({
      ...operator,
      'GET /api/ledger/witnesses': () => list,
      'POST /api/ledger/witnesses': () =>
        isRefused ? new Refusal(422, 'witness.address_unsafe') : { witness, secret: 'fkwh-secret' },
    });
    const { mountApp, screen, fill, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/witnesses');
    await screen.findByText('Nobody elsewhere holds a checkpoint');
    await screen.findByText('/srv/fieldkeep/checkpoints/log');
    await expectAccessible();
    screen.getByRole('button', { name: 'Add a witness' }).click();
    const dialog = await screen.findByRole('dialog');
    await screen.findByText(/^This server has no mail server/);
    const kind = dialog.querySelector('select');
    if (kind) {
      kind.value = 'webhook';
      kind.dispatchEvent(new Event('change', { bubbles: true }));
    }
    await screen.findByLabelText('Web address');
    fill('Web address', 'http://10.0.0.1/');
    await expectAccessible();
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await screen.findByText(/^Write a whole address that begins with https/);
    expect(screen.getByLabelText('Web address').getAttribute('aria-invalid')).toBe('true');
    expect(screen.queryByRole('alert')).toBeNull();
    isRefused = false;
    fill('Web address', 'https://witness.example.org/hook');
    await waitFor(() => expect(screen.queryByText(/^Write a whole address/)).toBeNull());
    dialog.querySelector<HTMLButtonElement>('button[type=submit]')?.click();
    await screen.findByText('fkwh-secret');
    expect(asked.filter((one) => one.method === 'POST').at(-1)?.body).toEqual({
      kind: 'webhook',
      address: 'https://witness.example.org/hook',
      every: 'day',
    });
    await expectAccessible();
    screen.getByRole('button', { name: 'Done' }).click();
    await waitFor(() => expect(screen.queryByText('fkwh-secret')).toBeNull());
  });

  it('that fail say why, are tried at once, and are taken off the list', async () => {
    serve({
      ...operator,
      'GET /api/ledger/witnesses': () => ({
        ...list,
        items: [witness, { ...witness, id: 5, address: '', kind: 'mail', lastError: 'unreadable' }],
      }),
      'POST /api/ledger/witnesses/4/sending': () => new Refusal(409, 'witness.nothing_signed'),
      'DELETE /api/ledger/witnesses/4': () => noContent,
    });
    const { mountApp, screen, press, waitFor, expectAccessible } = await page();
    app = await mountApp('/server/witnesses');
    await screen.findByText(/^The other side refused it \(HTTP 500\)\. .* it failed 2 times\.$/);
    await screen.findByText(/^Where this witness is cannot be read any more/);
    await expectAccessible();
    press('button', 'Send now to https://witness.example.org/hook');
    await screen.findByText(/^Nothing is signed yet. Wait/);
    press('button', 'Remove https://witness.example.org/hook');
    await screen.findByText(/^What they hold already goes on proving/);
    screen.getAllByRole('button', { name: 'Remove' }).at(-1)?.click();
    await waitFor(() => {
      expect(asked.some((one) => one.method === 'DELETE')).toBe(true);
    });
  });
});
