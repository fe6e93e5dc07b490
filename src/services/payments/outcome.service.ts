import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { ChargeOutcome, GatewayEvent } from '../../gateways/payments/payment.gateway.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext } from '../../types/context.ts';
import type { Dispute, Payment, PaymentAttempt, Refund } from '../../types/payments/payment.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { LedgerService } from '../billing/ledger.service.ts';
import { disputeOpened, disputeOpenedCause, paymentCaptured } from '../billing/ledger-postings.ts';
import { feesOf } from './fees.ts';
import type { PaymentSettingsService } from './payment-settings.service.ts';
import { canDisputeBecome, canPaymentBecome } from './payment-states.ts';
import type { AppliedRefund, RefundOutcomes } from './refund-outcomes.ts';

/** The side of billing that takes a payment in. */
export interface InvoiceSettling {
  /** Adds to what is paid of an open invoice; in its own lock. */
  applyPayment(ctx: TenantTxContext, invoiceId: string, amount: string): Promise<unknown>;
}

export interface OutcomeServiceDeps {
  readonly payments: PaymentRepository;
  readonly refunds: RefundRepository;
  readonly refundOutcomes: RefundOutcomes;
  readonly settings: Pick<PaymentSettingsService, 'ratesOf' | 'holdDaysOf'>;
  readonly ledger: Pick<LedgerService, 'book' | 'reverse'>;
  readonly invoices: InvoiceSettling;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** What became of a charge; without an id where the gateway never took it. */
export type AppliedCharge = Omit<ChargeOutcome, 'gatewayPaymentId'> & { readonly gatewayPaymentId: string | null };
export type DisputeEvent = Extract<GatewayEvent, { kind: 'dispute' }>;

/** Why the rest of a payment goes back that its invoice did not take. */
export const SURPLUS_REASON = 'The invoice was paid, voided or written off meanwhile.';

const DAY_MS = 86_400_000;

const attemptOutcome = (status: AppliedCharge['status']): PaymentAttempt['outcome'] =>
  status === 'succeeded' ? 'succeeded' : status === 'failed' || status === 'canceled' ? 'failed' : 'pending';

export type OutcomeService = ReturnType<typeof createOutcomeService>;

/**
 * Writes what a gateway says, whether it answered, was asked again or told by an event: in one transaction with the booking and
 * the invoice. States never go back; what is heard twice is done once. Locks: invoice, payment, refund.
 */
export function createOutcomeService(deps: OutcomeServiceDeps) {
  const { payments, refunds, refundOutcomes, settings, ledger, invoices, events, clock } = deps;
  const now = (): string => clock.now().toISOString();

  /** Locks the payment, and its invoice before it. */
  const lockWithInvoice = async (ctx: TenantTxContext, paymentId: string) => {
    const { invoiceId } = invariant(await payments.findById(ctx, paymentId), 'An outcome belongs to a payment');
    const invoice = invoiceId === null ? null : await payments.lockInvoice(ctx, invoiceId);
    const payment = invariant(await payments.lock(ctx, paymentId), 'Payments are never deleted');
    return { payment, invoice };
  };

  /** What the invoice does not take any more is the tenant's, and goes back by itself: the janitor sends it. */
  const giveBack = async (ctx: TenantTxContext, payment: Payment, amount: string): Promise<void> => {
    const refund = { id: uuidv7(), paymentId: payment.id, currency: payment.currency, amount };
    await refunds.insertMany(ctx, [refund], { reason: SURPLUS_REASON, createdBy: null, createdAt: now() });
    await payments.reserveRefunds(ctx, [{ id: payment.id, amount }], now());
  };

  const capture = async (
    ctx: TenantTxContext,
    { payment, invoice }: Awaited<ReturnType<typeof lockWithInvoice>>,
    { gatewayPaymentId, fee }: AppliedCharge,
  ): Promise<void> => {
    const rates = await settings.ratesOf(ctx, payment.method, payment.currency);
    const toldFee = fee !== null && fee.currency === payment.currency ? fee.amount : null;
    // The platform takes no fee of what is paid to itself.
    const own = payment.purpose === 'invoice' ? { ...rates, platformPercentage: '0', platformFixed: '0' } : rates;
    const fees = feesOf(payment, own, toldFee);
    const at = clock.now();
    const availableAt =
      payment.purpose === 'collection' ? new Date(at.getTime() + (await settings.holdDaysOf(ctx)) * DAY_MS) : null;
    await payments.succeed(ctx, payment.id, {
      gatewayPaymentId,
      ...fees,
      capturedAt: at.toISOString(),
      availableAt: availableAt?.toISOString() ?? null,
    });
    await ledger.book(ctx, paymentCaptured({ ...payment, ...fees }), at);
    if (invoice === null) return;
    const due = invoice.status === 'open' ? invoice.amountDue : '0';
    const taken = ExactDecimal.min(due, payment.amount);
    if (!taken.isZero()) await invoices.applyPayment(ctx, invoice.id, taken.toFixed());
    const surplus = new ExactDecimal(payment.amount).minus(taken);
    if (!surplus.isZero()) await giveBack(ctx, payment, surplus.toFixed());
  };

  return {
    /**
     * Writes what became of a charge: fees, booking and invoice with a success. A success is heard even after a failure. What the
     * invoice does not take any more is refunded.
     * @returns the payment as it is now
     */
    async applyChargeOutcome(
      ctx: TenantTxContext,
      paymentId: string,
      outcome: AppliedCharge,
      operation: PaymentAttempt['operation'] = 'event',
    ): Promise<Payment> {
      const locked = await lockWithInvoice(ctx, paymentId);
      const { payment } = locked;
      const { status, gatewayPaymentId, failure, response } = outcome;
      if (!canPaymentBecome(payment.status, status)) return payment;
      const attempt = { operation, outcome: attemptOutcome(status), response, createdAt: now() };
      await payments.addAttempt(ctx, paymentId, attempt);
      const told = { paymentId, invoiceId: payment.invoiceId };
      if (status === 'succeeded') {
        await capture(ctx, locked, outcome);
        events.publish(ctx, 'payment.succeeded', paymentId, told);
      } else if (status === 'processing' || status === 'requires_action') {
        await payments.advance(ctx, paymentId, status, gatewayPaymentId, now());
      } else {
        await payments.fail(ctx, paymentId, { status, gatewayPaymentId, ...failureFields(failure) }, now());
        if (status === 'failed') events.publish(ctx, 'payment.failed', paymentId, told);
      }
      return invariant(await payments.findById(ctx, paymentId), 'A payment that was just written is there');
    },

    /**
     * Writes what became of a refund: the booking with a success; what was reserved is given back with a failure.
     * @returns the refund as it is now
     */
    async applyRefundOutcome(
      ctx: TenantTxContext,
      refundId: string,
      outcome: AppliedRefund,
      operation: PaymentAttempt['operation'] = 'event',
    ): Promise<Refund> {
      const [refund] = await refundOutcomes.apply(ctx, new Map([[refundId, outcome]]), operation);
      return invariant(refund, 'An outcome belongs to a refund');
    },

    /**
     * Writes that a payment is contested, or how that ended. The money goes at once, and comes back when the dispute is won.
     * @returns null for a payment that is not the tenant's
     */
    async applyDispute(ctx: TenantTxContext, event: DisputeEvent): Promise<Dispute | null> {
      const { gatewayPaymentId, gatewayDisputeId, amount, fee, reason, status } = event;
      const paymentId = await refunds.findDisputedPayment(ctx, gatewayPaymentId);
      if (paymentId === null) return null;
      const { payment } = await lockWithInvoice(ctx, paymentId);
      const known = await refunds.lockDispute(ctx, gatewayDisputeId);
      const id = known?.id ?? uuidv7();
      if (known === null) {
        const dispute = {
          ...{ id, paymentId, gatewayDisputeId, reason, currency: amount.currency },
          ...{ amount: amount.amount, fee: fee.currency === amount.currency ? fee.amount : '0' },
        };
        await refunds.insertDispute(ctx, { ...dispute, openedAt: event.occurredAt.toISOString() });
        await ledger.book(ctx, disputeOpened(dispute, payment));
        events.publish(ctx, 'dispute.opened', paymentId, { paymentId, disputeId: id });
      }
      if (canDisputeBecome(known?.status ?? 'open', status)) {
        await refunds.closeDispute(ctx, id, status, event.occurredAt.toISOString());
        if (status === 'won') await ledger.reverse(ctx, disputeOpenedCause(id), 'dispute.won');
        events.publish(ctx, 'dispute.closed', paymentId, { paymentId, disputeId: id });
      }
      return refunds.lockDispute(ctx, gatewayDisputeId);
    },
  };
}

const failureFields = (failure: AppliedCharge['failure']) => ({
  failureCode: failure?.code ?? null,
  failureMessage: failure?.message ?? null,
  failureClass: failure?.class ?? null,
});
