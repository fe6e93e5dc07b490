import type { ChangePolicy, Plan } from '../../types/billing/plan.ts';
import type { BillingCycle, Subscription, SubscriptionTerms } from '../../types/billing/subscription.ts';
import { parseDecimal } from '../../utils/money.ts';
import { periodUntil } from './billing-periods.ts';
import { prorated, shareLeft } from './proration.ts';
import { type BillLine, emptyBill } from './subscription-bill.ts';
import { remainingLine, unusedLine } from './subscription-lines.ts';
import {
  beginPeriod,
  currentPeriod,
  listPrice,
  type SubscriptionFacts,
  type SubscriptionStep,
  withoutPending,
} from './subscription-periods.ts';
import { couponOfPeriod, netPeriodPrice, periodPrice } from './subscription-pricing.ts';

/** What somebody wants changed; what is absent stays. */
export interface ChangeOrder {
  readonly planId?: string | undefined;
  readonly billingCycle?: BillingCycle | undefined;
  readonly quantity?: number | undefined;
  readonly atPeriodEnd?: boolean | undefined;
}

/** What a change does. */
export interface ChangeDecision extends SubscriptionStep {
  /** `trial`: nothing is billed yet. `withdrawn`: what was ordered for the next period is taken back. */
  readonly policy: ChangePolicy | 'trial' | 'withdrawn';
  readonly effectiveAt: string;
  /** How the difference comes about, also where no invoice follows from it. */
  readonly lines: readonly BillLine[];
}

const hasSameTerms = (a: SubscriptionTerms, b: SubscriptionTerms): boolean =>
  a.planId === b.planId && a.billingCycle === b.billingCycle && a.quantity === b.quantity;

/** A longer cycle is an upgrade, whatever it costs a month; within a cycle the price decides. */
function isUpgrade(before: Subscription, after: Subscription): boolean {
  if (before.billingCycle !== after.billingCycle) return after.billingCycle === 'annual';
  return parseDecimal(periodPrice(after)).gte(periodPrice(before));
}

/**
 * Decides what a change does and bills at `at`: the same for the preview and for the change itself. The policy is that of the plan
 * which is left, for upgrades and downgrades separately. A unit keeps the price it was agreed at while plan and cycle stay.
 * @param plan the one it changes to
 * @returns null where nothing would change
 */
export function decideChange(
  facts: SubscriptionFacts,
  order: ChangeOrder,
  plan: Plan,
  at: string,
): ChangeDecision | null {
  const { subscription } = facts;
  const terms: SubscriptionTerms = {
    planId: plan.id,
    billingCycle: order.billingCycle ?? subscription.billingCycle,
    quantity: order.quantity ?? subscription.quantity,
  };
  const keepsPrice = terms.planId === subscription.planId && terms.billingCycle === subscription.billingCycle;
  const next: Subscription = {
    ...subscription,
    ...withoutPending,
    ...terms,
    unitPrice: keepsPrice ? subscription.unitPrice : listPrice(plan, terms.billingCycle),
  };
  const now = { effectiveAt: at, redemption: facts.redemption, bill: emptyBill(subscription.currency), lines: [] };
  if (hasSameTerms(terms, subscription)) {
    const hasPending = subscription.pendingPlanId !== null;
    return hasPending ? { ...now, policy: 'withdrawn', after: { ...subscription, ...withoutPending } } : null;
  }
  const policy = isUpgrade(subscription, next) ? facts.plan.upgradePolicy : facts.plan.downgradePolicy;
  if (order.atPeriodEnd === true || (subscription.status !== 'trialing' && policy === 'next_period')) {
    const after = {
      ...subscription,
      pendingPlanId: terms.planId,
      pendingBillingCycle: terms.billingCycle,
      pendingQuantity: terms.quantity,
    };
    return { ...now, policy: 'next_period', effectiveAt: subscription.currentPeriodEnd, after };
  }
  if (subscription.status === 'trialing') return { ...now, policy: 'trial', after: next };
  return { effectiveAt: at, policy, ...billedStep(facts, next, plan, policy, at) };
}

function billedStep(
  facts: SubscriptionFacts,
  next: Subscription,
  plan: Plan,
  policy: ChangePolicy,
  at: string,
): SubscriptionStep & Pick<ChangeDecision, 'lines'> {
  const unused = policy === 'full_price' ? [] : unusedOf(facts, at);
  if (policy === 'full_price' || next.billingCycle !== facts.subscription.billingCycle) {
    const step = beginPeriod(facts, next, plan, at, { anchored: true });
    const bill = { ...step.bill, credits: unused };
    return { ...step, bill, lines: [...bill.charges, ...unused] };
  }
  const { redemption } = facts;
  const charge = remainingOf(facts, next, plan, at);
  const lines = [...unused, charge].filter(({ unitPrice }) => !parseDecimal(unitPrice).isZero());
  return {
    after: next,
    redemption,
    lines,
    bill: { ...emptyBill(next.currency), ...netted(unused, charge, next.currency) },
  };
}

/** A charge that is no more than what is given back is taken out of it, so that no invoice of nothing is made. */
function netted(
  credits: readonly BillLine[],
  charge: BillLine,
  currency: string,
): Pick<SubscriptionStep['bill'], 'charges' | 'credits'> {
  const [credit] = credits;
  if (credit === undefined) return { charges: [charge], credits };
  const net = parseDecimal(credit.unitPrice).plus(charge.unitPrice);
  if (net.isPositive() && !net.isZero()) return { charges: [charge], credits };
  const decimals = emptyBill(currency).discount.split('.')[1]?.length ?? 0;
  return { charges: [], credits: net.isZero() ? [] : [{ ...credit, unitPrice: net.toFixed(decimals) }] };
}

const shareOf = ({ subscription, plan }: SubscriptionFacts, at: string) =>
  shareLeft(
    periodUntil(subscription.currentPeriodEnd, subscription.billingCycle, subscription.anchorDay),
    at,
    plan.prorationUnit,
  );

function unusedOf(facts: SubscriptionFacts, at: string): BillLine[] {
  const { subscription, plan, redemption } = facts;
  const price = netPeriodPrice(couponOfPeriod(redemption, subscription), subscription);
  const amount = prorated(price, shareOf(facts, at), subscription.currency);
  if (parseDecimal(amount).isZero()) return [];
  return [unusedLine(plan, subscription, amount, { ...currentPeriod(subscription), start: at })];
}

function remainingOf(facts: SubscriptionFacts, next: Subscription, plan: Plan, at: string): BillLine {
  const price = netPeriodPrice(couponOfPeriod(facts.redemption, next), next);
  const amount = prorated(price, shareOf(facts, at), next.currency);
  return remainingLine(plan, next, amount, { ...currentPeriod(next), start: at });
}
