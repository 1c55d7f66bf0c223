import { describe, expect, it } from 'vitest';
import { isTyped, wholeNumberOf } from './wholeNumber';

describe('a whole number', () => {
  it('is read within its bounds', () => {
    expect([' 0 ', '180', '٣٠', '۱۸۰'].map((text) => wholeNumberOf(text, 0, 180))).toEqual([0, 180, 30, 180]);
  });

  it('is nothing else', () => {
    expect(
      ['181', '-1', '1.5', '٧٫٥', '', 'ten', '1e2', '１０'].map((text) => wholeNumberOf(text, 0, 180)),
    ).toEqual(Array(8).fill(null));
  });

  it('confirms what concerns just so many, on every keyboard', () => {
    expect([' 1200 ', '١٢٠٠', '۱۲۰۰'].map((text) => isTyped(text, 1200))).toEqual([true, true, true]);
    expect(['', '120', '12000', '1,200'].map((text) => isTyped(text, 1200))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
