import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { anchorDayOf } from './billing-periods.ts';
import type { SubscriptionBilling } from './subscription-billing.ts';
import type { SubscriptionStep } from './subscription-periods.ts';
import { assertAllowed, assertGoesOn, assertNotDue, type SubscriptionReader } from './subscription-reader.ts';
import type { RecordedChange, SubscriptionRecords } from './subscription-records.ts';
import { cancellationStep } from './subscription-renewal.ts';

export interface SubscriptionLifecycleDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'findOfInvoice' | 'findOfPayment' | 'hasOpenInvoice'>;
  readonly reader: SubscriptionReader;
  readonly records: SubscriptionRecords;
  readonly billing: SubscriptionBilling;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

export interface Cancellation {
  readonly when: 'now' | 'period_end';
  readonly reason: string | null;
}

export type SubscriptionLifecycle = ReturnType<typeof createSubscriptionLifecycle>;

export function createSubscriptionLifecycle(deps: SubscriptionLifecycleDeps) {
  const { subscriptions, reader, records, billing, tx, clock } = deps;
  const now = (): string => clock.now().toISOString();

  /** A change that bills nothing. */
  const change = async (
    ctx: TenantTxContext,
    before: Subscription,
    after: Subscription,
    recorded: RecordedChange,
  ): Promise<Subscription> => {
    const redemption = await reader.redemptionOf(ctx, before);
    return records.changed(ctx, { subscription: before, redemption }, { after, redemption }, recorded);
  };

  const endNow = async (
    ctx: TenantTxContext,
    subscription: Subscription,
    reason: string | null,
  ): Promise<Subscription> => {
    assertAllowed(subscription, 'cancel');
    const at = now();
    const facts = await reader.factsOf(ctx, subscription, at);
    const step: SubscriptionStep = cancellationStep(facts, at, { canceledAt: at, cancelReason: reason });
    const { invoice } = await billing.bill(ctx, facts, step, facts.plan, 'subscription_cancel');
    return records.changed(ctx, facts, step, { kind: 'canceled', at, invoiceId: invoice?.id ?? null });
  };

  const resumePaused = (ctx: TenantTxContext, subscription: Subscription, at: string): Promise<Subscription> =>
    change(
      ctx,
      subscription,
      { ...resumed(subscription, at), status: assertAllowed(subscription, 'resume') },
      { kind: 'resumed', at },
    );

  const revokeCancellation = (ctx: TenantTxContext, subscription: Subscription, at: string): Promise<Subscription> => {
    assertAllowed(subscription, 'revoke_cancel');
    if (!subscription.cancelAtPeriodEnd) {
      throw appError('SUBSCRIPTION_STATE', { message: 'The subscription is neither paused nor set to end.' });
    }
    assertNotDue(subscription, at);
    const after = { ...subscription, cancelAtPeriodEnd: false, canceledAt: null, cancelReason: null };
    return change(ctx, subscription, after, { kind: 'cancel_revoked', at });
  };

  return {
    /**
     * Ends a subscription: now, with what was used above the limits billed and the rest of the period given back as far as the
     * plan says so, or at the end of its period.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE, SUBSCRIPTION_ENDING when it is set to end already, and as
     *   InvoiceIssuingService.issue
     */
    cancel(ctx: TenantContext, id: string, { when, reason }: Cancellation): Promise<Subscription> {
      return tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, id);
        if (when === 'now') return endNow(txCtx, subscription, reason);
        assertAllowed(subscription, 'schedule_cancel');
        assertGoesOn(subscription);
        const at = now();
        const after = { ...subscription, cancelAtPeriodEnd: true, canceledAt: at, cancelReason: reason };
        return change(txCtx, subscription, after, { kind: 'cancel_scheduled', at });
      });
    },

    /**
     * Stops the time of a subscription: nothing is billed, and nothing may be used, until it is resumed.
     * @param resumesAt when it goes on by itself; null for never
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE, SUBSCRIPTION_ENDING, SUBSCRIPTION_RENEWAL_DUE,
     *   VALIDATION_FAILED for a moment that is past
     */
    pause(ctx: TenantContext, id: string, resumesAt: string | null): Promise<Subscription> {
      return tx.run(ctx, async (txCtx) => {
        const at = now();
        if (resumesAt !== null && resumesAt <= at) {
          throw appError('VALIDATION_FAILED', {
            details: [{ path: 'body.resumesAt', message: 'Must be in the future' }],
          });
        }
        const subscription = await reader.lock(txCtx, id);
        const status = assertAllowed(subscription, 'pause');
        assertGoesOn(subscription);
        assertNotDue(subscription, at);
        const after = { ...subscription, status, pausedAt: at, resumesAt };
        return change(txCtx, subscription, after, { kind: 'paused', at });
      });
    },

    /**
     * Goes on with a paused subscription, whose period ends later by the time it was paused, or takes back a cancellation at the
     * end of the period.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE, SUBSCRIPTION_RENEWAL_DUE
     */
    resume(ctx: TenantContext, id: string): Promise<Subscription> {
      return tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, id);
        const work = subscription.status === 'paused' ? resumePaused : revokeCancellation;
        return work(txCtx, subscription, now());
      });
    },

    /**
     * Goes on with a subscription that was paused until now or earlier, from that moment on.
     * @returns false where there is nothing to do any more
     */
    resumeDue(ctx: TenantContext, id: string): Promise<boolean> {
      return tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, id);
        const { status, resumesAt } = subscription;
        if (status !== 'paused' || resumesAt === null || resumesAt > now()) return false;
        await resumePaused(txCtx, subscription, resumesAt);
        return true;
      });
    },

    /**
     * A payment has failed: the subscription that its invoice bills is past due. Nothing happens where the invoice is paid
     * meanwhile, or bills no running subscription.
     */
    async markPastDue(ctx: TenantContext, paymentId: string): Promise<void> {
      const of = await subscriptions.findOfPayment(ctx, paymentId);
      if (of === null) return;
      await tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, of.subscriptionId);
        const invoice = await subscriptions.findOfPayment(txCtx, paymentId);
        if (subscription.status !== 'active' || invoice?.status !== 'open') return;
        const at = now();
        const after = { ...subscription, status: assertAllowed(subscription, 'mark_past_due'), pastDueAt: at };
        await change(txCtx, subscription, after, { kind: 'past_due', at });
      });
    },

    /** An invoice is no longer open: the subscription it bills has recovered unless another one of it is. */
    async recover(ctx: TenantContext, invoiceId: string): Promise<void> {
      const of = await subscriptions.findOfInvoice(ctx, invoiceId);
      if (of === null) return;
      await tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, of.subscriptionId);
        if (subscription.status !== 'past_due') return;
        if (await subscriptions.hasOpenInvoice(txCtx, subscription.id)) return;
        const after = { ...subscription, status: assertAllowed(subscription, 'recover'), pastDueAt: null };
        await change(txCtx, subscription, after, { kind: 'recovered', at: now() });
      });
    },
  };
}

/** A resumed subscription ends its period later by the time it was paused; what is left of the period stays the same. */
function resumed(subscription: Subscription, at: string): Subscription {
  const { currentPeriodEnd, pausedAt, anchorDay } = subscription;
  const pausedMs = pausedAt === null ? 0 : Date.parse(at) - Date.parse(pausedAt);
  const end = new Date(Date.parse(currentPeriodEnd) + pausedMs).toISOString();
  const isSameDay = end.slice(0, 10) === currentPeriodEnd.slice(0, 10);
  return {
    ...subscription,
    pausedAt: null,
    resumesAt: null,
    currentPeriodEnd: end,
    anchorDay: isSameDay ? anchorDay : anchorDayOf(end),
  };
}
