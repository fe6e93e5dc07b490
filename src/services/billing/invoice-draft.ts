import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type {
  BillingReason,
  InvoiceCustomer,
  InvoiceDiscount,
  InvoiceDraft,
  InvoiceItem,
  InvoiceItemKind,
} from '../../types/billing/invoice.ts';
import type { AppliedTax } from '../../types/billing/tax.ts';
import { computeInvoiceTotals, InvoiceTotalsError } from '../../utils/invoice-totals.ts';
import { formatUnitPrice, trimDecimal } from '../../utils/money.ts';
import { type ItemTax, splitTaxLines } from './invoice-taxes.ts';

/** A line as somebody asks for it, but for its tax. */
export interface InvoiceLineInput {
  readonly kind?: InvoiceItemKind | undefined;
  readonly description: string;
  readonly quantity: string;
  /** Negative for what is given back. */
  readonly unitPrice: string;
  /** HSN or SAC code. */
  readonly productCode?: string | null | undefined;
  readonly periodStart?: string | null | undefined;
  /** Exclusive. */
  readonly periodEnd?: string | null | undefined;
}

/** What a draft is made of. */
export interface DraftComposition {
  readonly currency: string;
  readonly customer: InvoiceCustomer;
  readonly discount: InvoiceDiscount | null;
  readonly subscriptionId: string | null;
  readonly couponId: string | null;
  readonly billingReason: BillingReason;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  readonly notes: string | null;
  readonly paymentTerms: number;
  readonly finalizesAt: string | null;
  readonly tax: AppliedTax;
  readonly items: ReadonlyArray<InvoiceLineInput & { readonly tax: ItemTax }>;
}

/** What numeric(20,4) holds. */
const MOST_DIGITS_BEFORE_POINT = 16;

/**
 * Computes every amount of a draft.
 * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, INVOICE_TOTAL_NEGATIVE, VALIDATION_FAILED
 */
export function composeDraft({ tax, ...input }: DraftComposition): InvoiceDraft {
  const totals = totalsOf({ tax, ...input });
  if (isTooLarge(totals.subtotal) || isTooLarge(totals.total)) throw appError('INVOICE_AMOUNT_TOO_LARGE');
  return {
    ...input,
    discount: input.discount === null ? null : { type: input.discount.type, value: trimDecimal(input.discount.value) },
    tax: { behavior: tax.behavior, rounding: tax.rounding, placeOfSupply: tax.placeOfSupply },
    taxLines: splitTaxLines(totals.taxLines, tax.gst, input.currency),
    items: input.items.map((item, index): InvoiceItem => {
      const amounts = totals.items[index];
      if (amounts === undefined) throw new Error('Every item has its totals');
      const { amount, discountAmount, taxAmount, total } = amounts;
      return {
        id: uuidv7(),
        kind: item.kind ?? 'one_off',
        description: item.description,
        productCode: item.productCode ?? null,
        periodStart: item.periodStart ?? null,
        periodEnd: item.periodEnd ?? null,
        quantity: trimDecimal(item.quantity),
        unitPrice: formatUnitPrice(item.unitPrice, input.currency),
        taxRate: trimDecimal(item.tax.percentage),
        amount,
        discountAmount,
        taxAmount,
        total,
      };
    }),
    subtotal: totals.subtotal,
    discountTotal: totals.discountTotal,
    taxTotal: totals.taxTotal,
    roundingAmount: totals.roundingAmount,
    total: totals.total,
  };
}

const isTooLarge = (amount: string): boolean => (amount.split('.', 1)[0]?.length ?? 0) > MOST_DIGITS_BEFORE_POINT;

function totalsOf({ currency, items, discount, tax }: DraftComposition) {
  try {
    return computeInvoiceTotals({
      currency,
      items: items.map(({ quantity, unitPrice, tax: { percentage, name } }) => ({
        quantity,
        unitPrice,
        taxRate: percentage,
        taxName: name,
      })),
      discount: discount ?? undefined,
      taxBehavior: tax.behavior,
      taxRounding: tax.rounding,
      roundTotalTo: tax.roundTotalTo,
    });
  } catch (error) {
    if (!(error instanceof InvoiceTotalsError)) throw error;
    if (error.reason === 'DISCOUNT_TOO_LARGE') throw appError('INVOICE_DISCOUNT_TOO_LARGE', { cause: error });
    if (error.reason === 'NEGATIVE_TOTAL') throw appError('INVOICE_TOTAL_NEGATIVE', { cause: error });
    throw appError('VALIDATION_FAILED', {
      details: [{ path: `body.${error.path}`, message: error.message, code: error.reason }],
      cause: error,
    });
  }
}
