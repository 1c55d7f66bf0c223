import { describe, expect, it } from 'vitest';
import { areTurned, beginOf, dayOf, endOf, firstOfLast, isDay } from './days';

describe('days', () => {
  it('begin and end at midnight of the reader, also when a day is not 24 hours long', () => {
    expect(beginOf('2026-03-29')).toBe(new Date(2026, 2, 29).toISOString());
    expect(endOf('2026-03-29')).toBe(new Date(2026, 2, 30).toISOString());
    expect(endOf('2026-12-31')).toBe(new Date(2027, 0, 1).toISOString());
    expect([beginOf(''), endOf('soon')]).toEqual([null, null]);
  });

  it('count back with today', () => {
    const now = new Date(2026, 10, 21, 23, 59);
    expect([dayOf(now), firstOfLast(1, now), firstOfLast(30, now)]).toEqual([
      '2026-11-21',
      '2026-11-21',
      '2026-10-23',
    ]);
  });

  it('may be the same, or open, but not turned', () => {
    expect(areTurned('2026-11-21', '2026-11-21')).toBe(false);
    expect(areTurned('2026-11-22', '2026-11-21')).toBe(true);
    expect(areTurned('', '2026-11-21')).toBe(false);
  });

  it('are days of the calendar', () => {
    expect(['2026-11-21', '2024-02-29'].every(isDay)).toBe(true);
    expect(['', '2026-02-29', '2026-13-01', '0202-11-21', '2026-11-2', 'today'].some(isDay)).toBe(false);
  });
});
