import { describe, expect, it } from 'vitest';
import type { RetentionRule } from '../api/types';
import { pendingOf, waits } from './retention';

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

describe('a rule', () => {
  it('waits when it is new, does nothing yet, or becomes stricter', () => {
    expect(waits(null, 5)).toBe(true);
    expect(waits({ ...rule, daysNow: null }, 500)).toBe(true);
    expect(waits(rule, 89)).toBe(true);
    expect([waits(rule, 90), waits(rule, 91)]).toEqual([false, false]);
  });

  it('is told of while its notice is not over, the next to act first', () => {
    const later = { ...rule, id: 2, isPending: true, actsFrom: '2026-02-08T00:00:00Z' };
    const sooner = { ...rule, id: 3, isPending: true, actsFrom: '2026-02-07T00:00:00Z' };
    expect(pendingOf([rule, later, sooner]).map((one) => one.id)).toEqual([3, 2]);
    expect(pendingOf([rule])).toEqual([]);
  });
});
