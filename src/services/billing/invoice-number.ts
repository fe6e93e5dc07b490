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

/** How a series writes its numbers: at most 16 characters, as India's rule 46(b) asks. */
const seriesOf = (name: string) => ({
  name,
  format: (financialYear: string, count: number): string =>
    `${name}-${financialYear}-${String(count).padStart(6, '0')}`,
});

/** The series that invoices are numbered in. */
export const invoiceSeries = seriesOf('INV');

/** The series of credit notes. */
export const creditNoteSeries = seriesOf('CN');
