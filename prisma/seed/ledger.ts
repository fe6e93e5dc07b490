import {
  invoiceFinalized,
  invoiceFinalizedCause,
  invoiceWrittenOff,
  paymentCaptured,
} from '../../src/services/billing/ledger-postings.ts';
import type { LedgerPosting } from '../../src/types/billing/ledger.ts';
import { parseDecimal } from '../../src/utils/money.ts';
import { createIds } from './ids.ts';
import type { InvoiceRow } from './invoices.ts';

/** A booking of the demo, and the cause of the one that it takes back. */
interface Booking {
  readonly posting: LedgerPosting;
  readonly bookedAt: string;
  readonly reverses?: string;
}

/**
 * The bookings of the demo's invoices, and the payments that paid them: all by bank transfer, past every gateway. They come to
 * what the invoices say.
 */
export function makeLedger(invoices: readonly InvoiceRow[]) {
  const payments = makePayments(invoices);
  const nextId = createIds('ledger_transactions');
  const transactionIds = new Map<string, string>();
  const booked = invoices.flatMap((invoice) =>
    bookingsOf(invoice, payments).map(({ posting, bookedAt, reverses }) => {
      const id = nextId();
      transactionIds.set(`${invoice.tenantId} ${posting.cause}`, id);
      const { cause, subjectType, subjectId } = posting;
      const reversesId =
        reverses === undefined ? null : (transactionIds.get(`${invoice.tenantId} ${reverses}`) ?? null);
      return {
        transaction: {
          tenantId: invoice.tenantId,
          id,
          cause,
          subjectType,
          subjectId,
          reversesId,
          bookedAt,
          createdAt: bookedAt,
        },
        entries: posting.entries.map((entry, index) => ({
          tenantId: invoice.tenantId,
          transactionId: id,
          position: index + 1,
          ...entry,
          bookedAt,
        })),
      };
    }),
  );
  return {
    payments,
    transactions: booked.map(({ transaction }) => transaction),
    entries: booked.flatMap(({ entries }) => entries),
  };
}

/** One for each invoice of which something was paid; what is paid in part was when it was due. */
function makePayments(invoices: readonly InvoiceRow[]) {
  const nextId = createIds('payments');
  return invoices.flatMap(({ tenantId, id, currency, amountPaid, number, paidAt, dueAt }) => {
    const capturedAt = paidAt ?? dueAt;
    if (capturedAt === null || parseDecimal(amountPaid).isZero()) return [];
    return [
      {
        tenantId,
        id: nextId(),
        purpose: 'invoice',
        invoiceId: id,
        gateway: 'external',
        gatewayPaymentId: `Transfer for ${number}`,
        method: 'bank_transfer',
        status: 'succeeded',
        currency,
        amount: amountPaid,
        netAmount: amountPaid,
        capturedAt,
        createdAt: capturedAt,
        updatedAt: capturedAt,
      } as const,
    ];
  });
}

/** In the order in which they were made. */
function bookingsOf(invoice: InvoiceRow, payments: ReturnType<typeof makePayments>): Booking[] {
  if (invoice.issuedAt === null) return [];
  const { issuedAt, voidedAt, writtenOffAt } = invoice;
  const finalized = invoiceFinalized(invoice);
  const due = parseDecimal(invoice.total).minus(invoice.amountPaid).toFixed();
  const bookings: Booking[] = [
    { posting: finalized, bookedAt: issuedAt },
    ...payments
      .filter(({ invoiceId }) => invoiceId === invoice.id)
      .map((payment) => ({
        posting: paymentCaptured({ ...payment, gatewayFee: '0', platformFee: '0' }),
        bookedAt: payment.capturedAt,
      })),
    ...(voidedAt === null ? [] : [{ ...reversalOf(finalized), bookedAt: voidedAt }]),
    ...(writtenOffAt === null
      ? []
      : [{ posting: invoiceWrittenOff({ ...invoice, amountDue: due }), bookedAt: writtenOffAt }]),
  ];
  return bookings.filter(({ posting }) => posting.entries.length > 0);
}

const reversalOf = (posting: LedgerPosting) => ({
  posting: {
    ...posting,
    cause: `void:${invoiceFinalizedCause(posting.subjectId)}`,
    entries: posting.entries.map((entry) => ({ ...entry, amount: parseDecimal(entry.amount).negated().toFixed() })),
  },
  reverses: posting.cause,
});
