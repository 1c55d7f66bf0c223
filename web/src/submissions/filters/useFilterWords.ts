import { useI18n } from 'vue-i18n';
import { isolate } from '../../kit/isolate';
import { useFormat } from '../../kit/useFormat';
import type { Condition, FilterField } from './conditions';

const mostListed = 3;

export interface FilterWords {
  /** What a filter asks, without its field: “is at least 18”. */
  phrase: (condition: Condition, field: FilterField) => string;
  /** The whole of it, for screen readers and lists. */
  sentence: (condition: Condition, field: FilterField) => string;
}

/** Says filters in the reader's language. */
export function useFilterWords(): FilterWords {
  const { t } = useI18n();
  const format = useFormat();

  function valueText(value: string, field: FilterField): string {
    const choice = field.choices?.find((one) => one.name === value);
    if (choice !== undefined) {
      return isolate(choice.label === '' ? t('filters.noName') : choice.label);
    }
    if (field.kind === 'date' || field.kind === 'instant') {
      return format.day(value);
    }
    return isolate(field.kind === 'number' ? format.number(Number(value)) : value);
  }

  function listText(values: readonly string[], field: FilterField): string {
    const shown = values.slice(0, mostListed).map((value) => valueText(value, field));
    const more = values.length - shown.length;
    const list = shown.join(t('filters.comma'));
    return more === 0 ? list : t('filters.andMore', { list, number: format.number(more) });
  }

  function phrase(condition: Condition, field: FilterField): string {
    const { operator, values } = condition;
    const [first = '', second = '', third = ''] = values;
    const key = `${field.kind === 'number' ? 'number' : 'says'}.${operator}`;
    switch (operator) {
      case 'lastDays':
        return t('filters.says.lastDays', Number(first), { named: { number: format.number(Number(first)) } });
      case 'near':
        return t('filters.says.near', {
          metres: format.number(Number(third)),
          place: isolate(`${first}, ${second}`),
        });
      case 'notEmpty':
      case 'empty':
        return t(`filters.${kindOfEmptiness(field)}.${operator}`);
      default:
        return t(`filters.${key}`, {
          list: listText(values, field),
          first: valueText(first, field),
          second: valueText(second, field),
        });
    }
  }

  function sentence(condition: Condition, field: FilterField): string {
    const words = `${isolate(field.label)} ${phrase(condition, field)}`;
    return field.repeat === null
      ? words
      : t('filters.inAnyRow', { words, repeat: isolate(field.within.at(-1) ?? '') });
  }

  return { phrase, sentence };
}

/** Which words say that a field of this kind has a value or none. */
export function kindOfEmptiness(field: FilterField): 'answers' | 'places' | 'files' | 'rows' {
  switch (field.kind) {
    case 'place':
      return 'places';
    case 'file':
      return 'files';
    case 'repeat':
      return 'rows';
    default:
      return 'answers';
  }
}
