import { mount, type VueWrapper } from '@vue/test-utils';
import { screen, waitFor } from '@testing-library/dom';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import { i18n } from '../src/locales/i18n';
import BulkBar from '../src/submissions/BulkBar.vue';
import { asked, serve } from './support/server';

let bar: VueWrapper | undefined;
afterEach(() => bar?.unmount());

const items = ['uuid:1', 'uuid:2', 'uuid:3'].map((instanceId) => ({ instanceId, version: 1, stageId: 7 }));
const rows = items.map((item) => ({
  ...item,
  submittedAt: '2026-11-20T08:00:00Z',
  submitter: `Phone ${item.instanceId.at(-1) ?? ''}`,
}));

function show(): void {
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: { template: '<p></p>' } },
      { path: '/:project/:form/:instance', name: 'submission', component: { template: '<p></p>' } },
    ],
  });
  bar = mount(BulkBar, {
    attachTo: document.body,
    props: {
      project: '1',
      form: 'household',
      marked: new Map(rows.map((row) => [row.instanceId, row])),
      total: 9,
      markAll: () => Promise.resolve(),
    },
    global: { plugins: [i18n, router] },
  });
}

const bodies = (): unknown[] => asked.filter((one) => one.method === 'POST').map((one) => one.body);
const last = (name: string): HTMLButtonElement | undefined =>
  screen.getAllByRole<HTMLButtonElement>('button', { name }).at(-1);

describe('submissions that are chosen together', () => {
  it('are approved in the versions that were seen; those that stay are listed with the reason', async () => {
    serve({
      'POST /api/projects/1/forms/household/submissions/transitions': () => ({
        items: [
          { instanceId: 'uuid:1', moved: true, state: 'final', stageId: null, code: null, message: null },
          { instanceId: 'uuid:2', moved: false, code: 'transition.four_eyes', message: 'Four eyes.' },
          { instanceId: 'uuid:3', moved: false, code: 'transition.outdated', message: 'Changed.' },
        ],
      }),
    });
    show();
    screen.getByText('3 submissions chosen');
    screen.getByRole('button', { name: 'Choose all 9' });
    screen.getByRole('button', { name: 'Approve' }).click();
    await screen.findByText('Approve 3 submissions');
    last('Approve')?.click();
    await screen.findByText('1 of 3 moved. The others stay where they were:');
    expect(bodies()).toEqual([{ event: 'approve', message: null, items: items }]);
    screen.getByText(/^Whoever collected, edited or approved it before/);
    expect(screen.getByRole('link', { name: /Phone 3$/ }).getAttribute('href')).toBe('/1/household/uuid:3');
    screen.getByRole('button', { name: 'Done' }).click();
    expect(bar?.emitted('clear')).toHaveLength(1);
  });

  it('are rejected with a message, never without', async () => {
    serve({
      'POST /api/projects/1/forms/household/submissions/transitions': () => ({
        items: rows.map((row) => ({ ...row, moved: true })),
      }),
    });
    show();
    screen.getByRole('button', { name: 'Reject' }).click();
    const field = await screen.findByLabelText<HTMLTextAreaElement>('Why');
    expect(last('Reject')?.disabled).toBe(true);
    field.value = 'The date is wrong.';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    await waitFor(() => {
      expect(last('Reject')?.disabled).toBe(false);
    });
    last('Reject')?.click();
    await waitFor(() => {
      expect(bar?.emitted('moved')).toHaveLength(1);
    });
    expect(bodies()).toEqual([{ event: 'reject', message: 'The date is wrong.', items: items }]);
  });
});
