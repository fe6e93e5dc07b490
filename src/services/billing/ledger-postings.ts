import type { LedgerAccount, LedgerEntry, LedgerPosting } from '../../types/billing/ledger.ts';
import { ExactDecimal } from '../../utils/money.ts';

/** Amounts of one posting by their accounts: debits positive, credits negative; what comes to zero is left out. */
const entriesOf = (currency: string, amounts: ReadonlyArray<readonly [LedgerAccount, string]>): LedgerEntry[] =>
  amounts
    .map(([account, amount]) => ({ account, currency, amount: new ExactDecimal(amount).toFixed() }))
    .filter(({ amount }) => !new ExactDecimal(amount).isZero());

const negated = (amount: string): string => new ExactDecimal(amount).negated().toFixed();
const sumOf = (...amounts: readonly string[]): string =>
  amounts.reduce((sum, amount) => sum.plus(amount), new ExactDecimal(0)).toFixed();

interface InvoiceAmounts {
  readonly id: string;
  readonly currency: string;
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  readonly roundingAmount: string;
  readonly total: string;
}

/** The tenant owes the invoice; revenue is earned and tax is due. */
export const invoiceFinalized = (invoice: InvoiceAmounts): LedgerPosting => ({
  cause: invoiceFinalizedCause(invoice.id),
  subjectType: 'invoice',
  subjectId: invoice.id,
  entries: entriesOf(invoice.currency, [
    ['receivable', invoice.total],
    ['revenue', sumOf(negated(invoice.subtotal), invoice.discountTotal)],
    ['tax', negated(invoice.taxTotal)],
    ['rounding', negated(invoice.roundingAmount)],
  ]),
});

/** What voiding an invoice reverses. */
export const invoiceFinalizedCause = (invoiceId: string): string => `invoice.finalized:${invoiceId}`;

/** Nobody expects what is due of an invoice any more. */
export const invoiceWrittenOff = (invoice: { id: string; currency: string; amountDue: string }): LedgerPosting => ({
  cause: `invoice.written_off:${invoice.id}`,
  subjectType: 'invoice',
  subjectId: invoice.id,
  entries: entriesOf(invoice.currency, [
    ['bad_debt', invoice.amountDue],
    ['receivable', negated(invoice.amountDue)],
  ]),
});

/** A part of an invoice is taken back. */
export const creditNoteIssued = (note: {
  id: string;
  currency: string;
  subtotal: string;
  taxTotal: string;
  roundingAmount: string;
  total: string;
}): LedgerPosting => ({
  cause: `credit_note.issued:${note.id}`,
  subjectType: 'credit_note',
  subjectId: note.id,
  entries: entriesOf(note.currency, [
    ['revenue', note.subtotal],
    ['tax', note.taxTotal],
    ['rounding', note.roundingAmount],
    ['receivable', negated(note.total)],
  ]),
});

interface CapturedPayment {
  readonly id: string;
  readonly purpose: 'invoice' | 'collection';
  readonly gateway: string;
  readonly currency: string;
  readonly amount: string;
  readonly gatewayFee: string;
  readonly platformFee: string;
}

/** Where the money of a payment lies: at the gateway, or at the bank for what was paid past every gateway. */
const custodianOf = (gateway: string): LedgerAccount => (gateway === 'external' ? 'bank' : 'gateway');

/** Money came in: it pays an invoice, or is owed to the tenant less fees. */
export const paymentCaptured = (payment: CapturedPayment): LedgerPosting => {
  const { currency, amount, gatewayFee, platformFee } = payment;
  const arrived = sumOf(amount, negated(gatewayFee));
  return {
    cause: `payment.captured:${payment.id}`,
    subjectType: 'payment',
    subjectId: payment.id,
    entries: entriesOf(
      currency,
      payment.purpose === 'invoice'
        ? [
            [custodianOf(payment.gateway), arrived],
            ['gateway_fee', gatewayFee],
            ['receivable', negated(amount)],
          ]
        : [
            [custodianOf(payment.gateway), arrived],
            ['owed_to_tenant', sumOf(negated(arrived), platformFee)],
            ['platform_fee', negated(platformFee)],
          ],
    ),
  };
};

/**
 * Money went back to who paid it; the fees stay where they are.
 * @param refund.fromCredit the part that a credit note has given the tenant already, for the payment of an invoice
 */
export const refundSucceeded = (
  refund: { id: string; currency: string; amount: string; fromCredit: string },
  { purpose, gateway }: Pick<CapturedPayment, 'purpose' | 'gateway'>,
): LedgerPosting => ({
  cause: `refund.succeeded:${refund.id}`,
  subjectType: 'refund',
  subjectId: refund.id,
  entries: entriesOf(
    refund.currency,
    purpose === 'collection'
      ? [
          ['owed_to_tenant', refund.amount],
          [custodianOf(gateway), negated(refund.amount)],
        ]
      : [
          ['receivable', refund.fromCredit],
          ['refunds', sumOf(refund.amount, negated(refund.fromCredit))],
          [custodianOf(gateway), negated(refund.amount)],
        ],
  ),
});

/** The gateway took a contested payment back, and its fee. */
export const disputeOpened = (
  dispute: { id: string; currency: string; amount: string; fee: string },
  { purpose }: Pick<CapturedPayment, 'purpose'>,
): LedgerPosting => {
  const taken = sumOf(dispute.amount, dispute.fee);
  return {
    cause: disputeOpenedCause(dispute.id),
    subjectType: 'dispute',
    subjectId: dispute.id,
    entries: entriesOf(dispute.currency, [
      [purpose === 'collection' ? 'owed_to_tenant' : 'disputes', taken],
      ['gateway', negated(taken)],
    ]),
  };
};

/** What a dispute that was won reverses. */
export const disputeOpenedCause = (disputeId: string): string => `dispute.opened:${disputeId}`;

/** A payout was approved, and is on its way. */
export const settlementApproved = (settlement: { id: string; currency: string; netAmount: string }): LedgerPosting => ({
  cause: settlementApprovedCause(settlement.id),
  subjectType: 'settlement',
  subjectId: settlement.id,
  entries: entriesOf(settlement.currency, [
    ['owed_to_tenant', settlement.netAmount],
    ['settlement_transit', negated(settlement.netAmount)],
  ]),
});

/** What a payout reverses that is refused or fails after its approval. */
export const settlementApprovedCause = (settlementId: string): string => `settlement.approved:${settlementId}`;

/** The bank confirmed a payout. */
export const settlementSettled = (settlement: { id: string; currency: string; netAmount: string }): LedgerPosting => ({
  cause: settlementSettledCause(settlement.id),
  subjectType: 'settlement',
  subjectId: settlement.id,
  entries: entriesOf(settlement.currency, [
    ['settlement_transit', settlement.netAmount],
    ['bank', negated(settlement.netAmount)],
  ]),
});

/** What a payout reverses that the tenant's bank sent back. */
export const settlementSettledCause = (settlementId: string): string => `settlement.settled:${settlementId}`;
