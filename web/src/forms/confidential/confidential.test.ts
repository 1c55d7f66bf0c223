import { describe, expect, it } from 'vitest';
import type { Confidentiality } from '../../api/types';
import { candidatesOf, linesOf, openedOf, radiusOf } from './confidential';

const now = Date.parse('2026-11-22T12:00:00Z');
const flag = { radius: null, reason: 'why', setBy: 'Admin', setAt: '2026-11-22T00:00:00Z' };
const found: Confidentiality = {
  questions: [
    { path: '/data/who', cause: 'marked', from: null, radius: null, isFile: false, isPlace: false },
    { path: '/data/made', cause: 'derived', from: '/data/who', radius: null, isFile: false, isPlace: false },
  ],
  hints: [],
  flags: [
    { ...flag, path: '/data/who', kind: 'declassified', takesEffectAt: '2026-11-23T00:00:00Z' },
    { ...flag, path: '/data/adult', kind: 'declassified', takesEffectAt: '2026-11-21T00:00:00Z' },
  ],
  nodes: [
    { path: '/data/who', label: 'Who', kind: 'question', isPlace: false, holdsPlace: false },
    { path: '/data/full', label: 'Full', kind: 'group', isPlace: false, holdsPlace: false },
    { path: '/data/full/made', label: 'x', kind: 'question', isPlace: false, holdsPlace: false },
    { path: '/data/adult', label: 'Adult', kind: 'question', isPlace: false, holdsPlace: false },
    {
      path: '/data/meta/instanceID',
      label: 'instanceID',
      kind: 'question',
      isPlace: false,
      holdsPlace: false,
    },
  ],
  splitting: false,
};

describe('confidential questions', () => {
  it('say what they are made of and what is to come', () => {
    expect(linesOf(found, now).map((line) => [line.label, line.fromLabel, line.ending?.kind])).toEqual([
      ['Who', null, 'declassified'],
      ['made', 'Who', undefined],
    ]);
  });

  it('that were opened are listed once that counts', () => {
    expect(openedOf(found, now).map((one) => one.path)).toEqual(['/data/adult']);
  });

  it('are offered no more, nor is the bookkeeping of the form', () => {
    expect(candidatesOf(found).map((node) => node.path)).toEqual([
      '/data/full',
      '/data/full/made',
      '/data/adult',
    ]);
  });
});

describe('a radius', () => {
  it.each([
    ['', null],
    [' 500 ', 500],
    ['50', 50],
    ['٥٠٠', 500],
    ['۷۵٫۵', 75.5],
    ['49.9', undefined],
    ['100000', 100_000],
    ['0', undefined],
    ['-5', undefined],
    ['100001', undefined],
    ['5 km', undefined],
    ['1e3', undefined],
  ])('typed as %j is %j', (typed, metres) => {
    expect(radiusOf(typed)).toBe(metres);
  });
});
