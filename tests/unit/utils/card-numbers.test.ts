import { describe, expect, test } from '@jest/globals';
import { hasCardNumber, withoutCardNumbers } from '../../../src/utils/card-numbers.ts';

describe('a card number', () => {
  test.each([
    '4111111111111111',
    '4111 1111 1111 1111',
    '4111-1111-1111-1111',
    '4111\u00a01111\u00a01111\u00a01111',
    '4111\u20111111\u20111111\u20111111',
    '3782 822463 10005',
    '4222222222222',
    '6304000000000000000',
    'x4111111111111111y',
    'pay 5555555555554444 now',
    '4111 1111 1111 1111 12/29 123',
    '7 4111 1111 1111 1111',
  ])('stands in %j', (text) => {
    expect(hasCardNumber(text)).toBe(true);
    expect(withoutCardNumbers(text)).toContain('[card number]');
    expect(withoutCardNumbers(text)).not.toMatch(/1111.?1111|555555|378282|822463|63040000|4222222/);
  });

  test.each([
    '',
    '411111111111111',
    '4111111111111112',
    '41111111111111111111111',
    '1111111111111117',
    '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
    '41111111-1111-4111-8111-111111111111',
    '2026-11-20T09:30:00.000Z',
    '1795168800000',
    '+91 80 4718 2200',
    '999999999999.9999',
    'pm_1Q2w3E4r5T6y7U8i9O0p',
  ])('does not stand in %j', (text) => {
    expect(hasCardNumber(text)).toBe(false);
    expect(withoutCardNumbers(text)).toBe(text);
  });

  test('is looked for in endless digits without endless work', () => {
    const digits = '4 1'.repeat(100_000);
    const before = performance.now();
    expect(hasCardNumber(digits)).toBe(hasCardNumber(digits));
    expect(performance.now() - before).toBeLessThan(2000);
  });
});
