import { describe, expect, it } from 'vitest';
import type { RetentionRule } from '../api/types';
import { nextPending, ruleDaysOf, waits } from './retention';

const rule: RetentionRule = {
  id: 1,
  kind: 'files',
  days: 90,
  daysNow: 90,
  formId: null,
  version: 1,
  setBy: { id: 2, name: 'Administrator' },
  setAt: '2026-01-01T00:00:00Z',
  actsFrom: '2026-01-08T00:00:00Z',
  isPending: false,
};

describe('the days of a rule', () => {
  it('are a whole number from 1 to 3,650', () => {
    expect(['1', ' 3650 ', '365'].map(ruleDaysOf)).toEqual([1, 3650, 365]);
  });

  it('are nothing else', () => {
    expect(['0', '3651', '', '-1', '1.5', 'ten', '1e3', '٣'].map(ruleDaysOf)).toEqual(Array(8).fill(null));
  });
});

describe('a rule', () => {
  it('waits when it is new, does nothing yet, or becomes stricter', () => {
    expect(waits(null, 5)).toBe(true);
    expect(waits({ ...rule, daysNow: null }, 500)).toBe(true);
    expect(waits(rule, 89)).toBe(true);
    expect([waits(rule, 90), waits(rule, 91)]).toEqual([false, false]);
  });

  it('is told of when it is the next whose notice is over', () => {
    const later = { ...rule, id: 2, isPending: true, actsFrom: '2026-02-08T00:00:00Z' };
    const sooner = { ...rule, id: 3, isPending: true, actsFrom: '2026-02-07T00:00:00Z' };
    expect(nextPending([rule, later, sooner])?.id).toBe(3);
    expect(nextPending([rule])).toBeNull();
  });
});
