import { ask, path } from './client';
import type { ActivityPage } from './types';

/** Which lines of the book of activities are wanted; null members leave everything in. */
export interface ActivityQuery {
  project: string | null;
  actor: string | null;
  action: string | null;
  kind: string | null;
  /** The first instant. */
  since: string | null;
  /** The first instant that is too late. */
  until: string | null;
}

export const activityFormats = ['csv', 'json'] as const;
export type ActivityFormat = (typeof activityFormats)[number];

/** Reads what was done, newest first; `before` is the `next` of the page before. */
export function listActivity(
  wanted: ActivityQuery,
  before: string | null,
  signal?: AbortSignal,
): Promise<ActivityPage> {
  return ask<ActivityPage>(path('activity'), { query: { ...wanted, before }, signal });
}

/** Where the same lines are had as a file. */
export function activityFileUrl(wanted: ActivityQuery, format: ActivityFormat): string {
  const query = new URLSearchParams({ format });
  for (const [name, value] of Object.entries(wanted)) {
    if (typeof value === 'string') {
      query.set(name, value);
    }
  }
  return `${path('activity', 'file')}?${query.toString()}`;
}
