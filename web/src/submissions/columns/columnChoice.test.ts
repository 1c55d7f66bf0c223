import { describe, expect, it } from 'vitest';
import { columnEntries, columnPlaces, findEntries, moved, withColumns } from './columnChoice';

const question = (path: string) => ({
  path,
  name: path,
  label: `Label of ${path}`,
  type: 'string',
  choices: null,
});
const form = {
  columns: [question('/a'), question('/g/b'), question('/g/c'), question('/d')],
  repeats: [],
  groups: [{ path: '/g', label: 'Group' }],
  languages: [],
  language: null,
};
const entries = columnEntries(form, false, 'About', (fact) => fact);

describe('the chooser of columns', () => {
  it('puts questions of one group together, what is known about submissions first', () => {
    expect(columnPlaces(entries).map((place) => [place.title, place.entries.length])).toEqual([
      ['About', 7],
      ['', 1],
      ['Group', 2],
      ['', 1],
    ]);
  });

  it('finds questions by label, name and group', () => {
    expect(findEntries(entries, 'group LABEL c').map((entry) => entry.key)).toEqual(['/g/c']);
  });

  it('adds a column where the form has it, whatever the order of the others', () => {
    const all = entries.map((entry) => entry.key);
    expect(withColumns(['/a', '/d'], ['/g/b', '/g/c'], all)).toEqual(['/a', '/g/b', '/g/c', '/d']);
    expect(withColumns(['/d', '/a'], ['/g/b'], all)).toEqual(['/d', '/a', '/g/b']);
    expect(withColumns(['/d'], ['@at', '/d'], all)).toEqual(['@at', '/d']);
  });

  it('moves a column, and no further than the ends', () => {
    expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b', 'c'], 'a', 9)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['c', 'a', 'b']);
  });
});
