import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const rooms = [
  'session',
  'account',
  'organisations',
  'forms',
  'deployments',
  'submissions',
  'exports',
  'reference',
  'support',
  'keys',
  'lifecycle',
  'past',
  'server',
  'incidents',
  'backups',
  'limits',
];
/** What each folder may import from beside itself. */
const allowed: Record<string, readonly string[]> = {
  api: ['generated'],
  locales: [],
  vault: [],
  kit: ['api'],
  ...Object.fromEntries(rooms.map((room) => [room, ['api', 'kit', 'locales']])),
};

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

/** Every import of a file of ours, types and lazy ones included, as a path under `src`. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers.map((specifier) => normalize(join(dirname(file), specifier)).replace(/^src\//, ''));
}

const files = filesUnder('src').filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith('.test.ts'));

describe('rooms', () => {
  it('are read by this test', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf('src/kit/ProblemNotice.vue')).toContain('api/problem');
  });

  it.each(Object.keys(allowed))('%s imports only what it may', (folder) => {
    const offences = files
      .filter((file) => file.startsWith(`src/${folder}/`))
      .flatMap((file) => importsOf(file).map((target) => ({ file, target })))
      .filter(({ target }) => {
        const [head = '', ...rest] = target.split('/');
        const isOwn = head === folder;
        const isAllowed = (allowed[folder] ?? []).includes(head);
        const isDoor = rooms.includes(head) && rooms.includes(folder) && rest.length === 0;
        return !(isOwn || isAllowed || isDoor);
      });
    expect(offences).toEqual([]);
  });

  it('api knows no Vue', () => {
    const offences = files.filter(
      (file) =>
        file.startsWith('src/api/') && /from '(vue|vue-router|vue-i18n)'/.test(readFileSync(file, 'utf8')),
    );
    expect(offences).toEqual([]);
  });

  it('no colour is written outside the kit’s tokens', () => {
    const offences = files.filter(
      (file) =>
        file.endsWith('.vue') &&
        /#[0-9a-f]{3,8}\b|rgba?\(/i.test(readFileSync(file, 'utf8').split('<style')[1] ?? ''),
    );
    expect(offences).toEqual([]);
  });
});
