import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';

const rows: unknown[] = Array.from({ length: 200 }, (_, index) => `r${index}`);
const columns = Array.from({ length: 1_000 }, (_, index) => ({
  key: `c${index}`,
  label: `Column ${index}`,
  width: 190,
  text: () => String(index),
}));

let table: VueWrapper | undefined;
beforeEach(() => {
  // happy-dom lays nothing out.
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1_200);
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(700);
  vi.spyOn(HTMLElement.prototype, 'offsetWidth', 'get').mockReturnValue(1_200);
});
afterEach(() => {
  table?.unmount();
  vi.restoreAllMocks();
});

async function show(frozen: number): Promise<HTMLElement> {
  const { default: VirtualTable } = await import('../src/kit/VirtualTable.vue');
  const { i18n } = await import('../src/locales/i18n');
  table = mount(VirtualTable, {
    attachTo: document.body,
    global: { plugins: [i18n] },
    props: {
      caption: 'Wide',
      columns,
      rows,
      rowKey: (row: unknown) => JSON.stringify(row),
      total: rows.length,
      hasMore: false,
      place: 0,
      frozen,
    },
  });
  await nextTick();
  await nextTick();
  return table.get<HTMLElement>('[role=grid]').element;
}

const heads = (grid: HTMLElement): string[] =>
  [...grid.querySelectorAll('[role=columnheader]')].map((head) => head.textContent.trim());

it('of a thousand columns only those in sight are drawn, the frozen ones always', async () => {
  const grid = await show(2);
  expect(grid.getAttribute('aria-colcount')).toBe('1000');
  expect(heads(grid).length).toBeLessThan(14);
  expect(grid.querySelectorAll('[role=gridcell]').length).toBeLessThan(14 * 60);
  grid.scrollLeft = 100_000;
  grid.dispatchEvent(new Event('scroll'));
  await nextTick();
  const shown = heads(grid);
  expect(shown.slice(0, 2)).toEqual(['Column 0', 'Column 1']);
  expect(shown).toContain('Column 530');
  expect(shown.length).toBeLessThan(16);
});

it('columns that stay in sight leave half of the table to the others', async () => {
  const grid = await show(9);
  const frozen = [...grid.querySelectorAll<HTMLElement>('[role=columnheader].frozen')];
  expect(frozen.map((head) => head.style.insetInlineStart)).toEqual(['0px', '190px', '380px']);
});
