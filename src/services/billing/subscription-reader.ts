import { appError, invariant } from '../../errors/app-error.ts';
import type { CouponRepository } from '../../repositories/billing/coupon.repository.ts';
import type { PlanRepository } from '../../repositories/billing/plan.repository.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { SubscriptionItemsRepository } from '../../repositories/billing/subscription-items.repository.ts';
import type { CouponRedemption } from '../../types/billing/coupon.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { PendingItem, Subscription } from '../../types/billing/subscription.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { SubscriptionFacts } from './subscription-periods.ts';
import { type SubscriptionAction, stateAfter } from './subscription-states.ts';

export interface SubscriptionReaderDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'findById' | 'lock'>;
  readonly plans: Pick<PlanRepository, 'findById'>;
  readonly coupons: Pick<CouponRepository, 'findRedemption'>;
  readonly items: Pick<SubscriptionItemsRepository, 'listOpen' | 'sumUsage'>;
}

export type SubscriptionReader = ReturnType<typeof createSubscriptionReader>;

/** Reads subscriptions with what decides about them. */
export function createSubscriptionReader({ subscriptions, plans, coupons, items }: SubscriptionReaderDeps) {
  const planOf = async (ctx: Context, id: string): Promise<Plan> =>
    invariant(await plans.findById(ctx, id), 'A plan that is subscribed to exists');

  return {
    /** A plan that somebody subscribes to or has subscribed to. */
    planOf,

    /**
     * A plan that a subscription can be changed to.
     * @throws AppError PLAN_NOT_FOUND, PLAN_UNAVAILABLE for one that is archived, CURRENCY_MISMATCH
     */
    async planToChangeTo(
      ctx: Context,
      { plan, subscription }: SubscriptionFacts,
      id: string | undefined,
    ): Promise<Plan> {
      if (id === undefined || id === plan.id) return plan;
      const chosen = available(await plans.findById(ctx, id));
      if (chosen.currency !== subscription.currency) {
        throw appError('CURRENCY_MISMATCH', { message: `The subscription is paid in ${subscription.currency}.` });
      }
      return chosen;
    },

    /** @throws AppError SUBSCRIPTION_NOT_FOUND */
    async get(ctx: TenantContext, id: string): Promise<Subscription> {
      const subscription = await subscriptions.findById(ctx, id);
      if (subscription === null) throw appError('SUBSCRIPTION_NOT_FOUND');
      return subscription;
    },

    /**
     * A subscription that nobody else can change until the transaction ends.
     * @throws AppError SUBSCRIPTION_NOT_FOUND
     */
    async lock(ctx: TenantTxContext, id: string): Promise<Subscription> {
      const subscription = await subscriptions.lock(ctx, id, 'update');
      if (subscription === null) throw appError('SUBSCRIPTION_NOT_FOUND');
      return subscription;
    },

    /** The coupon that is in force for a subscription. */
    redemptionOf: (ctx: TenantContext, { tenantId, id }: Subscription): Promise<CouponRedemption | null> =>
      coupons.findRedemption(ctx, tenantId, id),

    /** What waits for the tenant's next invoice in a currency. */
    pendingOf: (ctx: TenantContext, currency: string): Promise<PendingItem[]> => items.listOpen(ctx, currency),

    /**
     * What decides what a subscription is billed.
     * @param at until when usage counts, if the period does not end before
     */
    async factsOf(ctx: TenantContext, subscription: Subscription, at: string): Promise<SubscriptionFacts> {
      const { tenantId, id, planId, currency, currentPeriodStart, currentPeriodEnd } = subscription;
      const plan = await planOf(ctx, planId);
      const isMetered = Object.keys(plan.usagePrices).length > 0;
      const [redemption, pending, used] = await Promise.all([
        coupons.findRedemption(ctx, tenantId, id),
        items.listOpen(ctx, currency),
        isMetered ? items.sumUsage(ctx, id, currentPeriodStart, at < currentPeriodEnd ? at : currentPeriodEnd) : [],
      ]);
      const totals = Object.fromEntries(used.map(({ metric, quantity }) => [metric, quantity]));
      return { subscription, plan, redemption, pending, used: totals };
    },
  };
}

/** @throws AppError PLAN_NOT_FOUND, PLAN_UNAVAILABLE for one that is archived */
export function available(plan: Plan | null): Plan {
  if (plan === null) throw appError('PLAN_NOT_FOUND');
  if (plan.status !== 'active') throw appError('PLAN_UNAVAILABLE');
  return plan;
}

/**
 * @returns the state that the action leads to
 * @throws AppError SUBSCRIPTION_STATE
 */
export function assertAllowed({ status }: Subscription, action: SubscriptionAction): Subscription['status'] {
  const next = stateAfter(status, action);
  if (next === null) throw appError('SUBSCRIPTION_STATE', { details: { status, action } });
  return next;
}

/**
 * What depends on the period waits until it is renewed.
 * @throws AppError SUBSCRIPTION_RENEWAL_DUE
 */
export function assertNotDue(subscription: Subscription, now: string): void {
  if (isDue(subscription, now)) throw appError('SUBSCRIPTION_RENEWAL_DUE', { retryAfter: 60 });
}

/** @throws AppError SUBSCRIPTION_ENDING */
export function assertGoesOn({ cancelAtPeriodEnd }: Subscription): void {
  if (cancelAtPeriodEnd) throw appError('SUBSCRIPTION_ENDING');
}

/** Whether the period is over: it ends exclusively. */
export const isDue = ({ currentPeriodEnd }: Subscription, now: string): boolean => currentPeriodEnd <= now;
