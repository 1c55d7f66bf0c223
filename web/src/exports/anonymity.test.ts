import { describe, expect, it } from 'vitest';
import type { Anonymity } from '../api/types';
import { lastName, shareOf, toneOf } from './anonymity';

const found: Anonymity = {
  rows: 100,
  isPart: false,
  smallestGroup: 1,
  uniqueRows: 3,
  fewRows: 4,
  columns: [{ path: '/person/age', distinct: 40, uniqueWithout: 0 }],
  leftOut: 0,
  repeatColumns: 0,
  identifiers: [],
};

describe('an estimate of anonymity', () => {
  it('warns of names, and of many small groups', () => {
    expect(toneOf(found)).toBe('info');
    expect(toneOf({ ...found, fewRows: 6 })).toBe('warning');
    expect(toneOf({ ...found, identifiers: ['/who'] })).toBe('warning');
    expect(toneOf({ ...found, fewRows: 0, uniqueRows: 0, smallestGroup: 5 })).toBe('good');
    expect(toneOf({ ...found, fewRows: 0, uniqueRows: 0, smallestGroup: 5, repeatColumns: 2 })).toBe(
      'warning',
    );
  });

  it('is neither good nor bad where nothing was counted', () => {
    expect(toneOf({ ...found, rows: 0, fewRows: 0 })).toBe('info');
    expect(toneOf({ ...found, fewRows: 0, columns: [] })).toBe('info');
    expect(shareOf(0, 0)).toBe(0);
  });

  it('names a column by its question', () => {
    expect(lastName('/person/age')).toBe('age');
  });
});
