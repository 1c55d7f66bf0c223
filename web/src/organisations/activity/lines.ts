import type { ActivityItem } from '../../api/types';

/** A line of the list: something that was done, and how often in a row. */
export interface ActivityLines {
  item: ActivityItem;
  count: number;
}

/** Makes one line of the same thing done again and again by the same person. */
export function linesOf(items: readonly ActivityItem[]): ActivityLines[] {
  const lines: ActivityLines[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (
      last !== undefined &&
      last.item.action === item.action &&
      last.item.actor.id === item.actor.id &&
      last.item.supportGrant === item.supportGrant &&
      last.item.project === item.project &&
      last.item.subject === item.subject &&
      last.item.detail === item.detail
    ) {
      last.count++;
    } else {
      lines.push({ item, count: 1 });
    }
  }
  return lines;
}
