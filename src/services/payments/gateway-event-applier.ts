import { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import type { GatewayEvent } from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { CheckoutRepository } from '../../repositories/payments/checkout.repository.ts';
import type { GatewayEventRepository } from '../../repositories/payments/gateway-event.repository.ts';
import type { PaymentRepository } from '../../repositories/payments/payment.repository.ts';
import type { RefundRepository } from '../../repositories/payments/refund.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import { asTenantId } from '../../types/ids.ts';
import type { GatewayEventOutcome } from '../../types/payments/gateway-event.ts';
import type { AppliedCharge, OutcomeService } from './outcome.service.ts';
import type { GatewayOf } from './payment.service.ts';

export interface GatewayEventApplierDeps {
  readonly inbox: Pick<GatewayEventRepository, 'find' | 'complete' | 'fail' | 'findTenantOf'>;
  readonly payments: Pick<PaymentRepository, 'findById'>;
  readonly refunds: Pick<RefundRepository, 'findById'>;
  readonly checkouts: Pick<CheckoutRepository, 'close'>;
  readonly outcomes: OutcomeService;
  readonly gatewayOf: GatewayOf;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

type Told<Kind extends GatewayEvent['kind']> = Extract<GatewayEvent, { kind: Kind }>;
type PlatformContext = Context<PlatformScope>;

/** After that many failures a dispute is taken to be about somebody else's payment. */
const ATTEMPTS_FOR_UNKNOWN = 5;
const LONGEST_PROBLEM = 500;

/** What we gave a payment or refund along. */
const Named = z.object({ tenantId: z.uuid(), paymentId: z.uuid(), refundId: z.uuid().optional() });

const namedIn = (metadata: Readonly<Record<string, string>>) => {
  const named = Named.safeParse(metadata).data;
  return named === undefined ? null : { ...named, tenantId: asTenantId(named.tenantId) };
};

/** Nobody paid on the page. */
const NOT_PAID: AppliedCharge = {
  status: 'canceled',
  gatewayPaymentId: null,
  failure: { code: 'checkout_expired', message: 'Nobody paid on the page.', class: 'gateway' },
  fee: null,
  response: { status: 'expired' },
};

export type GatewayEventApplier = ReturnType<typeof createGatewayEventApplier>;

/**
 * Applies what gateways told, in whichever order it came: the same functions as for their answers, which never go back and do
 * nothing twice. So an event that was applied and not marked, as after a crash, changes nothing the second time.
 */
export function createGatewayEventApplier(deps: GatewayEventApplierDeps) {
  const { inbox, payments, refunds, checkouts, outcomes, gatewayOf, tx, clock } = deps;

  const applyCharge = async (
    ctx: TenantContext,
    paymentId: string,
    gateway: string,
    outcome: AppliedCharge,
  ): Promise<GatewayEventOutcome> =>
    tx.run(ctx, async (txCtx) => {
      const before = await payments.findById(txCtx, paymentId);
      if (before === null || before.gateway !== gateway) return 'ignored';
      const isOther = before.gatewayPaymentId !== null && outcome.gatewayPaymentId !== null;
      if (isOther && before.gatewayPaymentId !== outcome.gatewayPaymentId) return 'ignored';
      const after = await outcomes.applyChargeOutcome(txCtx, paymentId, outcome, 'event');
      if (after.status === 'succeeded') await checkouts.close(txCtx, paymentId, 'complete');
      if (after.status === 'canceled') await checkouts.close(txCtx, paymentId, 'expired');
      const isNews = after.status !== before.status || after.gatewayPaymentId !== before.gatewayPaymentId;
      return isNews ? 'applied' : 'stale';
    });

  const ofPayment = (ctx: PlatformContext, gateway: string, event: Told<'payment'>) => {
    const named = namedIn(event.metadata);
    if (named === null) return 'ignored';
    return applyCharge(rescoped(ctx, tenantScope(named.tenantId)), named.paymentId, gateway, event.outcome);
  };

  const ofCheckout = (ctx: PlatformContext, gateway: string, event: Told<'checkout'>) => {
    const named = namedIn(event.metadata);
    const outcome = event.status === 'expired' ? NOT_PAID : event.outcome;
    if (named === null || outcome === null) return 'ignored';
    return applyCharge(rescoped(ctx, tenantScope(named.tenantId)), named.paymentId, gateway, outcome);
  };

  const ofRefund = (ctx: PlatformContext, event: Told<'refund'>): Promise<GatewayEventOutcome> | 'ignored' => {
    const named = namedIn(event.metadata);
    const refundId = named?.refundId;
    if (named === null || refundId === undefined) return 'ignored';
    return tx.run(rescoped(ctx, tenantScope(named.tenantId)), async (txCtx) => {
      const before = await refunds.findById(txCtx, refundId);
      if (before === null || before.paymentId !== named.paymentId) return 'ignored';
      const after = await outcomes.applyRefundOutcome(txCtx, refundId, event.outcome, 'event');
      const isNews = after.status !== before.status || after.gatewayRefundId !== before.gatewayRefundId;
      return isNews ? 'applied' : 'stale';
    });
  };

  /** A dispute may be heard of before its payment has its id: it is tried again some times. */
  const ofDispute = async (
    ctx: PlatformContext,
    gateway: string,
    event: Told<'dispute'>,
    attempts: number,
  ): Promise<GatewayEventOutcome> => {
    const tenantId = await inbox.findTenantOf(ctx, gateway, event.gatewayPaymentId);
    if (tenantId === null) {
      if (attempts >= ATTEMPTS_FOR_UNKNOWN) return 'ignored';
      throw new Error('No payment is known by the id that the dispute names');
    }
    return tx.run(rescoped(ctx, tenantScope(tenantId)), async (txCtx) =>
      (await outcomes.applyDispute(txCtx, event)) === null ? 'ignored' : 'applied',
    );
  };

  const apply = async (
    ctx: PlatformContext,
    gateway: string,
    event: GatewayEvent,
    attempts: number,
  ): Promise<GatewayEventOutcome> => {
    switch (event.kind) {
      case 'payment':
        return ofPayment(ctx, gateway, event);
      case 'checkout':
        return ofCheckout(ctx, gateway, event);
      case 'refund':
        return ofRefund(ctx, event);
      case 'dispute':
        return ofDispute(ctx, gateway, event, attempts);
      case 'other':
        return 'ignored';
    }
  };

  return {
    /**
     * Applies an event that is waiting; one that is done stays as it is.
     * @returns what came of it; null where there was nothing to do
     * @throws whatever kept it from being applied, which is kept with the event
     */
    async apply(ctx: PlatformContext, id: string): Promise<GatewayEventOutcome | null> {
      const record = await inbox.find(ctx, id);
      if (record === null || record.processedAt !== null) return null;
      try {
        const driver = invariant(gatewayOf(record.gateway), `The gateway ${record.gateway} is not set up`);
        const outcome = await apply(ctx, record.gateway, driver.parseEvent(record.body), record.attempts);
        await inbox.complete(ctx, id, outcome, clock.now().toISOString());
        return outcome;
      } catch (error) {
        const problem = error instanceof Error ? error.message : 'It failed';
        await inbox.fail(ctx, id, problem.slice(0, LONGEST_PROBLEM));
        throw error;
      }
    },
  };
}
