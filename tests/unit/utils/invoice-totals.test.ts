import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allocateByLargestRemainder } from '../../../src/utils/allocation.ts';
import { currencyCodes } from '../../../src/utils/currencies.ts';
import { computeInvoiceTotals, type InvoiceTotalsInput } from '../../../src/utils/invoice-totals.ts';
import { parseDecimal } from '../../../src/utils/money.ts';

const item = (quantity: string, unitPrice: string, taxRate = '0') => ({ quantity, unitPrice, taxRate });
const total = (texts: readonly string[]) => texts.reduce((sum, text) => sum.plus(text), parseDecimal('0'));

describe('allocateByLargestRemainder', () => {
  test.each([
    [100n, [1n, 1n, 1n], [34n, 33n, 33n]],
    [1n, [1n, 1n], [1n, 0n]],
    [1n, [1n, 2n], [0n, 1n]],
    [10n, [0n, 3n, 0n], [0n, 10n, 0n]],
    [7n, [50n, 30n, 20n], [4n, 2n, 1n]],
    [0n, [0n, 0n], [0n, 0n]],
    [0n, [], []],
  ])('%s over %j is %j', (units, weights, parts) => {
    expect(allocateByLargestRemainder(units, weights)).toEqual(parts);
  });

  test('refuses negative units, negative weights and no weight at all', () => {
    expect(() => allocateByLargestRemainder(-1n, [1n])).toThrow(RangeError);
    expect(() => allocateByLargestRemainder(1n, [-1n, 3n])).toThrow(RangeError);
    expect(() => allocateByLargestRemainder(1n, [0n])).toThrow(RangeError);
  });

  test('sums exactly, and each part is within a unit of its share', () => {
    const weights = fc.array(fc.bigInt(0n, 10n ** 12n), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 14n), weights, (units, list) => {
        const weightTotal = list.reduce((a, b) => a + b, 0n);
        fc.pre(weightTotal > 0n);
        const parts = allocateByLargestRemainder(units, list);
        expect(parts.reduce((a, b) => a + b, 0n)).toBe(units);
        for (const [index, part] of parts.entries()) {
          const distance = part * weightTotal - units * (list[index] ?? 0n);
          expect(distance < weightTotal && distance > -weightTotal).toBe(true);
        }
      }),
    );
  });
});

describe('computeInvoiceTotals', () => {
  test.each([
    ['1', '1.005', 'USD', '1.01'],
    ['1', '2.675', 'USD', '2.68'],
    ['1', '1.115', 'USD', '1.12'],
    ['0.3333', '29.99', 'USD', '10.00'],
    ['3', '0.0125', 'USD', '0.04'],
    ['1.5', '333', 'JPY', '500'],
    ['0.5', '1.333', 'BHD', '0.667'],
  ])('%s × %s %s is %s', (quantity, unitPrice, currency, amount) => {
    expect(computeInvoiceTotals({ currency, items: [item(quantity, unitPrice)] }).total).toBe(amount);
  });

  test('sums the tax of a rate before it rounds: ten lines of 0.05 at 9 % bear 0.05, not 0.00', () => {
    const totals = computeInvoiceTotals({
      currency: 'USD',
      items: Array.from({ length: 10 }, () => item('1', '0.05', '9')),
    });
    expect(totals).toMatchObject({ subtotal: '0.50', taxTotal: '0.05', total: '0.55' });
    expect(totals.items.map((line) => line.taxAmount)).toEqual([...Array(5).fill('0.01'), ...Array(5).fill('0.00')]);
    expect(total(totals.items.map((line) => line.total)).toFixed(2)).toBe('0.55');
  });

  test('allocates the invoice discount in proportion, by largest remainder, before tax', () => {
    const totals = computeInvoiceTotals({
      currency: 'INR',
      items: [item('1', '1000', '18'), item('2', '499.50', '18'), item('1', '0.99', '5')],
      discount: { type: 'fixed', value: '100.00' },
    });
    expect(totals.items.map((line) => line.discountAmount)).toEqual(['50.00', '49.95', '0.05']);
    expect(totals.taxLines).toEqual([
      { rate: '5', taxable: '0.94', amount: '0.05' },
      { rate: '18', taxable: '1899.05', amount: '341.83' },
    ]);
    expect(totals).toMatchObject({
      subtotal: '1999.99',
      discountTotal: '100.00',
      taxTotal: '341.88',
      total: '2241.87',
    });
  });

  test("takes an item's own discount first, and the invoice's off what is left", () => {
    const totals = computeInvoiceTotals({
      currency: 'USD',
      items: [
        { ...item('1', '100', '10'), discount: { type: 'percentage', value: '25' } },
        { ...item('1', '50', '10'), discount: { type: 'fixed', value: '25.00' } },
      ],
      discount: { type: 'percentage', value: '10' },
    });
    expect(totals.items).toEqual([
      { amount: '100.00', discountAmount: '32.50', taxableAmount: '67.50', taxAmount: '6.75', total: '74.25' },
      { amount: '50.00', discountAmount: '27.50', taxableAmount: '22.50', taxAmount: '2.25', total: '24.75' },
    ]);
    expect(totals).toMatchObject({ subtotal: '150.00', discountTotal: '60.00', taxTotal: '9.00', total: '99.00' });
  });

  test('a discount of the whole subtotal leaves nothing to pay', () => {
    const items = [item('3', '33.33', '18'), item('1', '0.01', '5')];
    expect(computeInvoiceTotals({ currency: 'EUR', items, discount: { type: 'fixed', value: '100.00' } }).total).toBe(
      '0.00',
    );
    expect(computeInvoiceTotals({ currency: 'EUR', items, discount: { type: 'percentage', value: '100' } }).total).toBe(
      '0.00',
    );
  });

  test('joins rates that are written differently, and keeps a line for a rate of zero', () => {
    const totals = computeInvoiceTotals({
      currency: 'BHD',
      items: [item('1', '1', '10'), item('1', '0.005', '10.00'), item('1', '2', '0')],
    });
    expect(totals.taxLines).toEqual([
      { rate: '0', taxable: '2.000', amount: '0.000' },
      { rate: '10', taxable: '1.005', amount: '0.101' },
    ]);
  });

  test('an invoice without items is zero', () => {
    expect(computeInvoiceTotals({ currency: 'JPY', items: [] })).toEqual({
      items: [],
      taxLines: [],
      subtotal: '0',
      discountTotal: '0',
      taxTotal: '0',
      roundingAmount: '0',
      total: '0',
    });
  });

  const valid: InvoiceTotalsInput = { currency: 'USD', items: [item('1', '100', '18')] };
  test.each<[string, Partial<InvoiceTotalsInput>, string, string]>([
    [
      'a discount above the subtotal',
      { discount: { type: 'fixed', value: '100.01' } },
      'DISCOUNT_TOO_LARGE',
      'discount',
    ],
    ['more than 100 %', { discount: { type: 'percentage', value: '100.01' } }, 'DISCOUNT_TOO_LARGE', 'discount'],
    ['a negative discount', { discount: { type: 'fixed', value: '-1' } }, 'INVALID_DISCOUNT', 'discount.value'],
    [
      'a discount finer than the currency',
      { discount: { type: 'fixed', value: '1.005' } },
      'INVALID_DISCOUNT',
      'discount.value',
    ],
    [
      "an item's discount above its amount",
      { items: [item('1', '5'), { ...item('1', '5'), discount: { type: 'fixed', value: '5.01' } }] },
      'DISCOUNT_TOO_LARGE',
      'items.1.discount',
    ],
    ['a negative quantity', { items: [item('-1', '100')] }, 'INVALID_QUANTITY', 'items.0.quantity'],
    ['a fifth decimal of the quantity', { items: [item('1.00001', '100')] }, 'INVALID_QUANTITY', 'items.0.quantity'],
    ['a price that is no number', { items: [item('1', '1e3')] }, 'INVALID_UNIT_PRICE', 'items.0.unitPrice'],
    ['a negative rate', { items: [item('1', '1', '-1')] }, 'INVALID_TAX_RATE', 'items.0.taxRate'],
    ['an unknown currency', { currency: 'usd' }, 'INVALID_CURRENCY', 'currency'],
  ])('refuses %s', (_case, change, reason, path) => {
    expect(() => computeInvoiceTotals({ ...valid, ...change })).toThrow(
      expect.objectContaining({ name: 'InvoiceTotalsError', reason, path }),
    );
  });

  const decimalText = (maximum: number, places: number) =>
    fc
      .tuple(fc.nat({ max: maximum }), fc.nat({ max: 10 ** places - 1 }))
      .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(places, '0')}`);
  const percentage = fc
    .nat({ max: 10_000 })
    .map((hundredths) => parseDecimal(`${hundredths}`).dividedBy(100).toFixed());
  const discount = fc.record({ type: fc.constant('percentage' as const), value: percentage });
  const invoice = fc.record({
    currency: fc.constantFrom(...currencyCodes),
    items: fc.array(
      fc.record({
        quantity: decimalText(500, 4),
        unitPrice: decimalText(100_000, 5),
        taxRate: fc.constantFrom('0', '5', '7.7', '9', '18', '18.00', '28'),
        discount: fc.option(discount, { nil: undefined }),
      }),
      { maxLength: 25 },
    ),
    discount: fc.option(discount, { nil: undefined }),
  });

  test('the items sum to the totals in every currency, and nothing is negative', () => {
    fc.assert(
      fc.property(invoice, (input) => {
        const totals = computeInvoiceTotals(input);
        expect(total(totals.items.map((line) => line.amount)).equals(totals.subtotal)).toBe(true);
        expect(total(totals.items.map((line) => line.discountAmount)).equals(totals.discountTotal)).toBe(true);
        expect(total(totals.items.map((line) => line.taxAmount)).equals(totals.taxTotal)).toBe(true);
        expect(total(totals.items.map((line) => line.total)).equals(totals.total)).toBe(true);
        expect(total(totals.taxLines.map((line) => line.amount)).equals(totals.taxTotal)).toBe(true);
        expect(
          total(totals.taxLines.map((line) => line.taxable))
            .plus(totals.discountTotal)
            .equals(totals.subtotal),
        ).toBe(true);
        const texts = [...totals.items, ...totals.taxLines].flatMap((line) => Object.values(line));
        expect(
          [...texts, totals.subtotal, totals.discountTotal, totals.total].filter((text) => text.startsWith('-')),
        ).toEqual([]);
      }),
    );
  });

  test('a fixed discount is allocated to the last minor unit, and never above an item', () => {
    fc.assert(
      fc.property(invoice, fc.double({ min: 0, max: 1, noNaN: true }), (input, portion) => {
        const undiscounted = computeInvoiceTotals({ ...input, discount: undefined });
        const places = undiscounted.subtotal.split('.')[1]?.length ?? 0;
        const left = parseDecimal(undiscounted.subtotal).minus(undiscounted.discountTotal);
        const value = left.times(portion).toDecimalPlaces(places, 1).toFixed(places);

        const totals = computeInvoiceTotals({ ...input, discount: { type: 'fixed', value } });
        expect(parseDecimal(totals.discountTotal).minus(undiscounted.discountTotal).equals(value)).toBe(true);
        for (const line of totals.items) expect(line.taxableAmount).not.toMatch(/^-/);
      }),
    );
  });
});
