import type { CouponRedemption, CouponTerms } from '../../types/billing/coupon.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import { ExactDecimal, parseDecimal, roundMoneyToText } from '../../utils/money.ts';

type Priced = Pick<Subscription, 'planId' | 'unitPrice' | 'quantity' | 'currency'>;

/** The price of a whole period before discounts. */
export const periodPrice = ({ unitPrice, quantity, currency }: Omit<Priced, 'planId'>): string =>
  roundMoneyToText(parseDecimal(unitPrice).times(quantity), currency);

/** What a coupon takes off a whole period: nothing of a plan it is not for, and never more than the price. */
export function discountOn(coupon: CouponTerms | null, subscription: Priced): string {
  const price = parseDecimal(periodPrice(subscription));
  if (coupon === null || (coupon.planIds.length > 0 && !coupon.planIds.includes(subscription.planId))) {
    return roundMoneyToText('0', subscription.currency);
  }
  const value = parseDecimal(coupon.discountValue);
  const discount = coupon.discountType === 'fixed' ? value : price.times(value).dividedBy(100);
  return roundMoneyToText(ExactDecimal.min(discount, price), subscription.currency);
}

/** The price of a whole period after the coupon. */
export const netPeriodPrice = (coupon: CouponTerms | null, subscription: Priced): string =>
  roundMoneyToText(
    parseDecimal(periodPrice(subscription)).minus(discountOn(coupon, subscription)),
    subscription.currency,
  );

/** The redemption that the present period is discounted by: one that was there when the period began. */
export const couponOfPeriod = (
  redemption: CouponRedemption | null,
  { currentPeriodStart }: Pick<Subscription, 'currentPeriodStart'>,
): CouponRedemption | null => (redemption !== null && redemption.redeemedAt <= currentPeriodStart ? redemption : null);

const MRR_DECIMALS = 4;

/**
 * What a subscription comes to in a month, net of discounts and without tax: a year is divided by twelve and rounded at four
 * decimals. Trials come to nothing; who owes money or pauses counts until the end (the definition is Polar's).
 * @returns a decimal string with four decimals
 */
export function monthlyRevenue(
  subscription: Priced & Pick<Subscription, 'status' | 'billingCycle' | 'currentPeriodStart'>,
  redemption: CouponRedemption | null,
): string {
  const { status, billingCycle } = subscription;
  const net =
    status === 'trialing' || status === 'canceled'
      ? '0'
      : netPeriodPrice(couponOfPeriod(redemption, subscription), subscription);
  return parseDecimal(net)
    .dividedBy(billingCycle === 'annual' ? 12 : 1)
    .toFixed(MRR_DECIMALS);
}
