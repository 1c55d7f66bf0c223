import { describe, expect, it } from 'vitest';
import { limitOf, noLimits, typedOf } from './limits';

describe('a limit', () => {
  it('is typed as a whole number, bytes in megabytes, and none is empty', () => {
    expect(limitOf('submissionsAnHour', ' 500 ')).toBe(500);
    expect(limitOf('submissionsADay', '٥٠٠')).toBe(500);
    expect(limitOf('storedBytes', '1.5')).toBe(1_500_000);
    expect(limitOf('storedBytes', '')).toBeNull();
    expect(typedOf('storedBytes', { ...noLimits, storedBytes: 1_500_000 })).toBe('1.5');
    expect(typedOf('requestsAMinute', noLimits)).toBe('');
  });

  it('that is none is told from no limit', () => {
    for (const typed of ['0', '-1', '1.5', 'many', '1e9', '99999999999999999999']) {
      expect(limitOf('submissionsAnHour', typed)).toBeUndefined();
    }
    expect(limitOf('requestsAMinute', '59')).toBeUndefined();
    expect(limitOf('requestsAMinute', '60')).toBe(60);
    expect(limitOf('storedBytes', '1000000001')).toBeUndefined();
  });
});
