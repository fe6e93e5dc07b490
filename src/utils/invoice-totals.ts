import type { Decimal } from 'decimal.js';
import { allocateByLargestRemainder, roundSharesTo } from './allocation.ts';
import { isCurrencyCode } from './currencies.ts';
import { type MinorUnits, minorUnitsOf } from './minor-units.ts';
import { parseDecimal } from './money.ts';

/** `percentage`: "10" is 10 %. `fixed`: an amount in the invoice's currency. */
export interface Discount {
  readonly type: 'percentage' | 'fixed';
  readonly value: string;
}

export interface InvoiceTotalsItem {
  /** Not negative, up to 4 decimal places. */
  readonly quantity: string;
  /** May be finer than the currency ("0.0125" per message), and negative for what is given back. */
  readonly unitPrice: string;
  /** Percent: "18" is 18 %. */
  readonly taxRate: string;
  /** Taxes of one percentage and different names are kept apart. */
  readonly taxName?: string | undefined;
  readonly discount?: Discount | undefined;
}

export interface InvoiceTotalsInput {
  /** ISO 4217. */
  readonly currency: string;
  readonly items: readonly InvoiceTotalsItem[];
  /** Applies to what the items' own discounts leave, of the items that are not given back. */
  readonly discount?: Discount | undefined;
  /** Whether tax is added to the prices or contained in them; exclusive where absent. */
  readonly taxBehavior?: 'exclusive' | 'inclusive' | undefined;
  /** What is rounded: the tax of a rate (where absent), or the tax of each line. */
  readonly taxRounding?: 'total' | 'line' | undefined;
  /** The total is rounded to a multiple of this, as far as the currency has it: "1" for whole rupees. */
  readonly roundTotalTo?: string | null | undefined;
}

/** Amounts are texts with the currency's decimal places. */
export interface InvoiceItemTotals {
  /** Quantity × unit price, rounded; less the tax that it contains. */
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
  readonly name?: string | undefined;
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
  /** What rounding the whole adds or takes. */
  readonly roundingAmount: string;
  /** `subtotal` − `discountTotal` + `taxTotal` + `roundingAmount`. */
  readonly total: string;
}

export type InvoiceTotalsErrorReason =
  | 'INVALID_CURRENCY'
  | 'INVALID_QUANTITY'
  | 'INVALID_UNIT_PRICE'
  | 'INVALID_TAX_RATE'
  | 'INVALID_DISCOUNT'
  | 'DISCOUNT_TOO_LARGE'
  | 'NEGATIVE_TOTAL';

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

function parseUnitPrice(text: string, path: string): Decimal {
  const price = parseNonNegative(text.replace(/^-/, ''), 'INVALID_UNIT_PRICE', path);
  return text.startsWith('-') ? price.negated() : price;
}

function parseItem(item: InvoiceTotalsItem, index: number, money: MinorUnits) {
  const path = `items.${index}`;
  const quantity = parseNonNegative(item.quantity, 'INVALID_QUANTITY', `${path}.quantity`);
  if (quantity.decimalPlaces() > quantityDecimalPlaces) {
    throw new InvoiceTotalsError('INVALID_QUANTITY', `${path}.quantity`, 'has more than 4 decimal places');
  }
  const amount = money.round(quantity.times(parseUnitPrice(item.unitPrice, `${path}.unitPrice`)));
  const taxRate = parseNonNegative(item.taxRate, 'INVALID_TAX_RATE', `${path}.taxRate`);
  return {
    amount,
    taxRate,
    taxName: item.taxName,
    ownDiscount: amount < 0n ? 0n : discountUnits(item.discount, amount, money, `${path}.discount`),
  };
}

interface TaxedLine {
  readonly rate: Decimal;
  readonly name: string | undefined;
}

/** Which lines bear the same tax, by their indexes, in ascending order of the rates. */
function taxGroupsOf(lines: readonly TaxedLine[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [index, { rate, name }] of lines.entries()) {
    const key = `${rate.toFixed()} ${name ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  }
  const rateOf = (group: readonly number[]): Decimal => lines[group[0] ?? 0]?.rate ?? parseDecimal('0');
  return [...groups.values()].toSorted((a, b) => rateOf(a).comparedTo(rateOf(b)));
}

/** The tax of amounts in minor units, line by line. */
type TaxRule = (amounts: readonly bigint[]) => bigint[];

function taxRuleOf(lines: readonly TaxedLine[], groups: readonly number[][], input: InvoiceTotalsInput): TaxRule {
  const exactTax = (amount: bigint, { rate }: TaxedLine): Decimal => {
    const product = parseDecimal(amount.toString()).times(rate);
    return product.dividedBy(input.taxBehavior === 'inclusive' ? rate.plus(100) : 100);
  };
  const roundUnits = (units: Decimal): bigint => BigInt(units.toDecimalPlaces(0).toFixed(0));
  return (amounts) => {
    const exact = lines.map((line, index) => exactTax(amounts[index] ?? 0n, line));
    if (input.taxRounding === 'line') return exact.map(roundUnits);
    const taxes = lines.map(() => 0n);
    for (const group of groups) {
      const [first] = group.flatMap((index) => lines[index] ?? []);
      if (first === undefined) continue;
      const tax = roundUnits(exactTax(sum(group.map((index) => amounts[index] ?? 0n)), first));
      const shares = group.map((index) => exact[index] ?? parseDecimal('0'));
      const parts = roundSharesTo(tax, shares);
      for (const [position, index] of group.entries()) taxes[index] = parts[position] ?? 0n;
    }
    return taxes;
  };
}

/** What rounds a total, which is not negative, half up to a multiple; nothing where the multiple is no whole number of minor units. */
function totalRounding(total: bigint, roundTotalTo: string | null | undefined, money: MinorUnits): bigint {
  if (roundTotalTo === null || roundTotalTo === undefined) return 0n;
  const multiple = parseDecimal(roundTotalTo).times(10 ** money.exponent);
  if (!multiple.isInteger() || multiple.lessThanOrEqualTo(1)) return 0n;
  const units = BigInt(multiple.toFixed(0));
  return ((2n * total + units) / (2n * units)) * units - total;
}

const identityOf = (line: TaxedLine | undefined): Pick<InvoiceTaxLine, 'name' | 'rate'> => ({
  ...(line?.name !== undefined && { name: line.name }),
  rate: line?.rate.toFixed() ?? '0',
});

const sum = (units: readonly bigint[]): bigint => units.reduce((total, value) => total + value, 0n);

/**
 * Computes an invoice's amounts exactly; every rounding is half away from zero at the currency's exponent.
 *
 * 1. An item's amount is quantity × unit price, rounded. Its own discount comes off it.
 * 2. The invoice discount applies to what is left of all items together but those given back, and is allocated over them in
 *    proportion to what is left of each, by largest remainder: the parts sum to the discount exactly.
 * 3. Tax is summed, then rounded: the tax of a rate is round(sum of the taxable amounts × rate), as EN 16931 has it (BR-CO-17),
 *    and allocated back over the rate's items by largest remainder, so that the items sum to the totals exactly. Or it is
 *    rounded, then summed: the tax of a rate is the sum of its items' taxes. One invoice does one or the other.
 * 4. Prices that include tax are taken apart: amounts and discounts are then net, and what they and the tax come to is what the
 *    prices said.
 * 5. The total is rounded as the tax regime asks, and what that adds or takes stands by itself.
 *
 * @throws InvoiceTotalsError for a value that is malformed or negative, for a discount larger than what it applies to, and where
 *   more is given back than is charged
 */
export function computeInvoiceTotals(input: InvoiceTotalsInput): InvoiceTotals {
  const { currency, items, discount } = input;
  if (!isCurrencyCode(currency)) throw new InvoiceTotalsError('INVALID_CURRENCY', 'currency', 'is no ISO 4217 code');
  const money = minorUnitsOf(currency);
  const parsed = items.map((item, index) => parseItem(item, index, money));

  const discountable = parsed.map((item) => (item.amount < 0n ? 0n : item.amount - item.ownDiscount));
  const discountParts = allocateByLargestRemainder(
    discountUnits(discount, sum(discountable), money, 'discount'),
    discountable,
  );
  const discounts = parsed.map((item, index) => item.ownDiscount + (discountParts[index] ?? 0n));
  const left = parsed.map((item, index) => item.amount - (discounts[index] ?? 0n));

  const taxed = parsed.map((item) => ({ rate: item.taxRate, name: item.taxName }));
  const groups = taxGroupsOf(taxed);
  const taxOf = taxRuleOf(taxed, groups, input);
  const isInclusive = input.taxBehavior === 'inclusive';
  const taxes = taxOf(left);
  const taxInDiscounts = isInclusive ? taxOf(discounts) : taxes.map(() => 0n);
  const lines = parsed.map((_item, index) => {
    const tax = taxes[index] ?? 0n;
    const taxable = (left[index] ?? 0n) - (isInclusive ? tax : 0n);
    const discountAmount = (discounts[index] ?? 0n) - (taxInDiscounts[index] ?? 0n);
    return { amount: taxable + discountAmount, discountAmount, taxable, tax };
  });

  const subtotal = sum(lines.map((line) => line.amount));
  const discountTotal = sum(lines.map((line) => line.discountAmount));
  const taxTotal = sum(taxes);
  const unrounded = subtotal - discountTotal + taxTotal;
  if (unrounded < 0n || discountTotal > subtotal) {
    throw new InvoiceTotalsError('NEGATIVE_TOTAL', 'items', 'give back more than they charge');
  }
  const rounding = totalRounding(unrounded, input.roundTotalTo, money);
  return {
    items: lines.map((line) => ({
      amount: money.toText(line.amount),
      discountAmount: money.toText(line.discountAmount),
      taxableAmount: money.toText(line.taxable),
      taxAmount: money.toText(line.tax),
      total: money.toText(line.taxable + line.tax),
    })),
    taxLines: groups.map((group) => ({
      ...identityOf(taxed[group[0] ?? 0]),
      taxable: money.toText(sum(group.map((index) => lines[index]?.taxable ?? 0n))),
      amount: money.toText(sum(group.map((index) => taxes[index] ?? 0n))),
    })),
    subtotal: money.toText(subtotal),
    discountTotal: money.toText(discountTotal),
    taxTotal: money.toText(taxTotal),
    roundingAmount: money.toText(rounding),
    total: money.toText(unrounded + rounding),
  };
}
