import { describe, expect, it } from 'vitest';
import { Problem } from '../api/problem';
import en from '../locales/en.json';
import { failureOf, isOfAddress } from './witnessWords';

describe('why a checkpoint did not arrive', () => {
  it.each([
    ['connection', 'connection', 'connection'],
    ['connection: ConnectionRefused', 'connection', 'connection: ConnectionRefused'],
    ['timeout', 'timeout', 'timeout'],
    ['status 500', 'status', '500'],
    ['SMTP 550', 'smtp', '550'],
    ['no_smtp', 'no_smtp', 'no_smtp'],
    ['IOException', 'other', 'IOException'],
  ])('is “%s” to the server', (word, why, code) => {
    expect(failureOf(word)).toEqual({ why, code });
    expect(Object.keys(en.witnesses.failures)).toContain(why);
  });
});

describe('a refusal', () => {
  const refusal = (code: string): Problem => new Problem({ code, status: 422 });

  it('is told beside the address when it is about that', () => {
    expect(isOfAddress(refusal('witness.address_unsafe'))).toBe(true);
    expect(isOfAddress(refusal('mail.address_invalid'))).toBe(true);
    expect(isOfAddress(refusal('witness.too_many'))).toBe(false);
    expect(isOfAddress(null)).toBe(false);
  });
});
