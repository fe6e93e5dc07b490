import { Decimal } from 'decimal.js';
import { currencyExponent } from './currencies.ts';

/** Decimal arithmetic that is exact for every product this code forms; its results are never in exponent notation. */
export const ExactDecimal = Decimal.clone({
  precision: 100,
  rounding: Decimal.ROUND_HALF_UP,
  toExpNeg: -100,
  toExpPos: 100,
});

const decimalTextPattern = /^-?\d+(?:\.\d+)?$/;

/** Whether the text is a plain decimal number: no exponent, no sign but a minus, no spaces. */
export const isDecimalText = (text: string): text is `${number}` => decimalTextPattern.test(text);

/**
 * Reads a plain decimal number exactly.
 * @throws RangeError if the text is anything else
 */
export function parseDecimal(text: string): Decimal {
  if (!isDecimalText(text)) throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is no decimal number`);
  return new ExactDecimal(text);
}

/**
 * Rounds half away from zero at the currency's exponent: 1.005 USD is 1.01, -0.5 JPY is -1.
 * @throws RangeError for an unknown currency or a text that is no decimal number
 */
export function roundMoney(amount: Decimal | string, currency: string): Decimal {
  const exact = typeof amount === 'string' ? parseDecimal(amount) : amount;
  const rounded = exact.toDecimalPlaces(currencyExponent(currency), Decimal.ROUND_HALF_UP);
  return rounded.isZero() ? rounded.abs() : rounded;
}

/** `roundMoney` as the text an API answer carries: 1.005 USD is "1.01". */
export const roundMoneyToText = (amount: Decimal | string, currency: string): string =>
  roundMoney(amount, currency).toFixed(currencyExponent(currency));

/**
 * Writes the text of a PostgreSQL numeric with the currency's decimal places: ("1499.0000", "INR") is "1499.00".
 * Works on the text alone, for answers with many amounts.
 * @throws RangeError if digits other than zero would be dropped, or the text is no decimal number
 */
export function formatAmount(decimalText: string, currency: string): string {
  if (!isDecimalText(decimalText)) throw new RangeError(`${JSON.stringify(decimalText)} is no decimal number`);
  const exponent = currencyExponent(currency);
  const point = decimalText.indexOf('.');
  if (point === -1) return exponent === 0 ? decimalText : `${decimalText}.${'0'.repeat(exponent)}`;

  const end = exponent === 0 ? point : point + 1 + exponent;
  if (decimalText.length <= end) return decimalText.padEnd(end, '0');
  for (let index = Math.max(end, point + 1); index < decimalText.length; index += 1) {
    if (decimalText[index] !== '0')
      throw new RangeError(`${decimalText} has more decimal places than ${currency} allows`);
  }
  return decimalText.slice(0, end);
}

/** A decimal without zeros that say nothing: "2.5000" is "2.5", "18.0000" is "18". */
export const trimDecimal = (decimalText: string): string =>
  decimalText.includes('.') ? decimalText.replace(/\.?0+$/, '') : decimalText;

/** A unit price: the currency's decimal places, or more where it is finer: "1499" is "1499.00", "0.0125" stays. */
export function formatUnitPrice(decimalText: string, currency: string): string {
  const trimmed = trimDecimal(decimalText);
  const decimals = trimmed.split('.')[1]?.length ?? 0;
  return decimals > currencyExponent(currency) ? trimmed : formatAmount(trimmed, currency);
}

const numberFormats = new Map<string, Intl.NumberFormat>();
const numberFormatLimit = 200;

/** Building an Intl.NumberFormat costs a thousand times what using it does. */
function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify([locale, options]);
  const known = numberFormats.get(key);
  if (known !== undefined) return known;
  if (numberFormats.size >= numberFormatLimit) numberFormats.clear();
  const created = new Intl.NumberFormat(locale, options);
  numberFormats.set(key, created);
  return created;
}

function formatDecimal(decimalText: string, locale: string, options: Intl.NumberFormatOptions): string {
  if (!isDecimalText(decimalText)) throw new RangeError(`${JSON.stringify(decimalText)} is no decimal number`);
  return numberFormat(locale, { numberingSystem: 'latn', ...options }).format(decimalText);
}

/**
 * An amount as people of a locale write it, for documents and mail: ("1499.00", "INR", "en-IN") is "₹1,499.00".
 * Digits are Latin in every locale. `display: 'code'` writes "INR" in place of the symbol.
 * @param locale a BCP 47 tag
 * @throws RangeError for an unknown currency, a malformed locale or a text that is no decimal number
 */
export function formatForPeople(
  amount: string,
  currency: string,
  locale: string,
  { display = 'symbol' }: { display?: 'symbol' | 'code' } = {},
): string {
  const exponent = currencyExponent(currency);
  return formatDecimal(amount, locale, {
    style: 'currency',
    currency,
    currencyDisplay: display,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
    roundingMode: 'halfExpand',
  });
}

/**
 * A number as people of a locale write it: ("149900.5", "en-IN", 2) is "1,49,900.50". No digit is dropped up to 20 places.
 * @param minimumFractionDigits decimal places to fill up to
 * @throws RangeError for a malformed locale or a text that is no decimal number
 */
export const formatNumberForPeople = (decimalText: string, locale: string, minimumFractionDigits = 0): string =>
  formatDecimal(decimalText, locale, { minimumFractionDigits, maximumFractionDigits: 20 });
