import type { Plan } from '../../types/billing/plan.ts';
import type { BillingCycle, Subscription } from '../../types/billing/subscription.ts';
import { formatUnitPrice, parseDecimal, trimDecimal } from '../../utils/money.ts';
import type { BillingPeriod } from './billing-periods.ts';
import type { BillLine } from './subscription-bill.ts';

/** Quantities by metric: decimal strings. */
export type UsageTotals = Readonly<Record<string, string>>;

type Terms = Pick<Subscription, 'quantity' | 'billingCycle'>;

const CYCLE_NAMES: Readonly<Record<BillingCycle, string>> = { monthly: 'monthly', annual: 'annual' };

const subscriptionTo = (plan: Pick<Plan, 'name'>, { quantity, billingCycle }: Terms): string =>
  `${plan.name}, ${CYCLE_NAMES[billingCycle]}${quantity === 1 ? '' : ` × ${quantity}`}`;

/** The price of a whole period, in advance. */
export const periodLine = (plan: Pick<Plan, 'name'>, subscription: Subscription, period: BillingPeriod): BillLine => ({
  kind: 'subscription',
  description: `${plan.name}, ${CYCLE_NAMES[subscription.billingCycle]}`,
  quantity: String(subscription.quantity),
  unitPrice: subscription.unitPrice,
  periodStart: period.start,
  periodEnd: period.end,
});

/** What is given back for the rest of a period: an amount that is not nothing. */
export const unusedLine = (
  plan: Pick<Plan, 'name'>,
  terms: Terms,
  amount: string,
  { start, end }: BillingPeriod,
): BillLine => ({
  kind: 'proration_credit',
  description: `Unused time on ${subscriptionTo(plan, terms)}`,
  quantity: '1',
  unitPrice: `-${amount}`,
  periodStart: start,
  periodEnd: end,
});

/** What the rest of a period costs. */
export const remainingLine = (
  plan: Pick<Plan, 'name'>,
  terms: Terms,
  amount: string,
  { start, end }: BillingPeriod,
): BillLine => ({
  kind: 'proration_charge',
  description: `Remaining time on ${subscriptionTo(plan, terms)}`,
  quantity: '1',
  unitPrice: amount,
  periodStart: start,
  periodEnd: end,
});

/** What was used above the limits of a plan, in arrears: metrics that have a price, in the order of their names. */
export function usageLines(
  { limits, usagePrices, currency }: Pick<Plan, 'limits' | 'usagePrices' | 'currency'>,
  used: UsageTotals,
  { start, end }: BillingPeriod,
): BillLine[] {
  return Object.entries(usagePrices)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([metric, price]) => {
      const above = overage(used[metric] ?? '0', limits[metric] ?? 0);
      if (parseDecimal(above).isZero() || parseDecimal(price).isZero()) return [];
      return [
        {
          kind: 'usage' as const,
          description: `Usage of ${metric} above ${limits[metric] ?? 0}`,
          quantity: above,
          unitPrice: formatUnitPrice(price, currency),
          periodStart: start,
          periodEnd: end,
        },
      ];
    });
}

/** What is used above a limit; none below it. */
export const overage = (used: string, limit: number): string => {
  const above = parseDecimal(used).minus(limit);
  return above.isPositive() ? trimDecimal(above.toFixed()) : '0';
};
