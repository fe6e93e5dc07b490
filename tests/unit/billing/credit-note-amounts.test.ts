import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { creditNoteAmounts } from '../../../src/services/billing/credit-note-amounts.ts';
import type { CreditedItem } from '../../../src/types/billing/credit-note.ts';
import type { Invoice, InvoiceItem } from '../../../src/types/billing/invoice.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { computeInvoiceTotals } from '../../../src/utils/invoice-totals.ts';
import { parseDecimal } from '../../../src/utils/money.ts';

type Line = { readonly quantity: string; readonly unitPrice: string; readonly taxRate: string };

function invoiceOf(lines: readonly Line[], given: { discount?: string; roundTotalTo?: string } = {}): Invoice {
  const { discount, roundTotalTo } = given;
  const totals = computeInvoiceTotals({
    currency: 'INR',
    items: lines,
    roundTotalTo,
    discount: discount === undefined ? undefined : { type: 'percentage', value: discount },
  });
  const items = lines.map((line, index): InvoiceItem => {
    const amounts = totals.items[index];
    if (amounts === undefined) throw new Error('no totals');
    const { amount, discountAmount, taxAmount, total } = amounts;
    return {
      ...line,
      id: `item-${index}`,
      kind: 'one_off',
      description: `Line ${index}`,
      productCode: null,
      periodStart: null,
      periodEnd: null,
      amount,
      discountAmount,
      taxAmount,
      total,
    };
  });
  return {
    id: 'invoice',
    tenantId: asTenantId('00000000-0000-4000-8000-000000000001'),
    number: 'INV-2627-000001',
    status: 'open',
    currency: 'INR',
    customerName: 'A',
    customerEmail: 'a@example.com',
    customerTaxId: null,
    customerAddressLines: [],
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    taxTotal: totals.taxTotal,
    roundingAmount: totals.roundingAmount,
    total: totals.total,
    amountPaid: '0.00',
    amountCredited: '0.00',
    amountDue: totals.total,
    subscriptionId: null,
    billingReason: 'manual',
    issuedAt: null,
    dueAt: null,
    paidAt: null,
    version: 1,
    createdAt: '2026-11-20T00:00:00.000Z',
    updatedAt: '2026-11-20T00:00:00.000Z',
    discountType: null,
    discountValue: null,
    couponId: null,
    periodStart: null,
    periodEnd: null,
    taxBehavior: 'exclusive',
    taxRounding: 'total',
    placeOfSupply: 'IN-KA',
    taxLines: [{ name: 'CGST', rate: '9', taxable: '0', amount: '0' }],
    notes: null,
    paymentTerms: 14,
    voidedAt: null,
    writtenOffAt: null,
    finalizesAt: null,
    documentKey: null,
    items,
  };
}

const seat = (unitPrice: string): Line => ({ quantity: '1', unitPrice, taxRate: '18' });

describe('creditNoteAmounts', () => {
  test('the whole rest of an untouched invoice is the invoice, its rounding too', () => {
    const invoice = invoiceOf([seat('100.49'), seat('0.01')], { roundTotalTo: '1' });
    const note = creditNoteAmounts(invoice, [], undefined);
    expect(note).toMatchObject({ subtotal: '100.50', taxTotal: '18.09', roundingAmount: '0.41', total: '119.00' });
    expect(note.taxLines.map(({ name, amount }) => `${name} ${amount}`)).toEqual(['CGST 9.05', 'SGST 9.04']);
  });

  test('a part bears its part of the tax', () => {
    const invoice = invoiceOf([seat('20000')]);
    expect(creditNoteAmounts(invoice, [], [{ invoiceItemId: 'item-0', amount: '19333' }])).toMatchObject({
      subtotal: '19333.00',
      taxTotal: '3479.94',
      total: '22812.94',
      roundingAmount: '0.00',
    });
  });

  test.each([
    ['more than is left of a line', [{ invoiceItemId: 'item-0', amount: '100.01' }], 'CREDIT_NOTE_TOO_LARGE'],
    ['nothing', [{ invoiceItemId: 'item-0', amount: '0' }], 'CREDIT_NOTE_TOO_LARGE'],
    ['a line of another invoice', [{ invoiceItemId: 'item-9' }], 'VALIDATION_FAILED'],
    ['a line twice', [{ invoiceItemId: 'item-0', amount: '1' }, { invoiceItemId: 'item-0' }], 'VALIDATION_FAILED'],
    ['half a paisa', [{ invoiceItemId: 'item-0', amount: '1.005' }], 'VALIDATION_FAILED'],
    ['what was given back', [{ invoiceItemId: 'item-1' }], 'CREDIT_NOTE_TOO_LARGE'],
  ])('refuses %s', (_case, lines, code) => {
    const invoice = invoiceOf([seat('100'), seat('-10')]);
    expect(() => creditNoteAmounts(invoice, [], lines)).toThrow(expect.objectContaining({ code }));
  });

  test('any sequence of notes comes to the invoice, to the last unit, and never above it', () => {
    const line = fc.record({
      quantity: fc.integer({ min: 1, max: 50 }).map(String),
      unitPrice: fc
        .integer({ min: 1, max: 500_000 })
        .map((paise) => parseDecimal(`${paise}`).dividedBy(100).toFixed(2)),
      taxRate: fc.constantFrom('0', '5', '18'),
    });
    const cuts = fc.array(fc.tuple(fc.nat({ max: 7 }), fc.integer({ min: 1, max: 100 })), { maxLength: 12 });
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 50 }),
        fc.constantFrom(undefined, '1'),
        cuts,
        (lines, discount, roundTotalTo, steps) => {
          const invoice = invoiceOf(lines, { discount: String(discount), ...(roundTotalTo && { roundTotalTo }) });
          const credited = new Map<string, CreditedItem>();
          let taken = parseDecimal('0');
          const take = (items?: { invoiceItemId: string; amount?: string }[]) => {
            const current = { ...invoice, amountCredited: taken.toFixed(2) };
            const note = creditNoteAmounts(current, [...credited.values()], items);
            taken = taken.plus(note.total);
            for (const { invoiceItemId, amount, taxAmount } of note.items) {
              const before = credited.get(invoiceItemId);
              credited.set(invoiceItemId, {
                invoiceItemId,
                amount: parseDecimal(amount)
                  .plus(before?.amount ?? 0)
                  .toFixed(2),
                taxAmount: parseDecimal(taxAmount)
                  .plus(before?.taxAmount ?? 0)
                  .toFixed(2),
              });
            }
          };
          for (const [index, percent] of steps) {
            const item = invoice.items[index % invoice.items.length];
            if (item === undefined) continue;
            const left = parseDecimal(item.amount)
              .minus(item.discountAmount)
              .minus(credited.get(item.id)?.amount ?? 0);
            const amount = left.times(percent).dividedBy(100).toDecimalPlaces(2, 1);
            if (amount.isZero()) continue;
            try {
              take([{ invoiceItemId: item.id, amount: amount.toFixed(2) }]);
            } catch (error) {
              expect(error).toMatchObject({ code: 'CREDIT_NOTE_TOO_LARGE' });
            }
          }
          if (!taken.equals(invoice.total)) take();
          expect(taken.toFixed(2)).toBe(invoice.total);
          expect(() => take()).toThrow(expect.objectContaining({ code: 'CREDIT_NOTE_TOO_LARGE' }));
        },
      ),
      { numRuns: 300 },
    );
  });
});
