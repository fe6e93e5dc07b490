const SERIES = 'INV';

/** Where the financial year is not the calendar's: its first month (1 = January). GST of India counts from April. */
const FIRST_MONTH: Readonly<Record<string, number>> = { IN: 4 };

/**
 * The financial year a moment falls in, by the tenant's country and time zone: "2026", or "2627" where it spans two.
 * @throws RangeError for an unknown time zone
 */
export function financialYearOf(moment: Date, country: string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric' }).formatToParts(moment);
  const numberOf = (type: string): number => Number(parts.find((part) => part.type === type)?.value);
  const firstMonth = FIRST_MONTH[country] ?? 1;
  const year = numberOf('month') < firstMonth ? numberOf('year') - 1 : numberOf('year');
  return firstMonth === 1 ? String(year) : `${String(year).slice(-2)}${String(year + 1).slice(-2)}`;
}

/** The series that invoices are numbered in, and how a number is written: at most 16 characters, as India's rule 46(b) asks. */
export const invoiceSeries = {
  name: SERIES,
  format: (financialYear: string, count: number): string =>
    `${SERIES}-${financialYear}-${String(count).padStart(6, '0')}`,
} as const;
