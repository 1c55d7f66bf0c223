import { afterEach, beforeEach, vi } from 'vitest';
import { forget } from '../src/api/cache';

beforeEach(() => {
  vi.resetModules();
});

afterEach(() => {
  forget();
  document.body.replaceChildren();
  localStorage.clear();
  vi.unstubAllGlobals();
});
