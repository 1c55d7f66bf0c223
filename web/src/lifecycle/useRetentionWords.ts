import { useI18n } from 'vue-i18n';
import type { RetentionPreview, RetentionRule } from '../api/types';
import { useFormat } from '../kit/useFormat';

/** Says in words what a retention rule means, and what it would touch. */
export interface RetentionWords {
  after: (days: number) => string;
  form: (id: string | null) => string;
  found: (count: RetentionPreview | undefined) => string;
  /** What a button does to which rule, for who hears the page. */
  named: (verb: 'change' | 'takeBack', rule: RetentionRule) => string;
}

export function useRetentionWords(): RetentionWords {
  const { t } = useI18n();
  const format = useFormat();

  const counted = (key: 'after' | 'held' | 'encrypted', number: number): string =>
    t(`retention.counts.${key}`, { number: format.number(number) }, number);
  const after = (days: number): string => counted('after', days);

  function found(count: RetentionPreview | undefined): string {
    if (count === undefined) {
      return '';
    }
    const parts = [
      count.oldest === null || count.newest === null
        ? t('retention.foundNone')
        : t(
            'retention.found',
            {
              number: format.number(count.submissions),
              oldest: format.day(count.oldest.slice(0, 10)),
              newest: format.day(count.newest.slice(0, 10)),
            },
            count.submissions,
          ),
      ...(count.held > 0 ? [counted('held', count.held)] : []),
      ...(count.encrypted > 0 ? [counted('encrypted', count.encrypted)] : []),
    ];
    return parts.join(' ');
  }

  return {
    after,
    form: (id) => (id === null ? t('retention.allForms') : id === '' ? t('retention.formGone') : id),
    found,
    named: (verb, rule) =>
      `${t(verb === 'change' ? 'retention.change' : 'retention.takeBack')}: ${t(`retention.kinds.${rule.kind}`)}, ${after(rule.days)}`,
  };
}
