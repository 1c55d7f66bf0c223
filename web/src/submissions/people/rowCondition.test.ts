import { describe, expect, it } from 'vitest';
import type { Condition, FilterField, FieldKind, Operator } from '../filters/conditions';
import { isForRoles, rowCondition } from './rowCondition';

const field = (key: string, kind: FieldKind, repeat: string | null = null): FilterField => ({
  key,
  kind,
  label: key,
  name: key,
  within: [],
  repeat,
  choices: null,
  canBeEmpty: true,
});
const written = (one: FilterField, operator: Operator, ...values: string[]) =>
  rowCondition([{ field: one.key, operator, values }], new Map([[one.key, one]]));

describe('what a role is limited by', () => {
  it.each<[FilterField, Operator, string[], unknown]>([
    [field('/q', 'text'), 'is', ["O'Hara"], { field: '/q', op: '=', value: "O'Hara" }],
    [field('/q', 'text'), 'notContains', ['x'], { not: { field: '/q', op: 'contains', value: 'x' } }],
    [field('/q', 'text'), 'empty', [], { field: '/q', op: 'is-empty' }],
    [field('/n', 'number'), 'between', ['1', '2.5'], { field: '/n', op: 'between', values: [1, 2.5] }],
    [field('/n', 'number'), 'atLeast', ['18'], { field: '/n', op: '≥', value: 18 }],
    [field('/d', 'date'), 'after', ['2026-01-02'], { field: '/d', op: '>', value: '2026-01-02' }],
    [field('/c', 'oneChoice'), 'anyOf', ['a', 'b'], { field: '/c', op: 'in', values: ['a', 'b'] }],
    [field('/t', 'truth'), 'no', [], { field: '/t', op: '=', value: false }],
    [
      field('/m', 'manyChoices'),
      'hasNone',
      ['a'],
      { not: { any: [{ field: '/m', op: 'contains', value: 'a' }] } },
    ],
    [
      field('/g', 'place'),
      'inBox',
      ['-1', '36', '1', '37'],
      {
        field: '/g',
        op: 'within-polygon',
        polygon: [
          [-1, 36],
          [-1, 37],
          [1, 37],
          [1, 36],
        ],
      },
    ],
    [
      field('/r/age', 'number', '/r'),
      'less',
      ['5'],
      { anyIn: '/r', where: { field: '/r/age', op: '<', value: 5 } },
    ],
    [
      field('__system/submitterId', 'oneChoice'),
      'noneOf',
      ['7'],
      { not: { fact: 'submittedBy', op: 'in', values: [7] } },
    ],
    [
      field('__system/reviewState', 'oneChoice'),
      'anyOf',
      ['received', 'approved'],
      {
        any: [
          { fact: 'reviewState', op: 'is-empty' },
          { fact: 'reviewState', op: 'in', values: ['approved'] },
        ],
      },
    ],
  ])('%o %s %j', (one, operator, values, wanted) => {
    expect(written(one, operator, ...values)).toEqual(wanted);
  });

  it('holds where all filters hold, and is nothing without any', () => {
    const fields = new Map([['/n', field('/n', 'number')]]);
    const one = (operator: Operator): Condition => ({ field: '/n', operator, values: ['1'] });
    expect(rowCondition([one('is'), one('more')], fields)).toEqual({
      all: [
        { field: '/n', op: '=', value: 1 },
        { field: '/n', op: '>', value: 1 },
      ],
    });
    expect(rowCondition([], fields)).toBeNull();
  });

  it('is only what the server knows', () => {
    expect(isForRoles(field('/r', 'repeat'))).toBe(false);
    expect(isForRoles(field('__system/edits', 'truth'))).toBe(false);
    expect(isForRoles(field('__system/deploymentId', 'oneChoice'))).toBe(true);
  });
});
