import type { Condition, FilterField } from './conditions';

/** Writes conditions as the server's filters (OData's `$filter`); all of them must hold. Null when there are none. */
export function filterText(
  conditions: readonly Condition[],
  fields: ReadonlyMap<string, FilterField>,
  now: Date,
): string | null {
  const parts = conditions.flatMap((condition) => {
    const field = fields.get(condition.field);
    return field === undefined ? [] : [partOf(condition, field, now)];
  });
  return parts.length === 0 ? null : parts.join(' and ');
}

function partOf(condition: Condition, field: FilterField, now: Date): string {
  if (field.kind === 'repeat') {
    const any = `${field.key.slice(1)}/any()`;
    return condition.operator === 'empty' ? `not ${any}` : any;
  }
  if (field.repeat === null) {
    return `(${expressionOf(condition, field, pathOf(field.key), now)})`;
  }
  const path = `r/${field.key.slice(field.repeat.length + 1)}`;
  return `${field.repeat.slice(1)}/any(r: ${expressionOf(condition, field, path, now)})`;
}

const pathOf = (key: string): string => (key.startsWith('/') ? key.slice(1) : key);
const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const lower = (text: string): string => `tolower(${text})`;

function expressionOf(condition: Condition, field: FilterField, path: string, now: Date): string {
  const { operator, values } = condition;
  const [first = '', second = ''] = values;
  switch (operator) {
    case 'empty':
      return `${path} eq null`;
    case 'notEmpty':
      return `${path} ne null`;
    case 'contains':
      return `contains(${lower(path)},${lower(quote(first))})`;
    case 'notContains':
      return `not contains(${lower(path)},${lower(quote(first))})`;
    case 'startsWith':
      return `startswith(${lower(path)},${lower(quote(first))})`;
    case 'hasAny':
      return values.map((value) => `selected(${path},${quote(value)})`).join(' or ');
    case 'hasAll':
      return values.map((value) => `selected(${path},${quote(value)})`).join(' and ');
    case 'hasNone':
      return values.map((value) => `not selected(${path},${quote(value)})`).join(' and ');
    case 'anyOf':
      return choiceOf(field, path, values);
    case 'noneOf':
      return `not (${choiceOf(field, path, values)})`;
    case 'near':
      return `near(${path},${values.map(asNumber).join(',')})`;
    case 'inBox':
      return `within(${path},${values.map(asNumber).join(',')})`;
    case 'yes':
      return truthOf(field, path, true);
    case 'no':
      return truthOf(field, path, false);
    case 'is':
    case 'isNot':
      return isOf(field, path, operator === 'is' ? 'eq' : 'ne', first);
    case 'less':
      return `${path} lt ${asNumber(first)}`;
    case 'atMost':
      return `${path} le ${asNumber(first)}`;
    case 'more':
      return `${path} gt ${asNumber(first)}`;
    case 'atLeast':
      return `${path} ge ${asNumber(first)}`;
    default:
      return spanOf(field, path, operator, first, second, now);
  }
}

/** A number as the server reads it: `.5` and `5.` have their zero. */
const asNumber = (value: string): string => String(Number(value));

function isOf(field: FilterField, path: string, comparison: 'eq' | 'ne', value: string): string {
  return field.kind === 'number'
    ? `${path} ${comparison} ${asNumber(value)}`
    : `${lower(path)} ${comparison} ${lower(quote(value))}`;
}

/** Stands for a submission that nobody has reviewed; the server has nothing there. */
export const notReviewed = 'received';

/** Choices that are numbers to the server. */
const numericChoices = ['__system/submitterId', '__system/deploymentId', '__system/stageId'];

function choiceOf(field: FilterField, path: string, values: readonly string[]): string {
  const isNumeric = numericChoices.includes(field.key);
  const isReview = field.key === '__system/reviewState';
  const named = values.filter((value) => !isReview || value !== notReviewed);
  const parts = named.length === values.length ? [] : [`${path} eq null`];
  if (named.length > 0) {
    parts.push(
      `${path} in (${named.map((value) => (isNumeric ? asNumber(value) : quote(value))).join(',')})`,
    );
  }
  return parts.join(' or ');
}

function truthOf(field: FilterField, path: string, isTrue: boolean): string {
  return field.key === '__system/edits' ? `${path} ${isTrue ? 'gt' : 'eq'} 0` : `${path} eq ${isTrue}`;
}

function spanOf(
  field: FilterField,
  path: string,
  operator: Condition['operator'],
  first: string,
  second: string,
  now: Date,
): string {
  if (operator === 'between' && field.kind === 'number') {
    return `${path} ge ${asNumber(first)} and ${path} le ${asNumber(second)}`;
  }
  if (field.kind === 'time') {
    return timeSpan(path, operator, first, second);
  }
  const [from, through] =
    operator === 'lastDays'
      ? [dayAfter(dayOf(now), 1 - Number(first)), dayOf(now)]
      : operator === 'between'
        ? [first, second]
        : [first, first];
  return field.kind === 'date'
    ? dateSpan(path, operator, from, through)
    : instantSpan(path, operator, from, through);
}

function timeSpan(path: string, operator: Condition['operator'], first: string, second: string): string {
  switch (operator) {
    case 'before':
      return `${path} lt ${first}:00`;
    case 'after':
      return `${path} gt ${first}:59.999`;
    default:
      return `${path} ge ${first}:00 and ${path} le ${operator === 'between' ? second : first}:59.999`;
  }
}

function dateSpan(path: string, operator: Condition['operator'], from: string, through: string): string {
  switch (operator) {
    case 'on':
      return `${path} eq ${from}`;
    case 'before':
      return `${path} lt ${from}`;
    case 'after':
      return `${path} gt ${through}`;
    default:
      return `${path} ge ${from} and ${path} le ${through}`;
  }
}

// Days begin and end where the reader is.
function instantSpan(path: string, operator: Condition['operator'], from: string, through: string): string {
  const start = midnight(from);
  const end = midnight(dayAfter(through, 1));
  switch (operator) {
    case 'before':
      return `${path} lt ${start}`;
    case 'after':
      return `${path} ge ${end}`;
    default:
      return `${path} ge ${start} and ${path} lt ${end}`;
  }
}

function localDay(day: string, days: number): Date {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const at = new Date(2000, 0, 1);
  at.setFullYear(year, month - 1, date + days);
  return at;
}

const midnight = (day: string): string => localDay(day, 0).toISOString();
const dayAfter = (day: string, days: number): string => dayOf(localDay(day, days));

/** The calendar day of an instant where the reader is. */
export function dayOf(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}
