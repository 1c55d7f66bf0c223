import { describe, expect, it } from 'vitest';
import { chosenOf, methodsFor } from './methods';

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
