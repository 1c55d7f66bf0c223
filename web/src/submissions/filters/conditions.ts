/** What a field holds, which decides how it can be asked. */
export type FieldKind =
  | 'text'
  | 'number'
  | 'date'
  | 'time'
  | 'instant'
  | 'oneChoice'
  | 'manyChoices'
  | 'place'
  | 'file'
  | 'truth'
  | 'repeat';

/** Ways to ask. Each kind of field has some of them. */
export const operators = [
  'contains',
  'notContains',
  'startsWith',
  'is',
  'isNot',
  'less',
  'atMost',
  'more',
  'atLeast',
  'between',
  'on',
  'before',
  'after',
  'lastDays',
  'anyOf',
  'noneOf',
  'hasAny',
  'hasAll',
  'hasNone',
  'near',
  'inBox',
  'yes',
  'no',
  'notEmpty',
  'empty',
] as const;

export type Operator = (typeof operators)[number];

/** Something that can be asked: a question, a repeat, or what is known about a submission. */
export interface FilterField {
  /** The path of the question or repeat, or the server's name for a fact, such as `__system/reviewState`. */
  key: string;
  kind: FieldKind;
  label: string;
  name: string;
  /** The labels of the groups and repeats around it. */
  within: readonly string[];
  /** Path of the repeat in which it is asked; null for the submission itself. */
  repeat: string | null;
  /** Null when any text can be an answer. */
  choices: readonly { name: string; label: string }[] | null;
  /** Whether it may have no value. */
  canBeEmpty: boolean;
}

/** One filter. Dates are `yyyy-mm-dd`, times `hh:mm`, numbers with a point, whatever the reader's language. */
export interface Condition {
  field: string;
  operator: Operator;
  values: readonly string[];
}

const byKind: Record<FieldKind, readonly Operator[]> = {
  text: ['contains', 'notContains', 'startsWith', 'is', 'isNot'],
  number: ['is', 'isNot', 'less', 'atMost', 'more', 'atLeast', 'between'],
  date: ['on', 'before', 'after', 'between', 'lastDays'],
  time: ['on', 'before', 'after', 'between'],
  instant: ['on', 'before', 'after', 'between', 'lastDays'],
  oneChoice: ['anyOf', 'noneOf'],
  manyChoices: ['hasAny', 'hasAll', 'hasNone'],
  place: ['near', 'inBox'],
  file: [],
  truth: ['yes', 'no'],
  repeat: [],
};

/** The ways a field can be asked, the usual one first. */
export function operatorsOf(field: FilterField): readonly Operator[] {
  return field.canBeEmpty ? [...byKind[field.kind], 'notEmpty', 'empty'] : byKind[field.kind];
}

const without: readonly Operator[] = ['empty', 'notEmpty', 'yes', 'no'];
const listed: readonly Operator[] = ['anyOf', 'noneOf', 'hasAny', 'hasAll', 'hasNone'];

/** How many values an operator takes; null for one or more. */
export function valueCount(operator: Operator): number | null {
  if (without.includes(operator)) {
    return 0;
  }
  if (listed.includes(operator)) {
    return null;
  }
  return operator === 'between' ? 2 : operator === 'near' ? 3 : operator === 'inBox' ? 4 : 1;
}

/** Tells whether a condition can be asked of its field as it stands. */
export function isComplete(condition: Condition, field: FilterField): boolean {
  const { operator, values } = condition;
  const count = valueCount(operator);
  return (
    operatorsOf(field).includes(operator) &&
    (count === null ? values.length > 0 : values.length === count) &&
    values.every((value, index) => isValue(value, field, operator, index)) &&
    (operator !== 'inBox' || Number(values[0]) <= Number(values[2]))
  );
}

const number = /^-?(\d+(\.\d*)?|\.\d+)$/;
const mostDays = 36_500;

function isValue(value: string, field: FilterField, operator: Operator, index: number): boolean {
  if (operator === 'near') {
    const most = [90, 180, 20_040_000][index] ?? 0;
    return number.test(value) && Math.abs(Number(value)) <= most && (index < 2 || Number(value) > 0);
  }
  if (operator === 'inBox') {
    return number.test(value) && Math.abs(Number(value)) <= (index % 2 === 0 ? 90 : 180);
  }
  if (operator === 'lastDays') {
    return /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= mostDays;
  }
  switch (field.kind) {
    case 'number':
      return number.test(value);
    case 'date':
    case 'instant':
      return /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));
    case 'time':
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(value);
    default:
      return value !== '';
  }
}

/** Separates what can be asked of these fields from what cannot, as of a link made for an older form. */
export function sortOut(
  conditions: readonly Condition[],
  fields: ReadonlyMap<string, FilterField>,
): { usable: Condition[]; unusable: Condition[] } {
  const isUsable = (condition: Condition): boolean => {
    const field = fields.get(condition.field);
    return field !== undefined && isComplete(condition, field);
  };
  return {
    usable: conditions.filter(isUsable),
    unusable: conditions.filter((condition) => !isUsable(condition)),
  };
}
