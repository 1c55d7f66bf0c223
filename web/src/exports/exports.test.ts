import { describe, expect, it } from 'vitest';
import { allColumns, factColumns, pickColumns, pickedColumns } from './columns';
import { formatOf, formats, isPossible, keyOf, optionsOf, traitsOf } from './formats';
import { isLive } from './links';
import { insertText, mediaName, patternProblem } from './mediaNames';
import { reviewStates, settingsOf, usual } from './settings';

const column = (path: string, type: string, isEarlier = false) => ({
  path,
  name: path.split('/').at(-1) ?? '',
  label: path,
  type,
  isEarlier,
});
const contents = {
  languages: ['English (en)', 'French (fr)'],
  defaultLanguage: 'English (en)',
  versions: ['2', '1'],
  keys: [],
  tables: [
    {
      path: '',
      name: '',
      label: 'Household',
      columns: [
        column('/village', 'string'),
        column('/home/assets', 'selectMultiple'),
        column('/home/place', 'geopoint'),
        column('/home/field', 'geoshape'),
        column('/photo', 'binary'),
        column('/old', 'string', true),
      ],
    },
    { path: '/person', name: 'person', label: 'Person', columns: [column('/person/age', 'int')] },
  ],
};
const plain = {
  ...contents,
  languages: [],
  defaultLanguage: null,
  tables: [{ path: '', name: '', label: 'Plain', columns: [column('/village', 'string')] }],
};
const none = { filter: null, isDraft: false };

describe('formats', () => {
  it('show an option only where the format has it and the form a use for it', () => {
    const traits = traitsOf(contents);
    const options = (name: string) => [...optionsOf(formatOf(name), traits)].sort();
    expect(options('media.zip')).toEqual(['mediaNames']);
    expect(options('json')).toEqual(['columns', 'deletedFields', 'labels', 'language', 'splitSelects']);
    expect(options('csv')).not.toContain('media');
    expect(options('csv.zip')).toContain('media');
    expect(options('kml')).toContain('geometry');
    expect([...optionsOf(formatOf('csv.zip'), traitsOf(plain))].sort()).toEqual(['columns', 'labelHeadings']);
  });

  it('that a form has nothing for cannot be chosen', () => {
    const possible = formats.filter((format) => isPossible(format, traitsOf(plain)));
    expect(possible.map((format) => format.name)).toEqual([
      'csv.zip',
      'xlsx',
      'csv',
      'sav.zip',
      'json',
      'ndjson',
    ]);
    expect(formats.every((format) => isPossible(format, traitsOf(contents)))).toBe(true);
  });

  it('have names that texts can be found by', () => {
    expect(new Set(formats.map(keyOf)).size).toBe(formats.length);
    expect(formats.map(keyOf).some((key) => key.includes('.'))).toBe(false);
  });
});

describe('settings', () => {
  const options = optionsOf(formatOf('csv.zip'), traitsOf(contents));

  it('leave out what nobody chose', () => {
    expect(settingsOf(usual(), options, none)).toEqual({
      format: 'csv.zip',
      groupPaths: true,
      splitSelects: false,
      labels: false,
      labelHeadings: false,
      media: true,
      deletedFields: true,
    });
  });

  it('say everything that was chosen, and nothing that the format lacks', () => {
    const wanted = {
      ...usual(),
      labels: true,
      language: 'French (fr)',
      splitSelects: true,
      mediaNames: '{date}/{name}.{ext}',
      columns: ['/village', 'SubmissionDate'],
      firstDay: '2026-11-01',
      lastDay: '2026-11-30',
      reviewStates: ['approved'] as const,
      version: "o'2",
    };
    expect(settingsOf(wanted, options, { filter: 'age gt 17', isDraft: true })).toEqual({
      format: 'csv.zip',
      groupPaths: true,
      splitSelects: true,
      labels: true,
      labelHeadings: false,
      language: 'French (fr)',
      media: true,
      mediaNames: '{date}/{name}.{ext}',
      deletedFields: true,
      columns: ['/village', 'SubmissionDate'],
      from: new Date(2026, 10, 1).toISOString(),
      before: new Date(2026, 11, 1).toISOString(),
      reviewStates: ['approved'],
      filter: "(__system/formVersion eq 'o''2') and (age gt 17)",
      draft: true,
    });
    const media = { ...wanted, format: 'media.zip', media: false };
    expect(
      Object.keys(settingsOf(media, optionsOf(formatOf('media.zip'), traitsOf(contents)), none)),
    ).toEqual(['format', 'mediaNames', 'from', 'before', 'reviewStates', 'filter']);
  });

  it('drop the table’s filter when it is not wanted, and names of files that are not there', () => {
    const wanted = { ...usual(), isFiltered: false, media: false, mediaNames: 'x', reviewStates };
    const said = settingsOf(wanted, options, { filter: 'age gt 17', isDraft: false });
    expect(said).not.toHaveProperty('filter');
    expect(said).not.toHaveProperty('mediaNames');
    expect(said).not.toHaveProperty('reviewStates');
  });
});

describe('columns', () => {
  const all = allColumns(contents.tables);

  it('are all there when nothing was chosen, and all again when all are', () => {
    expect(pickedColumns(null, contents.tables).size).toBe(all.length);
    expect(all).toHaveLength(7 + factColumns.length);
    const without = pickColumns(new Set(all), ['/village'], false, contents.tables);
    expect(without).toEqual(all.filter((path) => path !== '/village'));
    expect(pickColumns(new Set(without), ['/village'], true, contents.tables)).toBeNull();
  });

  it('of a group or repeat are meant by its path', () => {
    expect([...pickedColumns(['/home', '/person', 'Edits'], contents.tables)]).toEqual([
      '/home/assets',
      '/home/place',
      '/home/field',
      '/person/age',
      'Edits',
    ]);
  });
});

describe('names of files', () => {
  const file = {
    instanceId: 'uuid:1',
    question: 'photo',
    name: 'a',
    ext: 'jpg',
    date: '2026-11-21',
    submitter: 'A/B',
  };

  it('are made as the server makes them', () => {
    expect(mediaName('', file)).toBe('a.jpg');
    expect(mediaName('{date}/{instanceId}/{question}.{ext}', file)).toBe('2026-11-21/uuid_1/photo.jpg');
    expect(mediaName('{submitter}-{submitter}', file)).toBe('A_B-A_B');
    expect(mediaName('x/..{name}', { ...file, name: '' })).toBe('x/_');
  });

  it('say what is wrong with a pattern', () => {
    expect(patternProblem('')).toBeNull();
    expect(patternProblem('{date}/{name}.{ext}')).toBeNull();
    expect(patternProblem('{day}')).toBe('braces');
    expect(patternProblem('{name')).toBe('braces');
    expect(patternProblem('/{name}')).toBe('folder');
    expect(patternProblem('a//b')).toBe('folder');
    expect(patternProblem('../{name}')).toBe('folder');
    expect(patternProblem('x'.repeat(201))).toBe('tooLong');
  });

  it('take a part in where the caret is', () => {
    expect(insertText('ab', [1, 1], '{date}')).toEqual({ text: 'a{date}b', caret: 7 });
    expect(insertText('abc', [0, 2], 'x')).toEqual({ text: 'xc', caret: 1 });
  });
});

it('a link lives until it is revoked or its time is over', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const link = { revokedAt: null, expiresAt: '2026-11-21T12:00:01Z' };
  expect(isLive(link, now)).toBe(true);
  expect(isLive({ ...link, revokedAt: '2026-11-20T00:00:00Z' }, now)).toBe(false);
  expect(isLive({ ...link, expiresAt: '2026-11-21T12:00:00Z' }, now)).toBe(false);
});
