import { describe, expect, it } from 'vitest';
import { choicesOf, isTyped, waysOf } from './removal';

const alone = {
  id: 7,
  name: 'Wells',
  canStay: true,
  candidates: [{ id: 3, displayName: 'A viewer' }],
};

describe('what becomes of a project that nobody else runs', () => {
  it('staying comes first where it can, the trash last', () => {
    expect(waysOf(alone).map((way) => way.value)).toEqual(['unit', 'to:3', 'delete']);
    expect(waysOf({ ...alone, canStay: false }).map((way) => way.value)).toEqual(['to:3', 'delete']);
  });

  it('is told only when something is chosen for each', () => {
    expect(choicesOf([alone], {})).toBeNull();
    expect(choicesOf([alone], { 7: 'to:3' })).toEqual([{ project: 7, choice: 'hand_over', to: 3 }]);
    expect(choicesOf([alone], { 7: 'unit' })).toEqual([{ project: 7, choice: 'unit' }]);
    expect(choicesOf([], {})).toEqual([]);
  });
});

describe('the address that is typed', () => {
  it('may differ in case and spaces around it', () => {
    expect(isTyped(' Admin@example.org ', 'admin@example.org')).toBe(true);
    expect(isTyped('admin@example.com', 'admin@example.org')).toBe(false);
  });
});
