import { useI18n } from 'vue-i18n';
import { isolate } from '../../kit/isolate';
import { useFormat } from '../../kit/useFormat';
import type { FieldKind, FilterField, Operator } from '../filters/conditions';
import { useFilterWords } from '../filters/useFilterWords';
import { factNames } from './rowCondition';

/** A condition as it is kept (docs/formats/conditions.md). */
interface Kept {
  all?: readonly Kept[];
  any?: readonly Kept[];
  not?: Kept;
  anyIn?: string;
  where?: Kept;
  field?: string;
  fact?: string;
  op?: string;
  value?: unknown;
  values?: readonly unknown[];
}

const numeric: Readonly<Record<string, Operator>> = {
  '<': 'less',
  '≤': 'atMost',
  '>': 'more',
  '≥': 'atLeast',
};
const opposites: Partial<Record<Operator, Operator>> = {
  empty: 'notEmpty',
  contains: 'notContains',
  is: 'isNot',
  anyOf: 'noneOf',
  hasAny: 'hasNone',
};

/** Says a condition that is kept in the reader's language. */
export function useRowConditionWords(): (kept: unknown, fields: ReadonlyMap<string, FilterField>) => string {
  const { t } = useI18n();
  const format = useFormat();
  const { phrase } = useFilterWords();

  /** The way of asking that the page knows; null when it has no word of its own for it. */
  function operatorOf(op: string, field: FilterField, value: unknown): Operator | null {
    const isChoice = field.kind === 'oneChoice' || field.kind === 'manyChoices';
    const some = field.kind === 'manyChoices' ? 'hasAny' : 'anyOf';
    switch (op) {
      case '=':
        if (field.kind === 'truth') {
          return value === true ? 'yes' : 'no';
        }
        return isChoice ? some : isDay(field) ? 'on' : 'is';
      case '≠':
      case '!=':
        return isChoice ? (opposites[some] ?? null) : isDay(field) ? null : 'isNot';
      case 'in':
        return some;
      case 'contains':
        return isChoice ? some : 'contains';
      case 'starts-with':
        return 'startsWith';
      case 'between':
        return 'between';
      case 'is-empty':
        return 'empty';
      case 'within-polygon':
        return 'inBox';
      case '<':
        return isDay(field) ? 'before' : 'less';
      case '>':
        return isDay(field) ? 'after' : 'more';
      default:
        return isDay(field) ? null : (numeric[op] ?? null);
    }
  }

  /** A question that is not at hand, by its name and of the kind that its values are; null when they do not say. */
  function guess(kept: Kept, key: string): FilterField | null {
    const kind = kindOf(kept);
    const name = kept.field?.split('/').at(-1) ?? '';
    const label = kept.field === undefined ? `filters.facts.${key.replace('__system/', '')}` : '';
    return kind === null || (label !== '' && key === '')
      ? null
      : {
          key,
          kind,
          label: label === '' ? name : t(label),
          name,
          within: [],
          repeat: null,
          choices: null,
          canBeEmpty: true,
        };
  }

  function comparison(kept: Kept, fields: ReadonlyMap<string, FilterField>, isNot: boolean): string {
    const key = kept.field ?? Object.keys(factNames).find((name) => factNames[name] === kept.fact) ?? '';
    const field = fields.get(key) ?? guess(kept, key);
    const op = kept.op ?? '';
    const given = kept.values ?? (kept.value === undefined ? [] : [kept.value]);
    const plain = (words: string): string => (isNot ? t('limited.not', { what: words }) : words);
    if (field === null) {
      const name = kept.field?.split('/').at(-1) ?? kept.fact ?? '';
      return plain([isolate(name), op, given.map(String).join(', ')].join(' ').trim());
    }
    const values = given.map((value) => (field.kind === 'instant' ? dayOf(String(value)) : String(value)));
    const operator = operatorOf(op, field, kept.value);
    const asked = isNot && operator !== null ? (opposites[operator] ?? null) : operator;
    const saying = (words: string): string => `${isolate(field.label)} ${words}`;
    if (asked !== null) {
      return saying(phrase({ field: key, operator: asked, values }, field));
    }
    const [first = ''] = values;
    const bound =
      op === '≥' || op === '>=' ? 'limited.from' : op === '≤' || op === '<=' ? 'limited.upTo' : null;
    if (operator !== null) {
      return plain(saying(phrase({ field: key, operator, values }, field)));
    }
    return plain(saying(bound === null ? `${op} ${first}` : t(bound, { first: format.day(first) })));
  }

  function wordsOf(kept: Kept, fields: ReadonlyMap<string, FilterField>): string {
    const listed = (parts: readonly Kept[], word: string): string =>
      parts
        .map((part) => {
          const words = wordsOf(part, fields);
          return part.all === undefined && part.any === undefined ? words : `(${words})`;
        })
        .join(word);
    if (kept.all !== undefined) {
      return listed(kept.all, t('limited.and'));
    }
    if (kept.any !== undefined) {
      return listed(kept.any, t('limited.or'));
    }
    if (kept.where !== undefined) {
      const repeat = fields.get(kept.anyIn ?? '')?.label ?? kept.anyIn?.split('/').at(-1) ?? '';
      return t('filters.inAnyRow', { words: wordsOf(kept.where, fields), repeat: isolate(repeat) });
    }
    if (kept.not !== undefined) {
      return kept.not.op === undefined
        ? t('limited.not', { what: wordsOf(kept.not, fields) })
        : comparison(kept.not, fields, true);
    }
    return comparison(kept, fields, false);
  }

  return (kept, fields) => (isKept(kept) ? wordsOf(kept, fields) : '');
}

/** The kind of what a comparison compares with, as far as it can be seen from it. */
function kindOf({ op = '', value, values }: Kept): FieldKind | null {
  const [first] = values ?? [value];
  if (typeof first === 'string' && /^\d{4}-\d\d-\d\d/.test(first)) {
    return first.length === '2026-01-01'.length ? 'date' : 'instant';
  }
  if (op === 'within-polygon') {
    return 'place';
  }
  if (['in', 'contains', 'starts-with', 'is-empty'].includes(op)) {
    return 'text';
  }
  switch (typeof first) {
    case 'boolean':
      return 'truth';
    case 'number':
      return 'number';
    default:
      return ['=', '≠', '!='].includes(op) ? 'text' : null;
  }
}

const isKept = (kept: unknown): kept is Kept => typeof kept === 'object' && kept !== null;

const isDay = (field: FilterField): boolean =>
  field.kind === 'date' || field.kind === 'time' || field.kind === 'instant';

/** The day of an instant where the reader is. */
function dayOf(instant: string): string {
  const at = new Date(instant);
  return Number.isNaN(at.getTime())
    ? instant
    : [at.getFullYear(), at.getMonth() + 1, at.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-');
}
