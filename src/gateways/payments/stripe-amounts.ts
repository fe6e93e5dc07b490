import { ExactDecimal } from '../../utils/money.ts';
import { type GatewayMoney, PaymentGatewayError } from './payment.gateway.ts';

/**
 * Decimal places of Stripe's amounts, which are not those of ISO 4217 (https://docs.stripe.com/currencies): the ariary has none,
 * and the Icelandic krona and the Ugandan shilling have two that must be zero.
 */
const placesOf = new Map<string, number>([
  ...'BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF'
    .split(' ')
    .map((code): [string, number] => [code, 0]),
  ...'BHD JOD KWD OMR TND'.split(' ').map((code): [string, number] => [code, 3]),
]);

/** What the last digits must be a multiple of. */
const stepOf = new Map<string, number>([
  ...['ISK', 'UGX'].map((code): [string, number] => [code, 100]),
  ...'BHD JOD KWD OMR TND'.split(' ').map((code): [string, number] => [code, 10]),
]);

const placesFor = (currency: string): number => placesOf.get(currency) ?? 2;

/**
 * An amount as Stripe takes it.
 * @throws PaymentGatewayError, not to be retried, for one that Stripe can't express: half an ariary, a thousandth of a dinar
 */
export function toStripeAmount({ amount, currency }: GatewayMoney): number {
  const minor = new ExactDecimal(amount).times(new ExactDecimal(10).pow(placesFor(currency)));
  const step = stepOf.get(currency) ?? 1;
  if (!minor.isInteger() || !minor.modulo(step).isZero() || minor.greaterThan(Number.MAX_SAFE_INTEGER))
    throw new PaymentGatewayError(`Stripe takes no ${amount} ${currency}`, { retryable: false });
  return minor.toNumber();
}

/** @param currency as Stripe writes it: in lower case */
export function fromStripeAmount(minor: number, currency: string): GatewayMoney {
  const code = currency.toUpperCase();
  const places = placesFor(code);
  return { amount: new ExactDecimal(minor).div(new ExactDecimal(10).pow(places)).toFixed(places), currency: code };
}
