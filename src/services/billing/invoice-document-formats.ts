import { currencyExponent } from '../../utils/currencies.ts';
import { formatAmount, formatForPeople, formatNumberForPeople } from '../../utils/money.ts';
import { canDraw } from './document-canvas.ts';
import type { DocumentPeriod, InvoiceDocument } from './invoice-document-model.ts';

/**
 * The invoice's numbers and dates as its locale writes them.
 * @throws RangeError for an unknown currency, a malformed locale or time zone
 */
export function createInvoiceFormats({ currency, locale = 'en', timeZone = 'UTC' }: InvoiceDocument) {
  const exponent = currencyExponent(currency);
  const dates = new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeZone,
    numberingSystem: 'latn',
    calendar: 'gregory',
  });
  const dateDisplay = canDraw(dates.format(0)) ? dates : new Intl.DateTimeFormat('en', { dateStyle: 'long', timeZone });
  const shortDates = createShortDates(locale, timeZone);
  const display = canDraw(formatForPeople('0', currency, locale)) ? 'symbol' : 'code';

  return {
    date: (isoTime: string): string => dateDisplay.format(new Date(isoTime)),
    /** The first and the last day. */
    period({ start, end }: DocumentPeriod): string {
      const [from, to] = [shortDates.format(new Date(start)), shortDates.format(Date.parse(end) - 1)];
      return from === to ? from : `${from} – ${to}`;
    },
    /** With the currency's symbol. */
    money: (amount: string): string => formatForPeople(formatAmount(amount, currency), currency, locale, { display }),
    /** Without a symbol. */
    amount: (amount: string): string =>
      withMinusSign(formatNumberForPeople(formatAmount(amount, currency), locale, exponent)),
    unitPrice: (amount: string): string => withMinusSign(formatNumberForPeople(amount, locale, exponent)),
    quantity: (quantity: string): string => formatNumberForPeople(quantity, locale),
    percentage: (rate: string): string => `${formatNumberForPeople(rate, locale)}%`,
  };
}

/** A hyphen is too short for a minus. */
const withMinusSign = (text: string): string => text.replace('-', '−');

function createShortDates(locale: string, timeZone: string): Intl.DateTimeFormat {
  const options = { dateStyle: 'medium', timeZone, numberingSystem: 'latn', calendar: 'gregory' } as const;
  const dates = new Intl.DateTimeFormat(locale, options);
  return canDraw(dates.format(0)) ? dates : new Intl.DateTimeFormat('en', options);
}

export type InvoiceFormats = ReturnType<typeof createInvoiceFormats>;
