import type { Decimal } from 'decimal.js';
import { currencyExponent } from './currencies.ts';
import { parseDecimal, roundMoney } from './money.ts';

/** Amounts of one currency as whole minor units: additions and comparisons are those of integers. */
export interface MinorUnits {
  readonly exponent: number;
  /** Rounds half away from zero. */
  round(amount: Decimal): bigint;
  toDecimal(units: bigint): Decimal;
  /** With the currency's decimal places. */
  toText(units: bigint): string;
}

/** @throws RangeError for an unknown currency */
export function minorUnitsOf(currency: string): MinorUnits {
  const exponent = currencyExponent(currency);
  return {
    exponent,
    round: (amount) =>
      BigInt(
        roundMoney(amount, currency)
          .times(10 ** exponent)
          .toFixed(0),
      ),
    toDecimal: (units) => parseDecimal(units.toString()).dividedBy(10 ** exponent),
    toText(units) {
      if (exponent === 0) return units.toString();
      const digits = (units < 0n ? -units : units).toString().padStart(exponent + 1, '0');
      return `${units < 0n ? '-' : ''}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
    },
  };
}
