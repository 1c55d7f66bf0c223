import type { RetentionRule } from '../api/types';

/** What a rule can take away, the mildest last. */
export const kinds = ['delete', 'confidential', 'files', 'sender'] as const;

/** The days after which a rule can act. */
export const fewestDays = 1;
export const mostDays = 3650;

/** Whether other days are stricter than those that count now, so that people are told before. */
export function waits(rule: RetentionRule | null, days: number): boolean {
  return rule === null || rule.daysNow === null || days < rule.daysNow;
}

/** The rules whose notice is not over, the next to act first. */
export function pendingOf(rules: readonly RetentionRule[]): RetentionRule[] {
  return rules
    .filter((rule) => rule.isPending)
    .sort((one, other) => Date.parse(one.actsFrom) - Date.parse(other.actsFrom));
}
