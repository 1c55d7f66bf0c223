import { describe, expect, it } from 'vitest';
import { daysOf } from './days';
import { chosenOf, methodsFor } from './methods';

describe('days of the trash', () => {
  it('are whole and at most 180', () => {
    expect([' 0 ', '180', '181', '-1', '7.5', '', 'seven'].map(daysOf)).toEqual([
      0,
      180,
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('methods of pseudonymising', () => {
  it('fit the question', () => {
    expect(methodsFor('Date')).toContain('month');
    expect(methodsFor('Int')).toContain('band');
    expect(methodsFor('Geopoint')).toContain('place');
    expect(methodsFor('Binary')).toEqual(['keep', 'drop']);
    expect(methodsFor('String')).not.toContain('band');
  });

  it('leave out what is kept and add the step', () => {
    expect(
      chosenOf(
        new Map([
          ['/name', 'pseudonym'],
          ['/age', 'band'],
          ['/notes', 'keep'],
        ]),
      ),
    ).toEqual([
      { path: '/name', method: 'pseudonym', step: null },
      { path: '/age', method: 'band', step: 10 },
    ]);
  });
});
