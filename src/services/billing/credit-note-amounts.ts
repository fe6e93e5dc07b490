import type { Decimal } from 'decimal.js';
import { appError } from '../../errors/app-error.ts';
import type { CreditedItem, CreditNote, CreditNoteItem } from '../../types/billing/credit-note.ts';
import type { Invoice, InvoiceItem } from '../../types/billing/invoice.ts';
import { parseDecimal, roundMoney, roundMoneyToText } from '../../utils/money.ts';
import { splitTaxLines, taxNameOf } from './invoice-taxes.ts';

/** A line to be taken back: as much of it as `amount` says, after discount and before tax, or all that is left. */
export interface CreditNoteLineInput {
  readonly invoiceItemId: string;
  readonly amount?: string | undefined;
}

export type CreditNoteAmounts = Pick<
  CreditNote,
  'items' | 'taxLines' | 'subtotal' | 'taxTotal' | 'roundingAmount' | 'total'
>;

/** What is left of a line. */
interface Rest {
  readonly item: InvoiceItem;
  readonly net: Decimal;
  readonly tax: Decimal;
}

interface Part extends Rest {
  readonly creditedNet: Decimal;
  readonly creditedTax: Decimal;
}

/**
 * What a credit note over some lines of an invoice, or over all that is left of it, comes to. The tax of a part is the line's in
 * proportion, and the last part takes what is left; the note that takes back the last of an invoice takes its rounding back too.
 * @throws AppError CREDIT_NOTE_TOO_LARGE, VALIDATION_FAILED for lines that are not the invoice's
 */
export function creditNoteAmounts(
  invoice: Invoice,
  credited: readonly CreditedItem[],
  lines: readonly CreditNoteLineInput[] | undefined,
): CreditNoteAmounts {
  const rests = invoice.items.map((item) => restOf(item, credited));
  const parts =
    lines === undefined ? wholeRest(rests) : lines.map((line, index) => partOf(line, index, lines, rests, invoice));

  const takesTheLast = rests.every(({ item, net, tax }) => {
    const part = parts.find((each) => each.item.id === item.id);
    return net.equals(part?.creditedNet ?? 0) && tax.equals(part?.creditedTax ?? 0);
  });
  const subtotal = sumOf(parts.map(({ creditedNet }) => creditedNet));
  const taxTotal = sumOf(parts.map(({ creditedTax }) => creditedTax));
  const rounding = takesTheLast ? parseDecimal(invoice.roundingAmount) : parseDecimal('0');
  const total = subtotal.plus(taxTotal).plus(rounding);
  const left = parseDecimal(invoice.total).minus(invoice.amountCredited);
  if (total.lessThanOrEqualTo(0) || total.greaterThan(left)) throw tooLarge(left, invoice.currency);

  const text = (amount: Decimal): string => roundMoneyToText(amount, invoice.currency);
  return {
    items: parts.map(
      ({ item, creditedNet, creditedTax }): CreditNoteItem => ({
        invoiceItemId: item.id,
        description: item.description,
        amount: text(creditedNet),
        taxAmount: text(creditedTax),
        total: text(creditedNet.plus(creditedTax)),
      }),
    ),
    taxLines: splitTaxLines(taxesOf(parts, invoice), gstOf(invoice), invoice.currency),
    subtotal: text(subtotal),
    taxTotal: text(taxTotal),
    roundingAmount: text(rounding),
    total: text(total),
  };
}

const sumOf = (amounts: readonly Decimal[]): Decimal =>
  amounts.reduce((sum, amount) => sum.plus(amount), parseDecimal('0'));

const tooLarge = (left: Decimal, currency: string) =>
  appError('CREDIT_NOTE_TOO_LARGE', { details: { left: roundMoneyToText(left, currency) } });

function restOf(item: InvoiceItem, credited: readonly CreditedItem[]): Rest {
  const taken = credited.find(({ invoiceItemId }) => invoiceItemId === item.id);
  return {
    item,
    net: parseDecimal(item.amount)
      .minus(item.discountAmount)
      .minus(taken?.amount ?? 0),
    tax: parseDecimal(item.taxAmount).minus(taken?.taxAmount ?? 0),
  };
}

const wholeRest = (rests: readonly Rest[]): Part[] =>
  rests
    .filter(({ net, tax }) => !net.isZero() || !tax.isZero())
    .map((rest) => ({ ...rest, creditedNet: rest.net, creditedTax: rest.tax }));

function partOf(
  { invoiceItemId, amount }: CreditNoteLineInput,
  index: number,
  lines: readonly CreditNoteLineInput[],
  rests: readonly Rest[],
  { currency }: Invoice,
): Part {
  const refuse = (field: string, message: string) =>
    appError('VALIDATION_FAILED', { details: [{ path: `body.items.${index}.${field}`, message, code: 'custom' }] });
  const rest = rests.find(({ item }) => item.id === invoiceItemId);
  if (rest === undefined) throw refuse('invoiceItemId', 'Is no line of the invoice');
  if (lines.findIndex((line) => line.invoiceItemId === invoiceItemId) !== index) {
    throw refuse('invoiceItemId', 'Must be named once');
  }
  const net = amount === undefined ? rest.net : parseDecimal(amount);
  if (!roundMoney(net, currency).equals(net)) throw refuse('amount', `Is no amount of ${currency}`);
  if (net.lessThanOrEqualTo(0) || net.greaterThan(rest.net)) throw tooLarge(rest.net, currency);
  if (net.equals(rest.net)) return { ...rest, creditedNet: rest.net, creditedTax: rest.tax };
  const whole = parseDecimal(rest.item.amount).minus(rest.item.discountAmount);
  const share = roundMoney(net.times(rest.item.taxAmount).dividedBy(whole), currency);
  return { ...rest, creditedNet: net, creditedTax: share.greaterThan(rest.tax) ? rest.tax : share };
}

/** The tax that is taken back, by its percentage. */
function taxesOf(parts: readonly Part[], { taxLines, currency }: Invoice) {
  const rates = [...new Set(parts.map(({ item }) => item.taxRate))].toSorted((a, b) => parseDecimal(a).comparedTo(b));
  return rates.map((rate) => {
    const taxed = parts.filter(({ item }) => item.taxRate === rate);
    return {
      name: taxNameOf(taxLines, rate),
      rate,
      taxable: roundMoneyToText(sumOf(taxed.map(({ creditedNet }) => creditedNet)), currency),
      amount: roundMoneyToText(sumOf(taxed.map(({ creditedTax }) => creditedTax)), currency),
    };
  });
}

const gstOf = ({ taxLines }: Invoice) =>
  taxLines.some(({ name }) => name === 'CGST') ? ('intra_state' as const) : ('inter_state' as const);
