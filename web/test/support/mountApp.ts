import { mount, type VueWrapper } from '@vue/test-utils';
import { screen, waitFor } from '@testing-library/dom';
import axe from 'axe-core';
import { expect } from 'vitest';
import { nextTick } from 'vue';
import App from '../../src/App.vue';
import { i18n } from '../../src/locales/i18n';
import { makeRouter } from '../../src/router';

export { screen, waitFor };

/** Shows the whole interface at an address, as `main.ts` does. */
export async function mountApp(address: string): Promise<VueWrapper> {
  window.history.replaceState({}, '', address);
  const router = makeRouter();
  const root = document.createElement('div');
  document.body.append(root);
  const app = mount(App, { attachTo: root, global: { plugins: [i18n, router] } });
  await router.push(address);
  await nextTick();
  return app;
}

/** Fills a field as a person does: by its label. */
export function fill(label: string | RegExp, text: string): void {
  const field = screen.getByLabelText(label, { selector: 'input' });
  if (field instanceof HTMLInputElement) {
    field.value = text;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }
}

/** Presses what has this name. */
export function press(role: 'button' | 'link' | 'checkbox' | 'radio', name: string | RegExp): void {
  screen.getByRole(role, { name }).click();
}

/**
 * Fails with axe's own words when the page breaks a rule. Contrast, and what lies under
 * an open dialog, need a layout: e2e/first-form.spec.mjs checks them in a real browser.
 */
export async function expectAccessible(): Promise<void> {
  const result = await axe.run(document.body, {
    rules: { 'color-contrast': { enabled: false }, 'aria-hidden-focus': { enabled: false } },
  });
  expect(
    result.violations.map(
      (violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`,
    ),
  ).toEqual([]);
}
