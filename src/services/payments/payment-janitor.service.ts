import type { Logger } from '../../config/logger.ts';
import { AppError } from '../../errors/app-error.ts';
import { type PaymentGateway, PaymentGatewayError } from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Payment } from '../../types/payments/payment.ts';
import { ExactDecimal } from '../../utils/money.ts';
import type { AppliedCharge, OutcomeService } from './outcome.service.ts';
import type { GatewayOf, PaymentService } from './payment.service.ts';
import type { RefundService } from './refund.service.ts';

export interface PaymentJanitorDeps {
  readonly payments: PaymentRepository;
  readonly refunds: RefundRepository;
  readonly charges: Pick<PaymentService, 'finish'>;
  readonly givingBack: Pick<RefundService, 'finish'>;
  readonly outcomes: Pick<OutcomeService, 'applyChargeOutcome'>;
  readonly gatewayOf: GatewayOf;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn' | 'error'>;
}

/** How many it looked at, and of how many of them it does not know the end yet. */
export interface ResolveReport {
  readonly payments: number;
  readonly refunds: number;
  readonly unresolved: number;
}

const MINUTE_MS = 60_000;
/** Whoever asked the gateway has its answer, or none, by then. */
const STALE_MS = 5 * MINUTE_MS;
/** Until then a payment that never reached its gateway is sent again; nobody expects it any more afterwards. */
const RESEND_MS = 60 * MINUTE_MS;
/** Gateways know a key for a day; asked again later they would refund twice. */
const REFUND_KEY_MS = 23 * 60 * MINUTE_MS;
/** A page's last payment may take a moment to be heard of. */
const CHECKOUT_GRACE_MS = 15 * MINUTE_MS;
const BATCH = 200;
const AT_ONCE = 8;

type Named = { readonly tenantId: TenantId; readonly id: string };

const ended = (status: 'failed' | 'canceled', code: string, message: string): AppliedCharge => ({
  status,
  gatewayPaymentId: null,
  failure: { code, message, class: 'gateway' },
  fee: null,
  response: {},
});

export type PaymentJanitor = ReturnType<typeof createPaymentJanitor>;

/** Finds out what became of payments and refunds whose answer got lost: by asking again with the same key. */
export function createPaymentJanitor(deps: PaymentJanitorDeps) {
  const { payments, refunds, charges, givingBack, outcomes, gatewayOf, tx, clock, log } = deps;
  const ageOf = ({ createdAt }: { readonly createdAt: string }): number =>
    clock.now().getTime() - new Date(createdAt).getTime();

  const touch = (ctx: TenantContext, records: PaymentRepository | RefundRepository, id: string): Promise<void> =>
    records.touch(ctx, id, clock.now().toISOString());

  const apply = async (ctx: TenantContext, payment: Payment, outcome: AppliedCharge): Promise<boolean> => {
    const after = await tx.run(ctx, (txCtx) => outcomes.applyChargeOutcome(txCtx, payment.id, outcome, 'retrieve'));
    return after.status !== payment.status;
  };

  /** Of a payment that its gateway never heard of. */
  const unheardOf = async (ctx: TenantContext, payment: Payment): Promise<boolean> => {
    if (payment.status !== 'pending') return false;
    const expiresAt = await payments.findCheckoutExpiry(ctx, payment.id);
    if (expiresAt !== null) {
      if (clock.now().getTime() < new Date(expiresAt).getTime() + CHECKOUT_GRACE_MS) return false;
      return apply(ctx, payment, ended('canceled', 'checkout_expired', 'Nobody paid on the page.'));
    }
    const invoice = payment.invoiceId === null ? null : await payments.findInvoice(ctx, payment.invoiceId);
    const isStillDue = invoice?.status === 'open' && new ExactDecimal(invoice.amountDue).equals(payment.amount);
    if (!isStillDue) return apply(ctx, payment, ended('canceled', 'no_longer_due', 'Nothing is due for it any more.'));
    if (ageOf(payment) > RESEND_MS)
      return apply(ctx, payment, ended('failed', 'never_sent', 'The gateway never heard of it.'));
    return (await charges.finish(ctx, payment.id)).status !== 'pending';
  };

  const resolvePayment = async (ctx: TenantContext, id: string): Promise<boolean> => {
    const payment = await payments.findById(ctx, id);
    if (payment === null || (payment.status !== 'pending' && payment.status !== 'processing')) return true;
    const gateway: PaymentGateway | null = gatewayOf(payment.gateway);
    const outcome = gateway === null ? null : await gateway.findCharge(payment.id, payment.gatewayPaymentId);
    const resolved =
      gateway === null ? false : outcome === null ? await unheardOf(ctx, payment) : await apply(ctx, payment, outcome);
    if (!resolved) await touch(ctx, payments, id);
    return resolved;
  };

  const resolveRefund = async (ctx: TenantContext, id: string): Promise<boolean> => {
    const refund = await refunds.findById(ctx, id);
    if (refund === null || refund.status !== 'pending') return true;
    if (ageOf(refund) <= REFUND_KEY_MS) {
      await givingBack.finish(ctx, id);
      return true;
    }
    log.error('a refund has no known end: look for it at the gateway', { refundId: id, tenantId: refund.tenantId });
    await touch(ctx, refunds, id);
    return false;
  };

  /** A gateway that is away is asked again with the next run; the others don't wait for it. */
  const resolveAll = async (
    ctx: Context<PlatformScope>,
    named: readonly Named[],
    records: PaymentRepository | RefundRepository,
    resolve: (ctx: TenantContext, id: string) => Promise<boolean>,
    signal: AbortSignal | undefined,
  ): Promise<number> => {
    const waiting = [...named];
    let unresolved = 0;
    const work = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined && !signal?.aborted; next = waiting.shift()) {
        const tenantCtx = rescoped(ctx, tenantScope(next.tenantId));
        try {
          if (!(await resolve(tenantCtx, next.id))) unresolved += 1;
        } catch (error) {
          if (!isGatewayAway(error)) throw error;
          unresolved += 1;
          log.warn('a gateway does not say what became of it', { id: next.id, error });
          await touch(tenantCtx, records, next.id);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return unresolved;
  };

  return {
    /** Looks at what nothing happened to for some minutes: at most a batch of each kind, the rest with the next run. */
    async resolve(ctx: Context<PlatformScope>, signal?: AbortSignal): Promise<ResolveReport> {
      const since = new Date(clock.now().getTime() - STALE_MS).toISOString();
      const [stalePayments, staleRefunds] = await Promise.all([
        payments.listUnresolved(ctx, since, BATCH),
        refunds.listUnresolved(ctx, since, BATCH),
      ]);
      const unresolved =
        (await resolveAll(ctx, stalePayments, payments, resolvePayment, signal)) +
        (await resolveAll(ctx, staleRefunds, refunds, resolveRefund, signal));
      return { payments: stalePayments.length, refunds: staleRefunds.length, unresolved };
    },
  };
}

const isGatewayAway = (error: unknown): boolean =>
  error instanceof PaymentGatewayError || (error instanceof AppError && error.code === 'PAYMENT_GATEWAY_UNAVAILABLE');
