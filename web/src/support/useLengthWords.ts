import { useI18n } from 'vue-i18n';
import { useFormat } from '../kit/useFormat';

const minutesOfHour = 60;
const minutesOfDay = 1440;

/** Says a length in the largest unit that fits: days, hours or minutes. */
export function useLengthWords(): (minutes: number) => string {
  const { t } = useI18n();
  const format = useFormat();
  return (minutes) => {
    const [unit, size] =
      minutes % minutesOfDay === 0
        ? (['days', minutesOfDay] as const)
        : minutes % minutesOfHour === 0
          ? (['hours', minutesOfHour] as const)
          : (['minutes', 1] as const);
    const count = minutes / size;
    return t(`support.${unit}`, count, { named: { number: format.number(count) } });
  };
}
