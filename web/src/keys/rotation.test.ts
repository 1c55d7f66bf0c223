import { describe, expect, it } from 'vitest';
import { stepOf } from './rotation';

const begun = {
  begunAt: '2026-11-21T05:00:00Z',
  resealed: 12,
  finishedAt: null,
  destroyAt: null,
  destroyedAt: null,
};

describe('the replacement of a data key', () => {
  it('seals anew, waits for backups of before, and is done', () => {
    expect(stepOf(begun)).toBe('sealing');
    const finished = { ...begun, finishedAt: '2026-11-21T06:00:00Z', destroyAt: '2027-02-19T06:00:00Z' };
    expect(stepOf(finished)).toBe('waiting');
    expect(stepOf({ ...finished, destroyedAt: '2027-02-19T06:00:00Z' })).toBe('done');
  });
});
