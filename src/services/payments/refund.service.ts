import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import { PaymentGatewayError } from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Payment, Refund, RefundFilter } from '../../types/payments/payment.ts';
import { ExactDecimal, formatAmount } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { GatewayOf } from './payment.service.ts';
import { askedAmount, refuseCardNumber, requireCurrency } from './payment-amount.ts';
import type { AppliedRefund, RefundOutcomes } from './refund-outcomes.ts';

export interface RefundServiceDeps {
  readonly refunds: RefundRepository;
  readonly payments: Pick<PaymentRepository, 'findMany' | 'lockMany' | 'reserveRefunds'>;
  readonly refundOutcomes: RefundOutcomes;
  readonly gatewayOf: GatewayOf;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** What is refunded of a payment. */
export interface RefundPart {
  readonly paymentId: string;
  /** All that is left where none is named. */
  readonly amount?: string | undefined;
  readonly currency?: string | undefined;
}

export interface RefundInput extends RefundPart {
  readonly reason?: string | undefined;
}

/** What was paid past every gateway is given back there as well. */
const GIVEN_BACK: AppliedRefund = { status: 'succeeded', gatewayRefundId: null, failure: null, response: {} };

const REFUSED: AppliedRefund = {
  status: 'failed',
  gatewayRefundId: null,
  failure: { code: 'gateway_refused', message: 'The gateway does not take the request.', class: 'gateway' },
  response: {},
};

const ASKED_AT_ONCE = 16;

export type RefundService = ReturnType<typeof createRefundService>;

/**
 * Refunds, in three phases as payments: amounts are reserved in the payments, under their locks, before the gateway is asked, so
 * that no sum of refunds is ever more than was captured. One refund is as many as a thousand of one tenant: each phase is one
 * transaction, with as many statements.
 */
export function createRefundService({
  refunds,
  payments,
  refundOutcomes,
  gatewayOf,
  tx,
  audit,
  clock,
}: RefundServiceDeps) {
  /** Null where nobody knows what came of it. */
  const answerOf = async (refund: Refund, payment: Payment): Promise<AppliedRefund | null> => {
    if (payment.gateway === 'external') return GIVEN_BACK;
    const gateway = gatewayOf(payment.gateway);
    if (gateway === null) return null;
    try {
      return await gateway.refund({
        idempotencyKey: refund.id,
        gatewayPaymentId: invariant(payment.gatewayPaymentId, 'A captured payment has an id at its gateway'),
        amount: refund.amount,
        currency: refund.currency,
        metadata: { tenantId: refund.tenantId, paymentId: payment.id, refundId: refund.id },
      });
    } catch (error) {
      if (!(error instanceof PaymentGatewayError)) throw error;
      return error.retryable ? null : REFUSED;
    }
  };

  const askAll = async (ctx: TenantContext, pending: readonly Refund[]): Promise<Map<string, AppliedRefund>> => {
    const found = await payments.findMany(ctx, [...new Set(pending.map(({ paymentId }) => paymentId))]);
    const paymentsById = new Map(found.map((payment) => [payment.id, payment]));
    const answers = new Map<string, AppliedRefund>();
    const waiting = [...pending];
    const ask = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const payment = invariant(paymentsById.get(next.paymentId), 'A refund has a payment');
        const answer = await answerOf(next, payment);
        if (answer !== null) answers.set(next.id, answer);
      }
    };
    await Promise.all(Array.from({ length: Math.min(ASKED_AT_ONCE, pending.length) }, ask));
    return answers;
  };

  /** Reserves what will be refunded of several payments: all of it, or nothing. */
  const beginMany = (
    ctx: TenantContext,
    parts: readonly RefundPart[],
    reason: string | undefined,
  ): Promise<string[]> => {
    refuseCardNumber(reason);
    return tx.run(ctx, async (txCtx) => {
      const ids = parts.map(({ paymentId }) => paymentId);
      if (new Set(ids).size !== ids.length)
        throw new RangeError('Several refunds of a payment are begun one after the other');
      const locked = new Map((await payments.lockMany(txCtx, ids)).map((payment) => [payment.id, payment]));
      const contested = new Set(await refunds.findContested(txCtx, ids));
      const made = parts.map((part) => ({
        ...{ id: uuidv7(), paymentId: part.paymentId },
        ...refundable(part, locked.get(part.paymentId), contested),
      }));
      const createdAt = clock.now().toISOString();
      await refunds.insertMany(txCtx, made, { reason: reason ?? null, createdBy: ctx.actor.id, createdAt });
      const reserved = made.map(({ paymentId: id, amount }) => ({ id, amount }));
      await payments.reserveRefunds(txCtx, reserved, createdAt);
      audit.recordMany(
        txCtx,
        made.map(({ id, ...after }) => ({
          ...{ resourceType: 'refund', resourceId: id },
          after: { ...after, reason: reason ?? null },
        })),
      );
      return made.map(({ id }) => id);
    });
  };

  /**
   * Refunds what was begun, and writes what came of it; nothing is refunded twice. What the gateway does not answer waits for
   * the janitor, and holds up nothing else.
   * @returns the refunds as they are now, in the order of their ids
   */
  const finishMany = async (ctx: TenantContext, ids: readonly string[]): Promise<Refund[]> => {
    const found = await refunds.findMany(ctx, ids);
    const pending = found.filter(({ status, gatewayRefundId }) => status === 'pending' && gatewayRefundId === null);
    if (pending.length === 0) return found;
    const answers = await askAll(ctx, pending);
    if (answers.size === 0) return found;
    const applied = await tx.run(ctx, (txCtx) => refundOutcomes.apply(txCtx, answers, 'refund'));
    const after = new Map(applied.map((refund) => [refund.id, refund]));
    return found.map((refund) => after.get(refund.id) ?? refund);
  };

  return {
    list(ctx: Context, filter: RefundFilter): Promise<Page<Refund>> {
      return refunds.list(ctx, filter);
    },

    beginMany,
    finishMany,

    /**
     * Reserves what will be refunded of a payment.
     * @returns the id of the refund
     * @throws AppError PAYMENT_NOT_FOUND, PAYMENT_NOT_REFUNDABLE, PAYMENT_DISPUTED, REFUND_EXCEEDS_PAYMENT with what is left,
     *   PAYMENT_AMOUNT_REFUSED, PAYMENT_CURRENCY_REFUSED, CARD_NUMBER_REFUSED
     */
    async begin(ctx: TenantContext, { reason, ...part }: RefundInput): Promise<string> {
      return invariant((await beginMany(ctx, [part], reason))[0], 'One refund was begun');
    },

    /**
     * Refunds what was begun, and writes what came of it; nothing is refunded twice. A refusal is a refund that failed.
     * @throws AppError PAYMENT_GATEWAY_UNAVAILABLE when nobody knows what came of it: the janitor asks again
     */
    async finish(ctx: TenantContext, refundId: string): Promise<Refund> {
      const refund = invariant((await finishMany(ctx, [refundId]))[0], 'A refund that was begun is there');
      if (refund.status === 'pending' && refund.gatewayRefundId === null)
        throw appError('PAYMENT_GATEWAY_UNAVAILABLE', { details: { refundId } });
      return refund;
    },
  };
}

/** @throws AppError for what can't be refunded, as `begin` */
function refundable(
  { amount: asked, currency: askedCurrency }: RefundPart,
  payment: Payment | undefined,
  contested: ReadonlySet<string>,
): Pick<Refund, 'amount' | 'currency'> {
  if (payment === undefined) throw appError('PAYMENT_NOT_FOUND');
  const { currency } = payment;
  requireCurrency(askedCurrency, currency);
  if (payment.status !== 'succeeded') throw appError('PAYMENT_NOT_REFUNDABLE');
  if (contested.has(payment.id)) throw appError('PAYMENT_DISPUTED');
  const left = formatAmount(new ExactDecimal(payment.amount).minus(payment.amountRefunded).toFixed(), currency);
  const amount = asked === undefined ? left : askedAmount({ amount: asked }, currency);
  if (new ExactDecimal(left).isZero() || new ExactDecimal(amount).greaterThan(left))
    throw appError('REFUND_EXCEEDS_PAYMENT', { details: { left, currency } });
  return { amount, currency };
}
