import type { BillingCycle } from '../../types/billing/subscription.ts';

/** A stretch of time that ends exclusively. Times are ISO 8601. */
export interface BillingPeriod {
  readonly start: string;
  readonly end: string;
}

const MONTHS: Readonly<Record<BillingCycle, number>> = { monthly: 1, annual: 12 };

const daysInMonth = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate();

/** The anchor day of another month, at the same time of day. */
function shifted(at: string, months: number, anchorDay: number): string {
  const moment = new Date(at);
  const month = moment.getUTCMonth() + months;
  moment.setUTCMonth(month, Math.min(anchorDay, daysInMonth(moment.getUTCFullYear(), month)));
  return moment.toISOString();
}

/** The day of the month on which periods begin that begin at `at`. */
export const anchorDayOf = (at: string): number => new Date(at).getUTCDate();

/**
 * The period that begins at `start`. Months are those of the calendar in UTC, whatever time zone the tenant lives in: a tenant
 * that moves keeps its periods. The anchor day survives short months: 31 January, 28 February, 31 March.
 * @param anchorDay 1 to 31
 */
export const periodFrom = (start: string, cycle: BillingCycle, anchorDay: number): BillingPeriod => ({
  start,
  end: shifted(start, MONTHS[cycle], anchorDay),
});

/**
 * The whole period that ends at `end`, which its price is for: a pause moves the end of a period, and makes it neither longer nor
 * dearer.
 */
export const periodUntil = (end: string, cycle: BillingCycle, anchorDay: number): BillingPeriod => ({
  start: shifted(end, -MONTHS[cycle], anchorDay),
  end,
});
