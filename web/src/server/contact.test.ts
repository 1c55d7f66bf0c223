import { describe, expect, it } from 'vitest';
import { contactOf, isContact, isPolicy } from './contact';

describe('whom security.txt names', () => {
  it('is an address with its scheme, which an e-mail address is given', () => {
    expect(contactOf(' security@example.org ')).toBe('mailto:security@example.org');
    expect(contactOf('https://example.org/report')).toBe('https://example.org/report');
    expect(['', 'security@example.org', 'tel:+254700000000', 'https://example.org/a'].every(isContact)).toBe(
      true,
    );
    expect(['nobody', 'http://example.org', 'mailto:', 'two words@example.org'].some(isContact)).toBe(false);
  });

  it('has a policy that is a page, or none', () => {
    expect(isPolicy('') && isPolicy('https://example.org/policy')).toBe(true);
    expect(isPolicy('example.org')).toBe(false);
  });
});
