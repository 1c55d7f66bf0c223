import { useI18n } from 'vue-i18n';
import type { FormSummary, RetentionPreview, RetentionRule } from '../api/types';
import { isolate } from '../kit/isolate';
import { useFormat } from '../kit/useFormat';

/** Says in words what a retention rule means, and what it would touch. */
export interface RetentionWords {
  after: (days: number) => string;
  /** Of what a rule takes something away; a form by its title. */
  form: (id: string | null) => string;
  found: (count: RetentionPreview) => string;
  /** The rule in one phrase, where it stands beside others. */
  rule: (rule: Pick<RetentionRule, 'kind' | 'days' | 'formId'>) => string;
}

/** `forms` are those of the project, as far as they are known. */
export function useRetentionWords(forms: () => readonly FormSummary[] | undefined): RetentionWords {
  const { t } = useI18n();
  const format = useFormat();

  const counted = (key: 'after' | 'held' | 'encrypted', number: number): string =>
    t(`retention.counts.${key}`, { number: format.number(number) }, number);
  const after = (days: number): string => counted('after', days);

  function form(id: string | null): string {
    if (id === null) {
      return t('retention.allForms');
    }
    return id === '' ? t('retention.formGone') : (forms()?.find((one) => one.id === id)?.title ?? id);
  }

  function found(count: RetentionPreview): string {
    const parts = [
      count.oldest === null || count.newest === null
        ? t('retention.foundNone')
        : t(
            'retention.found',
            {
              number: format.number(count.submissions),
              oldest: format.dayOf(count.oldest),
              newest: format.dayOf(count.newest),
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
    form,
    found,
    rule: ({ kind, days, formId }) =>
      t('retention.rule', {
        kind: t(`retention.kinds.${kind}`),
        after: after(days),
        form: isolate(form(formId)),
      }),
  };
}
