import { useI18n } from 'vue-i18n';
import type { Limits, LimitedProject, Suspension } from '../api/types';
import { useFormat } from '../kit/useFormat';
import { isolate } from '../kit/isolate';
import { limitNames, type LimitName } from './limits';

/** Limits, what is used of them, and suspensions in words. */
export function useLimitWords() {
  const { t } = useI18n();
  const format = useFormat();
  const value = (name: LimitName, amount: number): string =>
    name === 'storedBytes' ? format.size(amount) : format.number(amount);

  /** Each limit of its own, such as “500 submissions an hour”. */
  function limits(set: Limits): string[] {
    return limitNames.flatMap((name) => {
      const most = set[name] ?? null;
      return most === null ? [] : [t(`limits.most.${name}`, { number: value(name, most) }, most)];
    });
  }

  function use(one: LimitedProject): string | null {
    return one.use === null
      ? null
      : t('limits.use', {
          hour: format.number(one.use.submissionsThisHour),
          day: format.number(one.use.submissionsToday),
          size: format.size(one.use.storedBytes),
        });
  }

  function suspension(one: Suspension): string {
    const since = format.instant(one.since);
    return one.until === null
      ? t('limits.suspendedSince', { since })
      : t('limits.suspendedUntil', { since, until: format.instant(one.until) });
  }

  const project = (one: { id: number; name: string | null }): string =>
    one.name === null
      ? t('limits.projectNumber', { number: String(one.id) })
      : t('limits.projectNamed', { number: String(one.id), name: isolate(one.name) });

  return { limits, use, suspension, project };
}
