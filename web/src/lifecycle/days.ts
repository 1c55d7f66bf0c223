const most = 180;

/** Reads a number of days from 0 to 180 in digits; null for anything else. */
export function daysOf(text: string): number | null {
  const trimmed = text.trim();
  const days = /^\d{1,3}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  return days <= most ? days : null;
}
