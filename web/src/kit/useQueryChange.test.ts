import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import { defineComponent, h, type VNode } from 'vue';
import {
  createMemoryHistory,
  createRouter,
  RouterView,
  type LocationQueryRaw,
  type Router,
} from 'vue-router';
import { useQueryChange } from './useQueryChange';

type Change = (change: LocationQueryRaw, isStep?: boolean) => Promise<void>;

const Other = (): VNode => h('p', 'other');

/** A page, and another one whose code is fetched until `arrive` or `fail` is called. */
async function open(): Promise<{
  router: Router;
  change: Change;
  arrive: () => void;
  fail: () => void;
  text: () => string;
}> {
  const changes: Change[] = [];
  let [arrive, fail] = [(): void => undefined, (): void => undefined];
  const Page = defineComponent({
    setup() {
      changes.push(useQueryChange());
      return () => h('p', 'page');
    },
  });
  const fetched = new Promise<typeof Other>((resolve, reject) => {
    arrive = () => resolve(Other);
    fail = () => reject(new Error('no network'));
  });
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: Page },
      { path: '/other', component: () => fetched },
    ],
  });
  // As in the real one, every change of the address waits for something.
  router.beforeEach(async () => {
    await Promise.resolve();
  });
  await router.push('/');
  const view = mount(RouterView, { global: { plugins: [router] } });
  const change = changes[0];
  if (change === undefined) {
    throw new Error('The page was not shown.');
  }
  return { router, change, arrive, fail, text: () => view.text() };
}

it('changes that are asked for together stand beside each other', async () => {
  const { router, change } = await open();
  await Promise.all([change({ export: '' }), change({ row: '7' }), change({ view: 'a' }, true)]);
  expect(router.currentRoute.value.query).toEqual({ export: '', row: '7', view: 'a' });
  await change({ row: undefined });
  expect(router.currentRoute.value.query).toEqual({ export: '', view: 'a' });
});

it('a change does not call back somebody who is leaving', async () => {
  const { router, change, arrive, text } = await open();
  const left = router.push('/other');
  await Promise.resolve();
  await change({ row: '7' });
  arrive();
  await left;
  expect(router.currentRoute.value.fullPath).toBe('/other');
  expect(text()).toBe('other');
});

it('whoever could not leave changes the address as before', async () => {
  const { router, change, fail } = await open();
  const left = router.push('/other');
  await Promise.resolve();
  fail();
  await expect(left).rejects.toThrow('no network');
  await change({ row: '7' });
  expect(router.currentRoute.value.fullPath).toBe('/?row=7');
});
