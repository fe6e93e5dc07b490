import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext } from '../../types/context.ts';
import type { PaymentMethodKind } from '../../types/payments/payment.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { LedgerService } from '../billing/ledger.service.ts';
import { paymentCaptured } from '../billing/ledger-postings.ts';
import type { InvoiceSettling } from './outcome.service.ts';
import { type ChargeInput, lockPayable } from './payment.service.ts';
import { askedAmount, refuseCardNumber, requireCurrency } from './payment-amount.ts';

/** Money that came past every gateway. */
export interface ExternalPaymentInput {
  readonly method: Extract<PaymentMethodKind, 'bank_transfer' | 'cash' | 'cheque'>;
  /** The bank's reference, or the number of the cheque or the receipt. */
  readonly reference: string;
  /** ISO 8601. */
  readonly paidAt: string;
  /** All that is due where none is named. */
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}

/** One of two: through a gateway with a method of the tenant, or recorded as paid outside. */
export type PayInvoiceInput =
  | { readonly through: 'gateway'; readonly paymentMethodId?: string | undefined }
  | ({ readonly through: 'outside' } & ExternalPaymentInput);

export interface InvoicePaymentServiceDeps {
  readonly payments: PaymentRepository;
  readonly charges: { begin(ctx: TenantContext, input: ChargeInput): Promise<string> };
  readonly ledger: Pick<LedgerService, 'book'>;
  readonly invoices: InvoiceSettling;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export type InvoicePaymentService = ReturnType<typeof createInvoicePaymentService>;

/** Paying an invoice, by whichever way. */
export function createInvoicePaymentService(deps: InvoicePaymentServiceDeps) {
  const { payments, charges, ledger, invoices, tx, audit, events, clock } = deps;

  const record = async (ctx: TenantContext, invoiceId: string, paid: ExternalPaymentInput): Promise<string> =>
    tx.run(ctx, async (txCtx) => {
      const invoice = await lockPayable(txCtx, payments, invoiceId);
      const { currency } = invoice;
      requireCurrency(paid.currency, currency);
      const amount =
        paid.amount === undefined ? invoice.amountDue : askedAmount({ ...paid, amount: paid.amount }, currency);
      if (new ExactDecimal(amount).greaterThan(invoice.amountDue))
        throw appError('PAYMENT_EXCEEDS_DUE', { details: { amountDue: invoice.amountDue, currency } });
      const now = clock.now();
      const capturedAt = new Date(paid.paidAt);
      if (capturedAt > now || (invoice.issuedAt !== null && capturedAt < new Date(invoice.issuedAt)))
        throw appError('PAYMENT_DATE_REFUSED');
      const { method, reference } = paid;
      const payment = { id: uuidv7(), invoiceId, method, currency, amount };
      await payments.insertExternal(txCtx, {
        ...payment,
        reference,
        description: `Invoice ${invoice.number ?? invoiceId}`,
        capturedAt: capturedAt.toISOString(),
        createdAt: now.toISOString(),
      });
      const booked = { purpose: 'invoice', gateway: 'external', gatewayFee: '0', platformFee: '0' } as const;
      await ledger.book(txCtx, paymentCaptured({ ...payment, ...booked }), capturedAt);
      await invoices.applyPayment(txCtx, invoiceId, amount);
      events.publish(txCtx, 'payment.succeeded', payment.id, { paymentId: payment.id, invoiceId });
      audit.record(txCtx, {
        resourceType: 'payment',
        resourceId: payment.id,
        after: { invoiceId, method, reference, currency, amount, paidAt: capturedAt.toISOString() },
      });
      return payment.id;
    });

  return {
    /**
     * Begins the payment of an invoice; what was paid outside is done with it.
     * @returns the id of the payment
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_OPEN, PAYMENT_IN_PROGRESS, PAYMENT_METHOD_NOT_FOUND, PAYMENT_METHOD_NEEDED,
     *   PAYMENT_AMOUNT_REFUSED, PAYMENT_CURRENCY_REFUSED, PAYMENT_EXCEEDS_DUE, PAYMENT_DATE_REFUSED for a payment in the future or
     *   before its invoice, PAYMENT_REFERENCE_TAKEN, CARD_NUMBER_REFUSED
     */
    async begin(ctx: TenantContext, invoiceId: string, input: PayInvoiceInput): Promise<string> {
      if (input.through === 'gateway') return charges.begin(ctx, { invoiceId, paymentMethodId: input.paymentMethodId });
      refuseCardNumber(input.reference);
      try {
        return await record(ctx, invoiceId, input);
      } catch (error) {
        if (violatedConstraint(error) !== 'payments_once_at_the_gateway') throw error;
        throw appError('PAYMENT_REFERENCE_TAKEN', { cause: error });
      }
    },
  };
}
