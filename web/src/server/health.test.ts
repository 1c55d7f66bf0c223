import { describe, expect, it } from 'vitest';
import { hearingOf, stateOf, toneOfHearing, wordsIn } from './healthWords';

const size = (bytes: number): string => `${String(bytes)} B`;

describe('words of a check', () => {
  it('are written as languages write lengths of time, shares and counts', () => {
    expect(wordsIn('en', { hours: '27', percent: '4', bytes: '7', used: '12' }, size)).toEqual({
      hours: '27 hours',
      percent: '4%',
      bytes: '7 B',
      used: '12',
    });
    expect(wordsIn('fr', { days: '1' }, size)).toEqual({ days: '1\u00a0jour' });
    // Six forms, by the language itself.
    expect(['1', '2', '3', '11', '100'].map((days) => wordsIn('ar', { days }, size).days)).toHaveLength(5);
    expect(wordsIn('en', { seconds: '-12' }, size)).toEqual({ seconds: '12 seconds' });
  });

  it('stay as they are when they are no numbers', () => {
    expect(wordsIn('en', { path: '/srv/data', failure: '57P01', error: '' }, size)).toEqual({
      path: '/srv/data',
      failure: '57P01',
      error: '',
    });
    // States of SQL are made of digits, too.
    expect(wordsIn('en', { failure: '08006', names: '7' }, size)).toEqual({ failure: '08006', names: '7' });
  });
});

describe('a state', () => {
  it('that is not known is taken for the worst', () => {
    expect(stateOf('ok')).toBe('ok');
    expect(stateOf('burning')).toBe('failing');
    expect([hearingOf('stopped'), hearingOf('asleep')]).toEqual(['stopped', 'silent']);
    expect(toneOfHearing.silent).toBe('warning');
  });
});
