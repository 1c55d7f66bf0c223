/** Days as a date field has them, `2026-11-21`, in the reader's own zone. An empty text is no day. */

const dayShape = /^(\d{4,6})-(\d{2})-(\d{2})$/;
/** No server has anything from before. */
const firstOfAll = '2000-01-01';

/** The instant a day begins, as the server reads it; null for no day. */
export function beginOf(day: string): string | null {
  return instantOf(day, 0);
}

/** The instant a day is over; null for no day. */
export function endOf(day: string): string | null {
  return instantOf(day, 1);
}

/** Whether a text is a day of the calendar; a year that is still being typed is none. */
export function isDay(text: string): boolean {
  const begin = text.length === firstOfAll.length && text >= firstOfAll ? beginOf(text) : null;
  return begin !== null && dayOf(new Date(begin)) === text;
}

/** The day an instant lies in. */
export function dayOf(instant: Date): string {
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  return `${pad(instant.getFullYear(), 4)}-${pad(instant.getMonth() + 1, 2)}-${pad(instant.getDate(), 2)}`;
}

/** The day so many days later; an earlier one for a number below 0. An empty text for no day. */
export function dayLater(day: string, days: number): string {
  const instant = instantOf(day, days);
  return instant === null ? '' : dayOf(new Date(instant));
}

/** The first of the last `count` days, today being the last. */
export function firstOfLast(count: number, now: Date): string {
  return dayOf(new Date(now.getFullYear(), now.getMonth(), now.getDate() - count + 1));
}

/** Whether two days, each of which may be missing, lie the wrong way round. */
export function areTurned(first: string, last: string): boolean {
  const from = beginOf(first);
  const before = endOf(last);
  return from !== null && before !== null && from >= before;
}

// A day may be 23 or 25 hours long: the calendar counts, not the clock.
function instantOf(day: string, daysLater: number): string | null {
  const [, year, month, date] = dayShape.exec(day) ?? [];
  const instant = new Date(Number(year), Number(month) - 1, Number(date) + daysLater);
  return Number.isNaN(instant.getTime()) ? null : instant.toISOString();
}
