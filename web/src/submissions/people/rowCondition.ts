import type { Condition, FilterField, Operator } from '../filters/conditions';
import { notReviewed } from '../filters/filterText';

/** Ways to ask that a role cannot be limited by: they mean other days tomorrow, or need what conditions do not know. */
export const notForRoles: readonly Operator[] = ['lastDays', 'near'];

/** The facts that conditions know, by the server's names of both. */
export const factNames: Readonly<Record<string, string>> = {
  '__system/submitterId': 'submittedBy',
  '__system/submissionDate': 'submittedOn',
  '__system/reviewState': 'reviewState',
  '__system/deploymentId': 'deployment',
};

/** Tells whether a role can be limited by a field. */
export const isForRoles = (field: FilterField): boolean =>
  field.key.startsWith('/') ? field.kind !== 'repeat' : field.key in factNames;

type Json = Record<string, unknown>;

/** Writes filters as a condition that roles are limited by (docs/formats/conditions.md): all of them must hold. */
export function rowCondition(
  conditions: readonly Condition[],
  fields: ReadonlyMap<string, FilterField>,
): Json | null {
  const parts = conditions.flatMap((condition) => {
    const field = fields.get(condition.field);
    return field === undefined ? [] : [partOf(condition, field)];
  });
  const [only] = parts;
  return only === undefined ? null : parts.length === 1 ? only : { all: parts };
}

function partOf(condition: Condition, field: FilterField): Json {
  const asked = comparisonOf(condition, field);
  return field.repeat === null ? asked : { anyIn: field.repeat, where: asked };
}

const not = (part: Json): Json => ({ not: part });

function comparisonOf({ operator, values }: Condition, field: FilterField): Json {
  const fact = factNames[field.key];
  const place: Json = fact === undefined ? { field: field.key } : { fact };
  const isNumeric = field.kind === 'number' || fact === 'submittedBy' || fact === 'deployment';
  const valueOf = (text: string): unknown => (isNumeric ? Number(text) : text);
  const [first = '', second = ''] = values;
  const one = (op: string, value: unknown = valueOf(first)): Json => ({ ...place, op, value });
  const each = (op: string): Json[] => values.map((value) => one(op, valueOf(value)));
  switch (operator) {
    case 'empty':
      return { ...place, op: 'is-empty' };
    case 'notEmpty':
      return not({ ...place, op: 'is-empty' });
    case 'contains':
      return one('contains');
    case 'notContains':
      return not(one('contains'));
    case 'startsWith':
      return one('starts-with');
    case 'is':
      return one('=');
    case 'isNot':
      return one('≠');
    case 'less':
      return one('<');
    case 'atMost':
      return one('≤');
    case 'more':
      return one('>');
    case 'atLeast':
      return one('≥');
    case 'yes':
      return one('=', true);
    case 'no':
      return one('=', false);
    case 'hasAny':
      return { any: each('contains') };
    case 'hasAll':
      return { all: each('contains') };
    case 'hasNone':
      return not({ any: each('contains') });
    case 'anyOf':
      return someOf(place, values, valueOf);
    case 'noneOf':
      return not(someOf(place, values, valueOf));
    case 'inBox':
      return { ...place, op: 'within-polygon', polygon: cornersOf(values) };
    default:
      return field.kind === 'instant'
        ? instantSpan(place, operator, first, second)
        : span(place, operator, first, second, valueOf);
  }
}

function someOf(place: Json, values: readonly string[], valueOf: (text: string) => unknown): Json {
  const named = values.filter((value) => value !== notReviewed || place['fact'] !== 'reviewState');
  const some: Json = { ...place, op: 'in', values: named.map(valueOf) };
  if (named.length === values.length) {
    return some;
  }
  const nothing: Json = { ...place, op: 'is-empty' };
  return named.length === 0 ? nothing : { any: [nothing, some] };
}

function span(
  place: Json,
  operator: Operator,
  first: string,
  second: string,
  valueOf: (text: string) => unknown,
): Json {
  switch (operator) {
    case 'before':
      return { ...place, op: '<', value: first };
    case 'after':
      return { ...place, op: '>', value: first };
    case 'between':
      return { ...place, op: 'between', values: [valueOf(first), valueOf(second)] };
    default:
      return { ...place, op: '=', value: first };
  }
}

/** Days are those of the person who gives the role: they begin at midnight where that person is. */
function instantSpan(place: Json, operator: Operator, first: string, second: string): Json {
  const start = { ...place, op: '≥', value: midnight(first, 0) };
  const end = { ...place, op: '<', value: midnight(operator === 'between' ? second : first, 1) };
  switch (operator) {
    case 'before':
      return { ...place, op: '<', value: midnight(first, 0) };
    case 'after':
      return { ...place, op: '≥', value: midnight(first, 1) };
    default:
      return { all: [start, end] };
  }
}

function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const at = new Date(2000, 0, 1);
  at.setFullYear(year, month - 1, date + later);
  return at.toISOString();
}

function cornersOf(values: readonly string[]): [number, number][] {
  const [south = 0, west = 0, north = 0, east = 0] = values.map(Number);
  return [
    [south, west],
    [south, east],
    [north, east],
    [north, west],
  ];
}
