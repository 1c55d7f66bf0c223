import { useI18n } from 'vue-i18n';

/** Writes instants, numbers and sizes as the reader's language and zone have them. */
export interface Format {
  number: (value: number) => string;
  /** A size in bytes, in the unit that fits. */
  size: (bytes: number) => string;
  /** Date and time with the zone. */
  instant: (iso: string) => string;
  /** From one instant to another with the zone; what both share is said once. */
  span: (from: string, to: string) => string;
  /** The month an instant falls in, with its year. */
  month: (iso: string) => string;
  /** Date and time, where the zone is said elsewhere. */
  shortInstant: (iso: string) => string;
  /** A calendar day, `yyyy-mm-dd`; anything else as it is. */
  day: (day: string) => string;
  /** The day an instant falls on where the reader is. */
  dayOf: (iso: string) => string;
  /** A time of day as a clock showed it, `hh:mm…`; anything else as it is. */
  time: (time: string) => string;
  /** “3 hours ago”. */
  since: (iso: string) => string;
  /** The reader's zone, for example “CET”. */
  zone: () => string;
  list: (items: readonly string[]) => string;
}

const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** Of a calendar day. Months are named: no reader takes the day for the month. */
export const dayParts = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const dateParts = {
  ...dayParts,
  hour: '2-digit',
  minute: '2-digit',
} as const;
const sizeUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function useFormat(): Format {
  const { locale } = useI18n();

  function size(bytes: number): string {
    let value = bytes;
    let unit = 0;
    while (value >= 1000 && unit < sizeUnits.length - 1) {
      value /= 1000;
      unit++;
    }
    return new Intl.NumberFormat(locale.value, {
      style: 'unit',
      unit: sizeUnits[unit] ?? 'byte',
      unitDisplay: unit === 0 ? 'long' : 'short',
      maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
    }).format(value);
  }

  function since(iso: string): string {
    const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
    const format = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' });
    for (const [unit, length] of steps) {
      if (Math.abs(seconds) >= length) {
        return format.format(Math.round(seconds / length), unit);
      }
    }
    return format.format(0, 'second');
  }

  function day(text: string): string {
    const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(at)
      ? text
      : new Intl.DateTimeFormat(locale.value, { ...dayParts, timeZone: 'UTC' }).format(at);
  }

  function time(text: string): string {
    const [, clock = ''] = /^(\d\d:\d\d)/.exec(text) ?? [];
    const at = Date.parse(`2000-01-01T${clock}:00Z`);
    return Number.isNaN(at)
      ? text
      : new Intl.DateTimeFormat(locale.value, { timeStyle: 'short', timeZone: 'UTC' }).format(at);
  }

  function zone(): string {
    const parts = new Intl.DateTimeFormat(locale.value, { timeZoneName: 'short' }).formatToParts(new Date());
    return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
  }

  return {
    number: (value) => new Intl.NumberFormat(locale.value).format(value),
    size,
    instant: (iso) =>
      new Intl.DateTimeFormat(locale.value, { ...dateParts, timeZoneName: 'short' }).format(new Date(iso)),
    span: (from, to) =>
      new Intl.DateTimeFormat(locale.value, { ...dateParts, timeZoneName: 'short' }).formatRange(
        new Date(from),
        new Date(to),
      ),
    month: (iso) =>
      new Intl.DateTimeFormat(locale.value, { year: 'numeric', month: 'long' }).format(new Date(iso)),
    shortInstant: (iso) => new Intl.DateTimeFormat(locale.value, dateParts).format(new Date(iso)),
    day,
    dayOf: (iso) => new Intl.DateTimeFormat(locale.value, dayParts).format(new Date(iso)),
    time,
    since,
    zone,
    list: (items) => new Intl.ListFormat(locale.value, { type: 'conjunction' }).format(items),
  };
}
