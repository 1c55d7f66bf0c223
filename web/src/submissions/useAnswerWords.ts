import { useI18n } from 'vue-i18n';
import { useFormat } from '../kit/useFormat';

export interface AnswerWords {
  /** An answer without choices as a person reads it; `isShort` where the zone is said elsewhere. */
  words: (value: string, type: string, isShort?: boolean) => string;
}

/** Writes days, times, instants and places as the reader's language and zone have them; all else as it was answered. */
export function useAnswerWords(): AnswerWords {
  const { t } = useI18n();
  const format = useFormat();

  function instant(value: string, isShort: boolean): string {
    if (Number.isNaN(Date.parse(value))) {
      return value;
    }
    return isShort ? format.shortInstant(value) : format.instant(value);
  }

  function point(value: string, isShort: boolean): string {
    const [latitude = '', longitude = '', , accuracy = ''] = value.trim().split(/\s+/);
    const metres = Number(accuracy);
    if (longitude === '' || value.includes(';')) {
      return value;
    }
    // Left to right whatever the page's direction: a pair of numbers is no sentence.
    const pair = `\u2066${latitude}, ${longitude}\u2069`;
    return isShort || accuracy === '' || !(metres > 0)
      ? pair
      : t('records.accuracy', { place: pair, metres: format.number(metres) });
  }

  function words(value: string, type: string, isShort = false): string {
    switch (value === '' ? '' : type) {
      case 'date':
        return format.day(value);
      case 'time':
        return format.time(value);
      case 'dateTime':
        return instant(value, isShort);
      case 'geopoint':
        return point(value, isShort);
      default:
        return value;
    }
  }

  return { words };
}
