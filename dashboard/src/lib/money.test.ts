import { describe, expect, it } from 'vitest';

import { usd, usdAsTyped, usdExact } from './money';

describe('money', () => {
  it.each([
    [0, '$0'],
    [431.456, '$431.46'],
    [1234567.5, '$1,234,567.50'],
    [1, '$1.00'],
    [0.0834, '$0.0834'],
    [0.5, '$0.5000'],
    [0.000051, '$0.000051'],
    [0.00030, '$0.00030'],
    [0.0042, '$0.0042'],
    [0.000000000001, '$0.000000000001'],
    [-2.5, '−$2.50'],
  ])('writes %d as %s', (amount, text) => {
    expect(usd(amount)).toBe(text);
  });

  it('ux-33 never writes a small amount as zero', () => {
    for (let power = 1; power <= 12; power += 1) expect(usd(3 * 10 ** -power)).toMatch(/[1-9]/);
  });

  it.each([
    [100, '$100'],
    [0.01, '$0.01'],
    [2.5, '$2.5'],
    [1000, '$1,000'],
    [0.0375, '$0.0375'],
  ])('keeps %d as short as it was typed: %s', (amount, text) => {
    expect(usdAsTyped(amount)).toBe(text);
  });

  it('carries every digit in tooltips', () => {
    expect(usdExact(0.000051)).toBe('$0.000051 USD');
  });
});
