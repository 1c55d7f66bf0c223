import { describe, expect, it } from 'vitest';
import type { Removal } from '../api/types';
import { actsOf, isOpen, stateOf } from './removals';

const asked: Removal = {
  account: 7,
  accountName: 'Amina',
  state: 'asked',
  askedBy: 1,
  askedByName: 'Admin',
  askedAt: '2026-11-20T08:00:00Z',
  reason: 'Left the organisation.',
  agreedBy: null,
  agreedByName: null,
  dueAt: null,
  endedAt: null,
  isReplay: false,
  report: null,
};

describe('the removal of somebody else', () => {
  it('takes two who are not that somebody', () => {
    expect(actsOf(asked, 1)).toEqual(['stop']);
    expect(actsOf(asked, 2)).toEqual(['stop', 'agree']);
    expect(actsOf(asked, 7)).toEqual([]);
  });

  it('is undone until it is under way', () => {
    expect(actsOf({ ...asked, state: 'waiting' }, 1)).toEqual(['giveBack']);
    expect(['burying', 'cancelled', 'done'].map((state) => actsOf({ ...asked, state }, 1))).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('is known by its state, and goes on in one that is not known', () => {
    expect(['asked', 'burying', 'done', 'new'].map((state) => stateOf({ ...asked, state }))).toEqual([
      'asked',
      'burying',
      'done',
      'burying',
    ]);
    expect(isOpen(asked)).toBe(true);
    expect(isOpen({ ...asked, state: 'cancelled' })).toBe(false);
  });
});
