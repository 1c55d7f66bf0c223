import { useI18n } from 'vue-i18n';
import type { ExportSettings } from '../api/types';
import { isolate } from '../kit/isolate';
import { dayParts, useFormat } from '../kit/useFormat';
import { formatOf, keyOf } from './formats';

export interface ExportWords {
  /** The days between two instants, of which one may be missing. */
  days: (from: string | null, before: string | null) => string;
  /** What an export holds, in short pieces. */
  pieces: (settings: ExportSettings) => string[];
}

/** Says in words what settings mean. */
export function useExportWords(): ExportWords {
  const { t, locale } = useI18n();
  const format = useFormat();

  function days(from: string | null, before: string | null): string {
    const written = new Intl.DateTimeFormat(locale.value, dayParts);
    const first = from === null ? null : new Date(from);
    const last = before === null ? null : new Date(new Date(before).getTime() - 1);
    if (first !== null && last !== null) {
      return written.formatRange(first, last);
    }
    if (first !== null) {
      return t('exports.since', { day: written.format(first) });
    }
    return last === null ? t('exports.anyDay') : t('exports.until', { day: written.format(last) });
  }

  function pieces(settings: ExportSettings): string[] {
    const { from, before, reviewStates, filter, columns, language } = settings;
    const hasLabels = settings.labels === true || settings.labelHeadings === true;
    return [
      t(`exports.formats.${keyOf(formatOf(settings.format))}.name`),
      ...(hasLabels && language ? [t('exports.sum.labelsIn', { language: isolate(language) })] : []),
      ...(hasLabels && !language ? [t('exports.sum.labels')] : []),
      ...(from || before ? [days(from ?? null, before ?? null)] : []),
      ...(reviewStates ? [format.list(reviewStates.map((state) => t(`submissions.reviews.${state}`)))] : []),
      ...(columns ? [t('exports.chosenColumns')] : []),
      ...(filter ? [t('exports.filtered')] : []),
    ];
  }

  return { days, pieces };
}
