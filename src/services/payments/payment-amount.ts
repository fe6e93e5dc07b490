import { appError } from '../../errors/app-error.ts';
import { hasCardNumber } from '../../utils/card-numbers.ts';
import { currencyExponent } from '../../utils/currencies.ts';
import { ExactDecimal, roundMoneyToText } from '../../utils/money.ts';

/**
 * An amount that somebody asked for, as its currency writes it.
 * @param asked what the caller named, of an amount that is known by its currency
 * @throws AppError PAYMENT_CURRENCY_REFUSED for another currency, PAYMENT_AMOUNT_REFUSED for nothing at all and for more
 *   decimals than the currency has
 */
export function askedAmount(
  asked: { readonly amount: string; readonly currency?: string | undefined },
  currency: string,
): string {
  requireCurrency(asked.currency, currency);
  const amount = new ExactDecimal(asked.amount);
  if (amount.isZero() || amount.decimalPlaces() > currencyExponent(currency)) throw appError('PAYMENT_AMOUNT_REFUSED');
  return roundMoneyToText(amount, currency);
}

/** @throws AppError PAYMENT_CURRENCY_REFUSED for a currency that is named and another one */
export function requireCurrency(asked: string | undefined, currency: string): void {
  if (asked !== undefined && asked !== currency) throw appError('PAYMENT_CURRENCY_REFUSED');
}

/**
 * Texts of payments never hold the number of a card: it is refused before it is written anywhere.
 * @throws AppError CARD_NUMBER_REFUSED
 */
export function refuseCardNumber(text: string | undefined): void {
  if (text !== undefined && hasCardNumber(text)) throw appError('CARD_NUMBER_REFUSED');
}
