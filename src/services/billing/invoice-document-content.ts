import { invariant } from '../../errors/app-error.ts';
import type { CreditNote } from '../../types/billing/credit-note.ts';
import type { Invoice, InvoiceItem } from '../../types/billing/invoice.ts';
import type { TaxLine } from '../../types/billing/tax.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import { parseDecimal, roundMoneyToText } from '../../utils/money.ts';
import type { DocumentPeriod, InvoiceDocument, InvoiceParty } from './invoice-document-model.ts';

/** What both kinds of documents are told by: how dates are written, and who sells. */
export interface DocumentSetting extends Pick<Tenant, 'locale' | 'timeZone'> {
  readonly seller: InvoiceParty;
}

/** What the PDF of a finalized invoice shows. */
export function invoiceContent(invoice: Invoice, { locale, timeZone, seller }: DocumentSetting): InvoiceDocument {
  return {
    number: invariant(invoice.number, 'A finalized invoice has a number'),
    status: invoice.status,
    issuedAt: invariant(invoice.issuedAt, 'A finalized invoice was issued'),
    dueAt: invariant(invoice.dueAt, 'A finalized invoice is due'),
    period: periodOf(invoice),
    placeOfSupply: placeOf(invoice),
    pricesIncludeTax: invoice.taxBehavior === 'inclusive',
    timeZone,
    locale,
    currency: invoice.currency,
    seller,
    buyer: buyerOf(invoice),
    items: invoice.items.map((item) => ({
      description: item.description,
      productCode: item.productCode ?? undefined,
      period: periodOf(item),
      quantity: item.quantity,
      unitPrice: item.unitPrice,
      taxRate: item.taxRate,
      amount: item.amount,
    })),
    subtotal: invoice.subtotal,
    discountTotal: invoice.discountTotal,
    taxLines: taxLinesOf(invoice),
    roundingAmount: invoice.roundingAmount,
    total: invoice.total,
    amountDue: invoice.amountDue,
    notes: invoice.notes ?? undefined,
  };
}

/** What the PDF of a credit note shows; the reason is its note. */
export function creditNoteContent(
  note: CreditNote,
  invoice: Invoice,
  { locale, timeZone, seller }: DocumentSetting,
): InvoiceDocument {
  return {
    kind: 'credit_note',
    number: note.number,
    invoiceNumber: invariant(invoice.number, 'A credited invoice has a number'),
    status: 'issued',
    issuedAt: note.issuedAt,
    placeOfSupply: placeOf(invoice),
    timeZone,
    locale,
    currency: note.currency,
    seller,
    buyer: buyerOf(invoice),
    items: note.items.map(({ invoiceItemId, description, amount }) => {
      const item = invariant(
        invoice.items.find(({ id }) => id === invoiceItemId),
        'A credited line is one of the invoice',
      );
      return {
        description,
        productCode: item.productCode ?? undefined,
        period: periodOf(item),
        quantity: '1',
        unitPrice: amount,
        taxRate: item.taxRate,
        amount,
      };
    }),
    subtotal: note.subtotal,
    discountTotal: '0',
    taxLines: note.taxLines,
    roundingAmount: note.roundingAmount,
    total: note.total,
    amountDue: '0',
    notes: note.reason,
  };
}

const buyerOf = (invoice: Invoice): InvoiceParty => ({
  name: invoice.customerName,
  email: invoice.customerEmail,
  addressLines: invoice.customerAddressLines,
  taxId: invoice.customerTaxId ?? undefined,
});

const periodOf = ({
  periodStart,
  periodEnd,
}: Pick<InvoiceItem, 'periodStart' | 'periodEnd'>): DocumentPeriod | undefined =>
  periodStart === null || periodEnd === null ? undefined : { start: periodStart, end: periodEnd };

/** Said where a tax depends on it. */
const placeOf = ({ placeOfSupply, taxTotal }: Invoice): string | undefined =>
  placeOfSupply === null || parseDecimal(taxTotal).isZero() ? undefined : placeOfSupply;

/** Invoices from before tax lines were kept have them in their items. */
function taxLinesOf({ taxLines, items, currency }: Invoice): readonly TaxLine[] {
  if (taxLines.length > 0) return taxLines;
  const sum = (amounts: readonly string[]): string =>
    roundMoneyToText(
      amounts.reduce((total, amount) => total.plus(amount), parseDecimal('0')),
      currency,
    );
  return [...new Set(items.map(({ taxRate }) => taxRate))].map((rate) => {
    const taxed = items.filter(({ taxRate }) => taxRate === rate);
    const taxable = taxed.map(({ amount, discountAmount }) => parseDecimal(amount).minus(discountAmount).toFixed());
    return { name: 'Tax', rate, taxable: sum(taxable), amount: sum(taxed.map(({ taxAmount }) => taxAmount)) };
  });
}
