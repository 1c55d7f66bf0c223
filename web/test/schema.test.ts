import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('has the types that the server’s OpenAPI document gives', () => {
  expect(() => execFileSync(process.execPath, ['schema.mjs', '--check'], { stdio: 'pipe' })).not.toThrow();
});
