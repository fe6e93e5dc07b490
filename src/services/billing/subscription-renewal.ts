import { invariant } from '../../errors/app-error.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import { parseDecimal } from '../../utils/money.ts';
import { periodUntil } from './billing-periods.ts';
import { prorated, shareUnused } from './proration.ts';
import { emptyBill } from './subscription-bill.ts';
import { unusedLine } from './subscription-lines.ts';
import {
  beginPeriod,
  currentPeriod,
  finalUsage,
  listPrice,
  type SubscriptionFacts,
  type SubscriptionStep,
  withoutPending,
} from './subscription-periods.ts';
import { couponOfPeriod, netPeriodPrice } from './subscription-pricing.ts';
import { stateAfter } from './subscription-states.ts';

/**
 * Begins the next period at `start`, on the terms that were ordered for it. The price is the plan's of that day; the first period
 * after a trial costs what was agreed when the trial began.
 * @param plan the one of the next period
 */
export function renewalStep(facts: SubscriptionFacts, plan: Plan, start: string): SubscriptionStep {
  const { subscription } = facts;
  const isTrial = subscription.status === 'trialing';
  const billingCycle = subscription.pendingBillingCycle ?? subscription.billingCycle;
  const keepsPrice = isTrial && plan.id === subscription.planId && billingCycle === subscription.billingCycle;
  const next: Subscription = {
    ...subscription,
    ...withoutPending,
    status: invariant(stateAfter(subscription.status, 'renew'), 'What is renewed may be'),
    planId: plan.id,
    billingCycle,
    quantity: subscription.pendingQuantity ?? subscription.quantity,
    unitPrice: keepsPrice ? subscription.unitPrice : listPrice(plan, billingCycle),
    trialEndsAt: isTrial ? start : subscription.trialEndsAt,
  };
  return beginPeriod(facts, next, plan, start, { anchored: isTrial });
}

/**
 * Ends a subscription at `at`. What was used above the limits is billed; the rest of a period that was billed is given back where
 * the plan prorates downgrades, as a credit that waits for the tenant's next invoice. Who owes the period gets nothing for it.
 */
export function cancellationStep(
  facts: SubscriptionFacts,
  at: string,
  given: Pick<Subscription, 'canceledAt' | 'cancelReason'>,
): SubscriptionStep {
  const { subscription, plan } = facts;
  return {
    after: {
      ...subscription,
      ...withoutPending,
      ...given,
      status: 'canceled',
      cancelAtPeriodEnd: false,
      endedAt: at,
      pausedAt: null,
      resumesAt: null,
      pastDueAt: null,
    },
    redemption: null,
    bill: {
      ...emptyBill(subscription.currency),
      charges: finalUsage(facts),
      credits: plan.downgradePolicy === 'prorate' ? unusedOf(facts, at) : [],
    },
  };
}

function unusedOf({ subscription, plan, redemption }: SubscriptionFacts, at: string) {
  const { status, currency, billingCycle, anchorDay, pausedAt } = subscription;
  if (status !== 'active' && status !== 'paused') return [];
  const { end } = currentPeriod(subscription);
  const share = shareUnused(periodUntil(end, billingCycle, anchorDay), pausedAt ?? at, plan.prorationUnit);
  const amount = prorated(netPeriodPrice(couponOfPeriod(redemption, subscription), subscription), share, currency);
  return parseDecimal(amount).isZero() ? [] : [unusedLine(plan, subscription, amount, { start: pausedAt ?? at, end })];
}
