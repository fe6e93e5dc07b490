import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { InvoiceCustomer, InvoiceDiscount, InvoiceDraft } from '../../types/billing/invoice.ts';
import { computeInvoiceTotals, InvoiceTotalsError } from '../../utils/invoice-totals.ts';
import { formatUnitPrice, trimDecimal } from '../../utils/money.ts';

/** A line as somebody asks for it. */
export interface InvoiceItemInput {
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxRate: string;
}

export interface InvoiceDraftInput {
  readonly currency: string;
  readonly customer: InvoiceCustomer;
  readonly discount: InvoiceDiscount | null;
  readonly notes: string | null;
  readonly paymentTerms: number;
  readonly items: readonly InvoiceItemInput[];
}

/** What numeric(20,4) holds. */
const MOST_DIGITS_BEFORE_POINT = 16;

/**
 * Computes every amount of a draft.
 * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, VALIDATION_FAILED
 */
export function composeDraft(input: InvoiceDraftInput): InvoiceDraft {
  const totals = totalsOf(input);
  if (isTooLarge(totals.subtotal) || isTooLarge(totals.total)) throw appError('INVOICE_AMOUNT_TOO_LARGE');
  return {
    currency: input.currency,
    customer: input.customer,
    discount: input.discount === null ? null : { type: input.discount.type, value: trimDecimal(input.discount.value) },
    notes: input.notes,
    paymentTerms: input.paymentTerms,
    items: input.items.map((item, index) => {
      const amounts = totals.items[index];
      if (amounts === undefined) throw new Error('Every item has its totals');
      const { amount, discountAmount, taxAmount, total } = amounts;
      return {
        id: uuidv7(),
        description: item.description,
        quantity: trimDecimal(item.quantity),
        unitPrice: formatUnitPrice(item.unitPrice, input.currency),
        taxRate: trimDecimal(item.taxRate),
        amount,
        discountAmount,
        taxAmount,
        total,
      };
    }),
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    taxTotal: totals.taxTotal,
    total: totals.total,
  };
}

const isTooLarge = (amount: string): boolean => (amount.split('.', 1)[0]?.length ?? 0) > MOST_DIGITS_BEFORE_POINT;

function totalsOf({ currency, items, discount }: InvoiceDraftInput) {
  try {
    return computeInvoiceTotals({ currency, items, discount: discount ?? undefined });
  } catch (error) {
    if (!(error instanceof InvoiceTotalsError)) throw error;
    if (error.reason === 'DISCOUNT_TOO_LARGE') throw appError('INVOICE_DISCOUNT_TOO_LARGE', { cause: error });
    throw appError('VALIDATION_FAILED', {
      details: [{ path: `body.${error.path}`, message: error.message, code: error.reason }],
      cause: error,
    });
  }
}
