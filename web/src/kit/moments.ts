import { dayOf } from './days';

/** Moments as a field of day and time has them, `2026-11-21T08:30`, in the reader's own zone. An empty text is none. */

const momentShape = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/;

/** The moment an instant is at, without its seconds. */
export function momentOf(iso: string | null): string {
  if (iso === null) {
    return '';
  }
  const at = new Date(iso);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${dayOf(at)}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

/** The instant of a moment, as the server reads it; null for none. */
export function instantOf(moment: string): string | null {
  const at = momentShape.test(moment) ? new Date(moment) : null;
  return at === null || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
