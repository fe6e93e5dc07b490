import { ExactDecimal, roundMoney, roundMoneyToText } from '../../utils/money.ts';

/** What a payment costs; percentages are percent, fixed amounts are in the payment's currency. */
export interface FeeRates {
  readonly gatewayPercentage: string;
  readonly gatewayFixed: string;
  readonly platformPercentage: string;
  readonly platformFixed: string;
}

export interface PaymentFees {
  readonly gatewayFee: string;
  readonly platformFee: string;
  /** What is left of the amount. */
  readonly netAmount: string;
}

export const NO_FEES: FeeRates = {
  gatewayPercentage: '0',
  gatewayFixed: '0',
  platformPercentage: '0',
  platformFixed: '0',
};

/**
 * The fees of a payment: a percentage and a fixed amount each, rounded to the currency. Together they are never more than the
 * amount: the gateway takes its fee first, the platform what it can of the rest.
 * @param toldGatewayFee the gateway's own fee where it tells one in the payment's currency; it wins over the rates
 */
export function feesOf(
  { amount, currency }: { readonly amount: string; readonly currency: string },
  rates: FeeRates,
  toldGatewayFee: string | null,
): PaymentFees {
  const whole = new ExactDecimal(amount);
  const fee = (percentage: string, fixed: string) =>
    roundMoney(whole.times(percentage).dividedBy(100).plus(fixed), currency);
  const gatewayFee = ExactDecimal.min(
    whole,
    toldGatewayFee === null ? fee(rates.gatewayPercentage, rates.gatewayFixed) : roundMoney(toldGatewayFee, currency),
  );
  const platformFee = ExactDecimal.min(whole.minus(gatewayFee), fee(rates.platformPercentage, rates.platformFixed));
  return {
    gatewayFee: roundMoneyToText(gatewayFee, currency),
    platformFee: roundMoneyToText(platformFee, currency),
    netAmount: roundMoneyToText(whole.minus(gatewayFee).minus(platformFee), currency),
  };
}
