import type { Decimal } from 'decimal.js';
import { parseDecimal, roundMoneyToText } from '../../utils/money.ts';
import type { BillingPeriod } from './billing-periods.ts';

export type ProrationUnit = 'second' | 'day';

/** How much of a period is left: `remaining` of `total` seconds or days. */
export interface PeriodShare {
  readonly remaining: number;
  readonly total: number;
}

const MS: Readonly<Record<ProrationUnit, number>> = { second: 1000, day: 86_400_000 };

const unitsUntil = (moment: string, unit: ProrationUnit): number => Math.floor(Date.parse(moment) / MS[unit]);

/**
 * What is left of a period at a moment. A second or day (UTC) that has begun belongs to what follows: a plan that is changed on
 * its last day but one is replaced for two days.
 */
export function shareLeft({ start, end }: BillingPeriod, at: string, unit: ProrationUnit): PeriodShare {
  const total = unitsUntil(end, unit) - unitsUntil(start, unit);
  const remaining = unitsUntil(end, unit) - unitsUntil(at, unit);
  return { remaining: Math.max(0, Math.min(remaining, total)), total };
}

/** As `shareLeft`, where nothing follows: a day that has begun was used. */
export function shareUnused(period: BillingPeriod, at: string, unit: ProrationUnit): PeriodShare {
  const { remaining, total } = shareLeft(period, at, unit);
  return { remaining: unit === 'day' ? Math.max(0, remaining - 1) : remaining, total };
}

/** The share as a fraction, exact to 100 digits; nothing of a period without a length. */
export const fractionOf = ({ remaining, total }: PeriodShare): Decimal =>
  total === 0 ? parseDecimal('0') : parseDecimal(remaining.toFixed(0)).dividedBy(total);

/**
 * A price for a share of its period: price × remaining ÷ total, rounded once.
 * @returns an amount with the currency's decimal places
 */
export const prorated = (price: string, { remaining, total }: PeriodShare, currency: string): string =>
  roundMoneyToText(
    total === 0 ? '0' : parseDecimal(price).times(remaining.toFixed(0)).dividedBy(total.toFixed(0)),
    currency,
  );
