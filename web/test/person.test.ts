import type { VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { mayAll } from './support/may';
import { asked, Refusal, serve, signedIn } from './support/server';

const page = async () => import('./support/mountApp');

let app: VueWrapper | undefined;
afterEach(() => app?.unmount());

const base = '/api/projects/1';
const at = '2026-11-20T08:00:00Z';
const form = (id: string, title: string) => ({ id, title, state: 'open', version: '1', submissions: 2 });
const row = (number: number) => ({
  instanceId: `uuid:${number}`,
  path: '/data/name',
  value: `Amina ${number}`,
  createdAt: at,
  isHeld: false,
  isTrashed: false,
  isEarlier: false,
});
const unread = { isConfidentialCovered: false, encrypted: 0, damaged: 0, tests: 0, trashedForms: 0 };
const found = (rows: number) => ({
  items: Array.from({ length: rows }, (_, index) => row(index + 1)),
  isMore: false,
  unread,
});
const questions = [
  { path: '/data/name', type: 'String', label: 'Name' },
  { path: '/data/mother', type: 'String', label: 'Name of the mother' },
];
const served = {
  ...signedIn,
  'GET /api/projects/1': () => ({
    id: 1,
    name: 'Survey',
    forms: 2,
    appUsers: 0,
    submissions: 4,
    may: mayAll,
  }),
  [`GET ${base}/forms`]: () => ({ items: [form('clinic', 'Clinic'), form('home', 'Home visits')] }),
  [`GET ${base}/forms/clinic/questions`]: () => ({ items: questions }),
  [`GET ${base}/forms/home/questions`]: () => ({ items: questions }),
  [`POST ${base}/person-search`]: () => found(2),
};

async function find() {
  const dom = await page();
  app = await dom.mountApp('/projects/1/person');
  const { screen, press, fill } = dom;
  press('checkbox', await screen.findByText('Name', { selector: 'bdi' }).then(() => /^Name \/data\/name$/));
  fill('What names the person', 'amina');
  await dom.waitFor(() => {
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Find' }).disabled).toBe(false);
  });
  press('button', 'Find');
  return dom;
}

function write(field: HTMLInputElement | HTMLTextAreaElement | null, text: string): void {
  expect(field).not.toBeNull();
  if (field) {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

async function confirm({ screen, waitFor }: Awaited<ReturnType<typeof page>>, number: string): Promise<void> {
  const dialog = await screen.findByRole('dialog');
  write(dialog.querySelector('textarea'), 'She asked for it.');
  write(dialog.querySelector<HTMLInputElement>('input:not([type=radio])'), number);
  const press = dialog.querySelector<HTMLButtonElement>('button[type=submit]');
  await waitFor(() => {
    expect(press?.disabled).toBe(false);
  });
  press?.click();
}

describe('a person that was found', () => {
  it('is taken out of the questions that were searched, whatever is ticked since', async () => {
    serve({ ...served, [`POST ${base}/forms/clinic/erasure`]: () => ({ submissions: 1 }) });
    const dom = await find();
    const { screen, press, waitFor, expectAccessible } = dom;
    await screen.findByRole('heading', { name: '2 submissions found' });
    press('checkbox', /^Name of the mother/);
    press('checkbox', /Amina 1/);
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Erase what is chosen' }).disabled).toBe(
        false,
      );
    });
    press('button', 'Erase what is chosen');
    const named = await screen.findByRole('list', { name: 'Questions whose answers are taken out' });
    expect(named.textContent).toBe('Name');
    await expectAccessible();
    await confirm(dom, '١');
    await waitFor(() => {
      expect(asked.find((one) => one.path.endsWith('/erasure'))?.body).toEqual({
        instanceIds: ['uuid:1'],
        questions: ['/data/name'],
        confirm: 1,
        reason: 'She asked for it.',
      });
    });
    await waitFor(() => {
      const searches = asked.filter((one) => one.path.endsWith('/person-search'));
      expect(searches.map((one) => one.body)).toEqual([searches[0]?.body, searches[0]?.body]);
    });
  });

  it('is not shown under a form that was chosen meanwhile', async () => {
    let answer: (found: unknown) => void = () => undefined;
    serve(served);
    const fetched = globalThis.fetch;
    globalThis.fetch = async (input, init) => {
      if (typeof input === 'string' && input.endsWith('/person-search')) {
        const found = await new Promise((resolve) => (answer = resolve));
        return new Response(JSON.stringify(found), { headers: { 'Content-Type': 'application/json' } });
      }
      return fetched(input, init);
    };
    const { screen, waitFor } = await find();
    const select = screen.getByLabelText<HTMLSelectElement>('Form');
    select.value = 'home';
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await waitFor(() => {
      expect(asked.some((one) => one.path === `${base}/forms/home/questions`)).toBe(true);
    });
    answer(found(2));
    await waitFor(() => {
      expect(screen.getByRole('button', { name: 'Find' }).hasAttribute('aria-disabled')).toBe(false);
    });
    expect(screen.queryByRole('heading', { name: /found$/ })).toBeNull();
  });

  it('is not ordered again where the first order is noted', async () => {
    serve({
      ...served,
      [`POST ${base}/forms/clinic/erasure`]: () => new Refusal(503, 'lifecycle.ordered'),
    });
    const dom = await find();
    const { screen, press, waitFor, expectAccessible } = dom;
    await screen.findByRole('heading', { name: '2 submissions found' });
    press('checkbox', /Amina 1/);
    await waitFor(() => {
      expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Erase what is chosen' }).disabled).toBe(
        false,
      );
    });
    press('button', 'Erase what is chosen');
    await confirm(dom, '1');
    await screen.findByText(/^The database went away\. What you ordered is noted/);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /Amina 1/ }).checked).toBe(false);
    await expectAccessible();
  });

  it('is erased from a hundred submissions at once and no more', async () => {
    serve({ ...served, [`POST ${base}/person-search`]: () => found(101) });
    const { screen, press, waitFor } = await find();
    await screen.findByText(/^At most 100 go at once/);
    press('button', 'Choose the first 100');
    await waitFor(() => {
      expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /Amina 101/ }).disabled).toBe(true);
    });
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: /Amina 100\b/ }).checked).toBe(true);
  });
});
