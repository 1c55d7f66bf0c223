import type { RetentionRule } from '../api/types';

/** What a rule can take away, the mildest last. */
export const kinds = ['delete', 'confidential', 'files', 'sender'] as const;

const most = 3650;

/** Reads a number of days from 1 to 3,650 in digits; null for anything else. */
export function ruleDaysOf(text: string): number | null {
  const trimmed = text.trim();
  const days = /^\d{1,4}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return days >= 1 && days <= most ? days : null;
}

/** Whether other days are stricter than those that count now, so that people are told before. */
export function waits(rule: RetentionRule | null, days: number): boolean {
  return rule === null || rule.daysNow === null || days < rule.daysNow;
}

/** The rule whose notice is over first; null when none waits. */
export function nextPending(rules: readonly RetentionRule[]): RetentionRule | null {
  return (
    rules
      .filter((rule) => rule.isPending)
      .sort((one, other) => Date.parse(one.actsFrom) - Date.parse(other.actsFrom))[0] ?? null
  );
}
