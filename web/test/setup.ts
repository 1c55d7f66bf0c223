import { afterEach, beforeEach, vi } from 'vitest';
import { configure } from '@testing-library/dom';
import { forget } from '../src/api/cache';

configure({ asyncUtilTimeout: 20_000 });

beforeEach(() => {
  vi.resetModules();
});

afterEach(() => {
  forget();
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
