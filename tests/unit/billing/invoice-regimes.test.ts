import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { composeDraft } from '../../../src/services/billing/invoice-draft.ts';
import { type ItemTaxChoice, resolveTaxes } from '../../../src/services/billing/invoice-taxes.ts';
import type { InvoiceDraft } from '../../../src/types/billing/invoice.ts';
import type { TaxRate } from '../../../src/types/billing/tax.ts';
import { currencyCodes, currencyExponent } from '../../../src/utils/currencies.ts';
import { computeInvoiceTotals } from '../../../src/utils/invoice-totals.ts';
import { parseDecimal } from '../../../src/utils/money.ts';

const line = (unitPrice: string, taxRate: string, quantity = '1') => ({ quantity, unitPrice, taxRate });
const sum = (texts: readonly string[]) => texts.reduce((total, text) => total.plus(text), parseDecimal('0'));

describe('where tax is rounded', () => {
  test.each([
    ['total', '0.05', '0.55'],
    ['line', '0.00', '0.50'],
  ] as const)('ten lines of 0.05 at 9 %% bear, rounded by %s, %s', (taxRounding, taxTotal, total) => {
    const items = Array.from({ length: 10 }, () => line('0.05', '9'));
    expect(computeInvoiceTotals({ currency: 'USD', items, taxRounding })).toMatchObject({ taxTotal, total });
  });

  test.each([
    ['1.005', '1.01'],
    ['2.675', '2.68'],
    ['1.115', '1.12'],
    ['0.145', '0.15'],
  ])('%s is rounded half up to %s', (unitPrice, total) => {
    expect(computeInvoiceTotals({ currency: 'USD', items: [line(unitPrice, '0')] }).total).toBe(total);
  });

  test.each([
    ['JPY', '105', '10', '11', '116'],
    ['BHD', '1.005', '10', '0.101', '1.106'],
    ['CLF', '1.0005', '10', '0.1001', '1.1006'],
    ['EUR', '19333', '25', '4833.25', '24166.25'],
  ])('%s %s at %s %% bear %s', (currency, unitPrice, rate, taxTotal, total) => {
    expect(computeInvoiceTotals({ currency, items: [line(unitPrice, rate)] })).toMatchObject({ taxTotal, total });
  });
});

describe('prices that include tax', () => {
  test.each([
    ['118', '18', '100.00', '18.00'],
    ['100', '18', '84.75', '15.25'],
    ['119', '19', '100.00', '19.00'],
    ['0.01', '50', '0.01', '0.00'],
  ])('%s at %s %% is %s and %s', (unitPrice, rate, subtotal, taxTotal) => {
    const totals = computeInvoiceTotals({ currency: 'EUR', items: [line(unitPrice, rate)], taxBehavior: 'inclusive' });
    expect(totals).toMatchObject({ subtotal, taxTotal });
    expect(parseDecimal(totals.total).equals(unitPrice)).toBe(true);
  });

  test('a discount comes off the price, and stands net of its tax', () => {
    const totals = computeInvoiceTotals({
      currency: 'INR',
      items: [line('118', '18')],
      discount: { type: 'percentage', value: '10' },
      taxBehavior: 'inclusive',
    });
    expect(totals).toMatchObject({ subtotal: '100.00', discountTotal: '10.00', taxTotal: '16.20', total: '106.20' });
  });
});

describe('rounding of the whole', () => {
  test.each([
    ['INR', '1000.40', '1', '-0.40', '1000.00'],
    ['INR', '1000.50', '1', '0.50', '1001.00'],
    ['INR', '1000.49', '1', '-0.49', '1000.00'],
    ['CHF', '10.03', '0.05', '0.02', '10.05'],
    ['CHF', '10.02', '0.05', '-0.02', '10.00'],
    ['JPY', '1000', '0.05', '0', '1000'],
    ['INR', '0.00', '1', '0.00', '0.00'],
  ])('%s %s to a multiple of %s takes %s', (currency, price, roundTotalTo, roundingAmount, total) => {
    const totals = computeInvoiceTotals({ currency, items: [line(price, '0')], roundTotalTo });
    expect(totals).toMatchObject({ roundingAmount, total });
  });
});

describe('what is given back', () => {
  test('takes its tax back with it, and is not discounted', () => {
    const totals = computeInvoiceTotals({
      currency: 'USD',
      items: [line('19.33', '18'), line('-4.83', '18')],
      discount: { type: 'percentage', value: '10' },
    });
    expect(totals.items.map(({ discountAmount }) => discountAmount)).toEqual(['1.93', '0.00']);
    expect(totals).toMatchObject({ subtotal: '14.50', discountTotal: '1.93', taxTotal: '2.26', total: '14.83' });
  });

  test('is never more than what is charged', () => {
    expect(() => computeInvoiceTotals({ currency: 'USD', items: [line('10', '0'), line('-10.01', '0')] })).toThrow(
      expect.objectContaining({ reason: 'NEGATIVE_TOTAL' }),
    );
    expect(computeInvoiceTotals({ currency: 'USD', items: [line('10', '18'), line('-10', '18')] }).total).toBe('0.00');
  });
});

const KARNATAKA = { country: 'IN', region: 'IN-KA' };
const gst: TaxRate = {
  id: 'gst-18',
  name: 'GST 18 %',
  kind: 'gst',
  country: 'IN',
  region: null,
  percentage: '18',
  behavior: 'exclusive',
  rounding: 'total',
  roundTotalTo: '1',
  active: true,
  version: 1,
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};
const vat: TaxRate = {
  ...gst,
  id: 'vat',
  name: 'USt',
  kind: 'vat',
  country: 'DE',
  percentage: '19',
  roundTotalTo: null,
};
const texas: TaxRate = {
  ...gst,
  id: 'tx',
  name: 'TX',
  kind: 'sales_tax',
  country: 'US',
  region: 'US-TX',
  roundTotalTo: null,
};
const rates = [gst, vat, texas];

function draftOf(
  customer: { country: string; region: string | null },
  prices: readonly string[],
  given: { choice?: ItemTaxChoice; currency?: string; rates?: readonly TaxRate[]; seller?: typeof KARNATAKA } = {},
): InvoiceDraft {
  const { choice = {}, currency = 'INR', seller = KARNATAKA } = given;
  const taxes = resolveTaxes({ seller, customer, items: prices.map(() => choice), rates: given.rates ?? rates });
  return composeDraft({
    currency,
    customer: { name: 'A', email: 'a@example.com', taxId: null, addressLines: [] },
    discount: null,
    subscriptionId: null,
    couponId: null,
    billingReason: 'manual',
    periodStart: null,
    periodEnd: null,
    notes: null,
    paymentTerms: 14,
    finalizesAt: null,
    tax: taxes.applied,
    items: prices.map((unitPrice, index) => ({
      description: 'Seat',
      quantity: '1',
      unitPrice,
      tax: taxes.items[index] ?? { percentage: '0', name: 'Tax' },
    })),
  });
}

const linesOf = (draft: InvoiceDraft) => draft.taxLines.map(({ name, rate, amount }) => [name, rate, amount].join(' '));

describe('goods and services tax by the place of supply', () => {
  test.each([
    ['within the state', { country: 'IN', region: 'IN-KA' }, ['CGST 9 9.00', 'SGST 9 9.00'], 'IN-KA'],
    ['to another state', { country: 'IN', region: 'IN-MH' }, ['IGST 18 18.00'], 'IN-MH'],
    ['to a state that is not on record', { country: 'IN', region: null }, ['CGST 9 9.00', 'SGST 9 9.00'], 'IN-KA'],
    ['out of the country', { country: 'AE', region: null }, [], null],
    ['to a country with a tax of its own', { country: 'DE', region: null }, ['USt 19 19.00'], null],
    ['to a region with a tax of its own', { country: 'US', region: 'US-TX' }, ['TX 18 18.00'], 'US-TX'],
    ['to another region of that country', { country: 'US', region: 'US-CA' }, [], 'US-CA'],
  ])('%s', (_case, customer, expected, placeOfSupply) => {
    const draft = draftOf(customer, ['100']);
    expect(linesOf(draft).filter((text) => !text.startsWith('Tax 0'))).toEqual(expected);
    expect(draft.tax.placeOfSupply).toBe(placeOfSupply);
  });

  test('a rate of another country that a line names is not charged on an export', () => {
    expect(draftOf({ country: 'AE', region: null }, ['100'], { choice: { taxRateId: gst.id } })).toMatchObject({
      taxTotal: '0.00',
      total: '100.00',
    });
  });

  test('a percentage given by hand is split in the same way', () => {
    const draft = draftOf(KARNATAKA, ['100'], { choice: { taxRate: '5' } });
    expect(linesOf(draft)).toEqual(['CGST 2.5 2.50', 'SGST 2.5 2.50']);
  });

  test('without any rate in force a percentage is just a tax, and nothing is charged by default', () => {
    expect(linesOf(draftOf(KARNATAKA, ['100'], { choice: { taxRate: '5' }, rates: [] }))).toEqual(['Tax 5 5.00']);
    expect(draftOf(KARNATAKA, ['100'], { rates: [] }).taxTotal).toBe('0.00');
  });

  test('the odd paisa is the union’s, and the total is whole rupees', () => {
    const draft = draftOf(KARNATAKA, ['100.49', '0.01']);
    expect(linesOf(draft)).toEqual(['CGST 9 9.05', 'SGST 9 9.04']);
    expect(draft).toMatchObject({ subtotal: '100.50', taxTotal: '18.09', roundingAmount: '0.41', total: '119.00' });
  });

  test('a seller abroad passes on the integrated tax', () => {
    const draft = draftOf(KARNATAKA, ['100'], { seller: { country: 'SG', region: 'SG-01' } });
    expect(linesOf(draft)).toEqual(['IGST 18 18.00']);
  });

  test('rules are never mixed, and a rate that is not in force is refused', () => {
    const inclusive: TaxRate = { ...gst, id: 'incl', behavior: 'inclusive' };
    const ask = (items: readonly ItemTaxChoice[]) => () =>
      resolveTaxes({ seller: KARNATAKA, customer: KARNATAKA, items, rates: [gst, inclusive] });
    expect(ask([{ taxRateId: gst.id }, { taxRateId: inclusive.id }])).toThrow(
      expect.objectContaining({ code: 'TAX_RATES_MIXED' }),
    );
    expect(ask([{ taxRateId: 'none' }])).toThrow(expect.objectContaining({ code: 'TAX_RATE_UNAVAILABLE' }));
  });
});

describe('whatever the regime', () => {
  const price = fc
    .tuple(fc.integer({ min: -50_000, max: 100_000 }), fc.nat({ max: 9999 }))
    .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(4, '0')}`);
  const input = fc.record({
    currency: fc.constantFrom('JPY', 'BHD', 'INR', 'CLF', ...currencyCodes),
    items: fc.array(
      fc.record({
        quantity: fc
          .integer({ min: 1, max: 9_999_999 })
          .map((units) => parseDecimal(`${units}`).dividedBy(10_000).toFixed()),
        unitPrice: price,
        taxRate: fc.constantFrom('0', '5', '7.7', '9', '18', '28', '33.3333'),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    discount: fc.option(
      fc.record({ type: fc.constant('percentage' as const), value: fc.nat({ max: 100 }).map(String) }),
      { nil: undefined },
    ),
    taxBehavior: fc.constantFrom('exclusive' as const, 'inclusive' as const),
    taxRounding: fc.constantFrom('total' as const, 'line' as const),
    roundTotalTo: fc.constantFrom(null, '1', '0.05', '10'),
  });
  const isRefused = (error: unknown): boolean =>
    error instanceof Error && 'reason' in error && error.reason === 'NEGATIVE_TOTAL';

  test('the lines and the rounding come to the total, and every part to its sum', () => {
    fc.assert(
      fc.property(input, (given) => {
        const totals = (() => {
          try {
            return computeInvoiceTotals(given);
          } catch (error) {
            expect(isRefused(error)).toBe(true);
            return null;
          }
        })();
        if (totals === null) return;
        const lines = sum(totals.items.map(({ total }) => total));
        expect(lines.plus(totals.roundingAmount).equals(totals.total)).toBe(true);
        expect(sum(totals.items.map(({ taxAmount }) => taxAmount)).equals(totals.taxTotal)).toBe(true);
        expect(sum(totals.taxLines.map(({ amount }) => amount)).equals(totals.taxTotal)).toBe(true);
        expect(sum(totals.items.map(({ discountAmount }) => discountAmount)).equals(totals.discountTotal)).toBe(true);
        const net = parseDecimal(totals.subtotal).minus(totals.discountTotal);
        expect(sum(totals.taxLines.map(({ taxable }) => taxable)).equals(net)).toBe(true);
        expect(net.plus(totals.taxTotal).plus(totals.roundingAmount).equals(totals.total)).toBe(true);
        expect(parseDecimal(totals.total).isNegative()).toBe(false);
        expect(parseDecimal(totals.discountTotal).lessThanOrEqualTo(totals.subtotal)).toBe(true);
        for (const item of totals.items) {
          expect(item.discountAmount).not.toMatch(/^-/);
          expect(item.total.split('.')[1]?.length ?? 0).toBe(currencyExponent(given.currency));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('what prices include is what they say: no unit is lost or won', () => {
    fc.assert(
      fc.property(input, (given) => {
        const items = given.items.map((item) => ({ ...item, unitPrice: item.unitPrice.replace('-', '') }));
        const asked = { ...given, items, discount: undefined, roundTotalTo: null };
        const inclusive = computeInvoiceTotals({ ...asked, taxBehavior: 'inclusive' });
        const untaxed = computeInvoiceTotals({ ...asked, items: items.map((item) => ({ ...item, taxRate: '0' })) });
        expect(inclusive.total).toBe(untaxed.total);
      }),
    );
  });

  test('rounding by line is the sum of the lines’ taxes alone', () => {
    fc.assert(
      fc.property(input, (given) => {
        const items = given.items.map((item) => ({ ...item, unitPrice: item.unitPrice.replace('-', '') }));
        const whole = computeInvoiceTotals({ ...given, items, discount: undefined, taxRounding: 'line' });
        const alone = items.map((item) =>
          computeInvoiceTotals({ ...given, items: [item], discount: undefined, taxRounding: 'line' }),
        );
        expect(sum(alone.map(({ taxTotal }) => taxTotal)).equals(whole.taxTotal)).toBe(true);
      }),
    );
  });
});
