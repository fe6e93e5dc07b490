import type { CouponRedemption } from '../../types/billing/coupon.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { BillingCycle, PendingItem, Subscription } from '../../types/billing/subscription.ts';
import { anchorDayOf, type BillingPeriod, periodFrom } from './billing-periods.ts';
import type { Bill } from './subscription-bill.ts';
import { periodLine, type UsageTotals, usageLines } from './subscription-lines.ts';
import { discountOn } from './subscription-pricing.ts';

/** Everything that decides what a subscription is billed. */
export interface SubscriptionFacts {
  readonly subscription: Subscription;
  readonly plan: Plan;
  readonly redemption: CouponRedemption | null;
  /** What waits for the next invoice, the oldest first. */
  readonly pending: readonly PendingItem[];
  /** What was used in the present period. */
  readonly used: UsageTotals;
}

/** What becomes of a subscription, and what that costs. */
export interface SubscriptionStep {
  readonly after: Subscription;
  readonly redemption: CouponRedemption | null;
  readonly bill: Bill;
}

/** What a plan costs per unit and cycle today. */
export const listPrice = (plan: Pick<Plan, 'monthlyPrice' | 'annualPrice'>, cycle: BillingCycle): string =>
  cycle === 'annual' ? plan.annualPrice : plan.monthlyPrice;

export const currentPeriod = ({ currentPeriodStart, currentPeriodEnd }: Subscription): BillingPeriod => ({
  start: currentPeriodStart,
  end: currentPeriodEnd,
});

export const withoutPending = {
  pendingPlanId: null,
  pendingBillingCycle: null,
  pendingQuantity: null,
} as const satisfies Partial<Subscription>;

/** The coupon for a period that begins now: one period less of it, or nothing more. */
export const redemptionForNextPeriod = (redemption: CouponRedemption | null): CouponRedemption | null => {
  if (redemption === null || redemption.periodsLeft === 0) return null;
  const { periodsLeft } = redemption;
  return periodsLeft === null ? redemption : { ...redemption, periodsLeft: periodsLeft - 1 };
};

/** What was used above the limits in the period that ends; trials are free of it. */
export const finalUsage = ({ subscription, plan, used }: Omit<SubscriptionFacts, 'pending' | 'redemption'>) =>
  subscription.status === 'trialing' ? [] : usageLines(plan, used, currentPeriod(subscription));

/**
 * Begins a period: it is billed in advance, and what was used above the limits in the one before in arrears.
 * @param next the subscription on the terms of the new period, `status` and `unitPrice` included
 * @param anchored begins periods on the day of `start` from now on
 */
export function beginPeriod(
  facts: SubscriptionFacts,
  next: Subscription,
  plan: Plan,
  start: string,
  { anchored }: { readonly anchored: boolean },
): SubscriptionStep {
  const anchorDay = anchored ? anchorDayOf(start) : next.anchorDay;
  const period = periodFrom(start, next.billingCycle, anchorDay);
  const after = { ...next, anchorDay, currentPeriodStart: period.start, currentPeriodEnd: period.end };
  const redemption = redemptionForNextPeriod(facts.redemption);
  return {
    after,
    redemption,
    bill: {
      charges: [periodLine(plan, after, period), ...finalUsage(facts)],
      credits: [],
      discount: discountOn(redemption, after),
    },
  };
}
