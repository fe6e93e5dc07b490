import type { Decimal } from 'decimal.js';
import { allocateByLargestRemainder } from './allocation.ts';
import { currencyExponent, isCurrencyCode } from './currencies.ts';
import { parseDecimal, roundMoney } from './money.ts';

/** `percentage`: "10" is 10 %. `fixed`: an amount in the invoice's currency. */
export interface Discount {
  readonly type: 'percentage' | 'fixed';
  readonly value: string;
}

export interface InvoiceTotalsItem {
  /** Not negative, up to 4 decimal places. */
  readonly quantity: string;
  /** Not negative; may be finer than the currency ("0.0125" per message). */
  readonly unitPrice: string;
  /** Percent: "18" is 18 %. */
  readonly taxRate: string;
  readonly discount?: Discount | undefined;
}

export interface InvoiceTotalsInput {
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly InvoiceTotalsItem[];
  /** Applies to what the items' own discounts leave. */
  readonly discount?: Discount | undefined;
}

/** Amounts are texts with the currency's decimal places. */
export interface InvoiceItemTotals {
  /** Quantity × unit price, rounded. */
  readonly amount: string;
  /** The item's own discount and its part of the invoice's. */
  readonly discountAmount: string;
  /** `amount` − `discountAmount`. */
  readonly taxableAmount: string;
  /** The item's part of its rate's tax. */
  readonly taxAmount: string;
  /** `taxableAmount` + `taxAmount`. */
  readonly total: string;
}

export interface InvoiceTaxLine {
  /** Percent, without trailing zeros. */
  readonly rate: string;
  readonly taxable: string;
  readonly amount: string;
}

export interface InvoiceTotals {
  readonly items: readonly InvoiceItemTotals[];
  /** One per rate, in ascending order; a rate of 0 has its line too. */
  readonly taxLines: readonly InvoiceTaxLine[];
  /** Sum of the items' amounts, before any discount. */
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  /** `subtotal` − `discountTotal` + `taxTotal`. */
  readonly total: string;
}

export type InvoiceTotalsErrorReason =
  | 'INVALID_CURRENCY'
  | 'INVALID_QUANTITY'
  | 'INVALID_UNIT_PRICE'
  | 'INVALID_TAX_RATE'
  | 'INVALID_DISCOUNT'
  | 'DISCOUNT_TOO_LARGE';

/** An input no invoice can be computed from; `path` names the member, such as `items.0.discount`. */
export class InvoiceTotalsError extends RangeError {
  readonly reason: InvoiceTotalsErrorReason;
  readonly path: string;

  constructor(reason: InvoiceTotalsErrorReason, path: string, message: string) {
    super(`${path}: ${message}`);
    this.name = 'InvoiceTotalsError';
    this.reason = reason;
    this.path = path;
  }
}

const quantityDecimalPlaces = 4;
const boundedDecimalPattern = /^\d{1,20}(?:\.\d{1,20})?$/;

function parseNonNegative(text: string, reason: InvoiceTotalsErrorReason, path: string): Decimal {
  if (!boundedDecimalPattern.test(text)) {
    throw new InvoiceTotalsError(
      reason,
      path,
      'must be a decimal number that is not negative, with at most 20 digits on either side',
    );
  }
  return parseDecimal(text);
}

/** Amounts of one currency as whole minor units: additions and comparisons are those of integers. */
function minorUnitsOf(currency: string) {
  const exponent = currencyExponent(currency);
  return {
    exponent,
    round: (amount: Decimal): bigint =>
      BigInt(
        roundMoney(amount, currency)
          .times(10 ** exponent)
          .toFixed(0),
      ),
    toDecimal: (units: bigint): Decimal => parseDecimal(units.toString()).dividedBy(10 ** exponent),
    toText(units: bigint): string {
      if (exponent === 0) return units.toString();
      const digits = units.toString().padStart(exponent + 1, '0');
      return `${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
    },
  };
}

type MinorUnits = ReturnType<typeof minorUnitsOf>;

function discountUnits(discount: Discount | undefined, base: bigint, money: MinorUnits, path: string): bigint {
  if (discount === undefined) return 0n;
  const value = parseNonNegative(discount.value, 'INVALID_DISCOUNT', `${path}.value`);
  if (discount.type === 'percentage') {
    if (value.greaterThan(100)) throw new InvoiceTotalsError('DISCOUNT_TOO_LARGE', path, 'is more than 100 %');
    return money.round(money.toDecimal(base).times(value).dividedBy(100));
  }
  if (value.decimalPlaces() > money.exponent) {
    throw new InvoiceTotalsError('INVALID_DISCOUNT', `${path}.value`, 'has more decimal places than the currency');
  }
  const units = money.round(value);
  if (units > base) throw new InvoiceTotalsError('DISCOUNT_TOO_LARGE', path, 'is larger than the amount it applies to');
  return units;
}

function parseItem(item: InvoiceTotalsItem, index: number, money: MinorUnits) {
  const path = `items.${index}`;
  const quantity = parseNonNegative(item.quantity, 'INVALID_QUANTITY', `${path}.quantity`);
  if (quantity.decimalPlaces() > quantityDecimalPlaces) {
    throw new InvoiceTotalsError('INVALID_QUANTITY', `${path}.quantity`, 'has more than 4 decimal places');
  }
  const amount = money.round(
    quantity.times(parseNonNegative(item.unitPrice, 'INVALID_UNIT_PRICE', `${path}.unitPrice`)),
  );
  const taxRate = parseNonNegative(item.taxRate, 'INVALID_TAX_RATE', `${path}.taxRate`);
  return { amount, taxRate, ownDiscount: discountUnits(item.discount, amount, money, `${path}.discount`) };
}

const sum = (units: readonly bigint[]): bigint => units.reduce((total, value) => total + value, 0n);

/**
 * Computes an invoice's amounts exactly; every rounding is half away from zero at the currency's exponent.
 *
 * 1. An item's amount is quantity × unit price, rounded. Its own discount comes off it.
 * 2. The invoice discount applies to what is left of all items together, and is allocated over them in proportion to what
 *    is left of each, by largest remainder: the parts sum to the discount exactly.
 * 3. Tax is summed, then rounded: the tax of a rate is round(sum of the taxable amounts × rate), as EN 16931 has it (BR-CO-17).
 *    It is allocated back over the rate's items by largest remainder, so that the items sum to the totals exactly.
 *
 * @throws InvoiceTotalsError for a value that is malformed or negative, and for a discount larger than what it applies to
 */
export function computeInvoiceTotals({ currency, items, discount }: InvoiceTotalsInput): InvoiceTotals {
  if (!isCurrencyCode(currency)) throw new InvoiceTotalsError('INVALID_CURRENCY', 'currency', 'is no ISO 4217 code');
  const money = minorUnitsOf(currency);
  const parsed = items.map((item, index) => parseItem(item, index, money));

  const discountable = parsed.map((item) => item.amount - item.ownDiscount);
  const invoiceDiscount = discountUnits(discount, sum(discountable), money, 'discount');
  const discountParts = allocateByLargestRemainder(invoiceDiscount, discountable);
  const lines = parsed.map((item, index) => {
    const discountAmount = item.ownDiscount + (discountParts[index] ?? 0n);
    return {
      amount: item.amount,
      rate: item.taxRate.toFixed(),
      discountAmount,
      taxable: item.amount - discountAmount,
      tax: 0n,
    };
  });

  const taxLines = [...new Set(lines.map((line) => line.rate))].map((rate) => {
    const linesOfRate = lines.filter((line) => line.rate === rate);
    const taxable = sum(linesOfRate.map((line) => line.taxable));
    const tax = money.round(money.toDecimal(taxable).times(rate).dividedBy(100));
    const parts = allocateByLargestRemainder(
      tax,
      linesOfRate.map((line) => line.taxable),
    );
    for (const [index, line] of linesOfRate.entries()) line.tax = parts[index] ?? 0n;
    return { rate, taxable, tax };
  });

  const subtotal = sum(lines.map((line) => line.amount));
  const discountTotal = sum(lines.map((line) => line.discountAmount));
  const taxTotal = sum(taxLines.map((line) => line.tax));
  return {
    items: lines.map((line) => ({
      amount: money.toText(line.amount),
      discountAmount: money.toText(line.discountAmount),
      taxableAmount: money.toText(line.taxable),
      taxAmount: money.toText(line.tax),
      total: money.toText(line.taxable + line.tax),
    })),
    taxLines: taxLines
      .toSorted((a, b) => parseDecimal(a.rate).comparedTo(b.rate))
      .map(({ rate, taxable, tax }) => ({ rate, taxable: money.toText(taxable), amount: money.toText(tax) })),
    subtotal: money.toText(subtotal),
    discountTotal: money.toText(discountTotal),
    taxTotal: money.toText(taxTotal),
    total: money.toText(subtotal - discountTotal + taxTotal),
  };
}
