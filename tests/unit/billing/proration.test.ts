import { describe, expect, test } from '@jest/globals';
import { periodUntil } from '../../../src/services/billing/billing-periods.ts';
import { fractionOf, prorated, shareLeft, shareUnused } from '../../../src/services/billing/proration.ts';
import { parseDecimal } from '../../../src/utils/money.ts';

const midnight = (date: string): string => `${date}T00:00:00.000Z`;
const between = (start: string, end: string) => ({ start: midnight(start), end: midnight(end) });

describe('by the second', () => {
  const period = between('2026-11-01', '2026-12-01');

  test('Polar: from 5 to 20 a month after one of thirty days', () => {
    const share = shareLeft(period, midnight('2026-11-02'), 'second');
    const [credit, charge] = [prorated('5', share, 'USD'), prorated('20', share, 'USD')];
    expect([credit, charge]).toEqual(['4.83', '19.33']);
    expect(parseDecimal(charge).minus(credit).toFixed(2)).toBe('14.50');
  });

  test.each([
    ['at its begin', '2026-11-01T00:00:00.000Z', { remaining: 2_592_000, total: 2_592_000 }],
    ['in its first second', '2026-11-01T00:00:00.999Z', { remaining: 2_592_000, total: 2_592_000 }],
    ['a second later', '2026-11-01T00:00:01.000Z', { remaining: 2_591_999, total: 2_592_000 }],
    ['in its last second', '2026-11-30T23:59:59.500Z', { remaining: 1, total: 2_592_000 }],
    ['at its end', '2026-12-01T00:00:00.000Z', { remaining: 0, total: 2_592_000 }],
    ['after it', '2026-12-05T00:00:00.000Z', { remaining: 0, total: 2_592_000 }],
    ['before it', '2026-10-05T00:00:00.000Z', { remaining: 2_592_000, total: 2_592_000 }],
  ])('%s', (_when, at, share) => {
    expect(shareLeft(period, at, 'second')).toEqual(share);
  });

  test.each([
    ['JPY', '100', '97'],
    ['BHD', '1.000', '0.967'],
    ['INR', '0.01', '0.01'],
    ['INR', '0.00', '0.00'],
  ])('%s is rounded once, at its own decimals', (currency, price, expected) => {
    expect(prorated(price, shareLeft(period, midnight('2026-11-02'), 'second'), currency)).toBe(expected);
  });
});

describe('by the day', () => {
  test.each([
    ['2026-05-23', '2026-06-15', '0.741935484'],
    ['2026-06-23', '2026-07-15', '0.733333333'],
    ['2023-02-23', '2023-03-15', '0.714285714'],
    ['2024-02-23', '2024-03-15', '0.724137931'],
  ])('Kill Bill: %s to %s is %s of a month', (from, to, fraction) => {
    const share = shareLeft(periodUntil(midnight(to), 'monthly', 15), midnight(from), 'day');
    expect(fractionOf(share).toFixed(9)).toBe(fraction);
  });

  test('Lago: 32 of the 91 days of a quarter for 91,000 are 32,000', () => {
    const share = shareLeft(between('2026-03-22', '2026-06-21'), midnight('2026-05-20'), 'day');
    expect(share).toEqual({ remaining: 32, total: 91 });
    expect(prorated('91000', share, 'EUR')).toBe('32000.00');
  });

  test.each([
    ['200.00', '193.33', '48.33', '241.66'],
    ['160.00', '154.67', '38.67', '193.34'],
  ])('Lago: what was %s for thirty days and ends on the first gives back %s, and its tax', (price, net, tax, total) => {
    const share = shareUnused(between('2026-11-01', '2026-12-01'), '2026-11-01T10:00:00.000Z', 'day');
    const credit = prorated(price, share, 'EUR');
    expect(credit).toBe(net);
    expect(prorated(credit, { remaining: 25, total: 100 }, 'EUR')).toBe(tax);
    expect(parseDecimal(credit).plus(tax).toFixed(2)).toBe(total);
  });

  test('the day of a change belongs to what follows, the day of an end to what was', () => {
    const period = between('2026-11-01', '2026-12-01');
    const at = '2026-11-16T23:59:59.999Z';
    expect(shareLeft(period, at, 'day').remaining).toBe(15);
    expect(shareUnused(period, at, 'day').remaining).toBe(14);
    expect(shareUnused(period, at, 'second').remaining).toBe(14 * 86_400 + 1);
    expect(shareUnused(period, '2026-11-30T12:00:00.000Z', 'day').remaining).toBe(0);
  });
});

test('nothing of nothing', () => {
  expect(prorated('5', { remaining: 0, total: 0 }, 'USD')).toBe('0.00');
  expect(fractionOf({ remaining: 0, total: 0 }).toFixed(1)).toBe('0.0');
});
