import type { LocationQuery } from 'vue-router';
import type { ActivityQuery } from '../../api/activity';
import { beginOf, endOf, isDay } from '../../kit/days';

/** What of the activity is asked for, as the address of the page has it: numbers, codes and days, never a name. */
export interface ActivityWish {
  /** The number of a person or phone; 0 for the server itself. */
  person: string | null;
  action: string | null;
  /** What kind of thing it was done to. */
  kind: string | null;
  project: string | null;
  /** The first day, in the reader's zone. */
  from: string | null;
  /** The last day. */
  to: string | null;
}

export const wishNames = ['person', 'action', 'kind', 'project', 'from', 'to'] as const;
export type WishName = (typeof wishNames)[number];

export const noWish: ActivityWish = {
  person: null,
  action: null,
  kind: null,
  project: null,
  from: null,
  to: null,
};

const isNumber = (text: string): boolean => /^\d{1,18}$/.test(text);
const isRight: Record<WishName, (text: string) => boolean> = {
  person: isNumber,
  action: (text) => /^[a-z_]+\.[a-z_]+$/.test(text),
  kind: (text) => /^[a-z_]+$/.test(text),
  project: isNumber,
  from: isDay,
  to: isDay,
};

/** Reads the address; what is no filter is passed over. */
export function wishOf(query: LocationQuery): ActivityWish {
  const wish = { ...noWish };
  for (const name of wishNames) {
    const text = query[name];
    wish[name] = typeof text === 'string' && isRight[name](text) ? text : null;
  }
  return wish;
}

/** What the address says of a wish. */
export function addressOf(wish: ActivityWish): Record<string, string> {
  return Object.fromEntries(
    wishNames.flatMap((name) => (wish[name] === null ? [] : [[name, wish[name]] as const])),
  );
}

/** What the server is asked: days become the instants at which they begin and end where the reader is. */
export function asked(wish: ActivityWish, project: string | null): ActivityQuery {
  return {
    project: project ?? wish.project,
    actor: wish.person,
    action: wish.action,
    kind: wish.kind,
    since: wish.from === null ? null : beginOf(wish.from),
    until: wish.to === null ? null : endOf(wish.to),
  };
}
