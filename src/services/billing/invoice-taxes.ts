import { appError } from '../../errors/app-error.ts';
import type { AppliedTax, TaxBehavior, TaxLine, TaxRate, TaxRounding, TaxRules } from '../../types/billing/tax.ts';
import { minorUnitsOf } from '../../utils/minor-units.ts';
import { parseDecimal } from '../../utils/money.ts';

/** Where somebody sells from or is billed: ISO 3166-1 and -2. */
export interface TaxPlace {
  readonly country: string;
  readonly region: string | null;
}

/** What an item says about its tax: a percentage, a rate, or nothing for the country's default. */
export interface ItemTaxChoice {
  readonly taxRate?: string | undefined;
  readonly taxRateId?: string | null | undefined;
  /** What a percentage given by hand is called; the country's default says it otherwise. */
  readonly taxName?: string | undefined;
}

export interface TaxQuestion {
  readonly seller: TaxPlace;
  readonly customer: TaxPlace;
  readonly items: readonly ItemTaxChoice[];
  /** The rates in force in the customer's country, oldest first, and those that items name. */
  readonly rates: readonly TaxRate[];
  /** Rules given by hand, for percentages given by hand. */
  readonly behavior?: TaxBehavior | undefined;
  readonly rounding?: TaxRounding | undefined;
}

export interface ItemTax {
  readonly percentage: string;
  readonly name: string;
}

export interface TaxAnswer {
  readonly applied: AppliedTax;
  readonly items: readonly ItemTax[];
}

/** The name of goods and services tax before it is split by the place of supply. */
const GST = 'GST';
const GST_PARTS: readonly string[] = ['CGST', 'SGST', 'IGST'];
const UNTAXED: TaxRules = { behavior: 'exclusive', rounding: 'total', roundTotalTo: null };

const isChargedAt = (rate: TaxRate, { country, region }: TaxPlace): boolean =>
  rate.country === country && (rate.region === null || rate.region === region);

/** Of the rates that are charged at a place the one of its region, or else of its country, that is in force longest. */
export function defaultRateOf(rates: readonly TaxRate[], place: TaxPlace): TaxRate | undefined {
  const charged = rates.filter((rate) => rate.active && isChargedAt(rate, place));
  return charged.find(({ region }) => region !== null) ?? charged[0];
}

/**
 * Which tax each item bears and by which rules. A rate of another country, or region, than the customer's is not charged: what
 * leaves the country is an export.
 * @throws AppError TAX_RATE_UNAVAILABLE for a rate that is not in force, TAX_RATES_MIXED where the items' rules differ
 */
export function resolveTaxes(question: TaxQuestion): TaxAnswer {
  const { customer, rates } = question;
  const usual = defaultRateOf(rates, customer);
  const chosen = question.items.map((item) => choiceOf(item, rates, usual, customer));
  const used = chosen.flatMap(({ rate }) => rate ?? []);
  const rules = rulesOf(used, usual, question);
  const isGst = chosen.some(({ name }) => name === GST);
  return {
    applied: { ...rules, ...supplyOf(isGst, question) },
    items: chosen.map(({ percentage, name }) => ({ percentage, name })),
  };
}

interface Choice extends ItemTax {
  /** The rate that is charged; null where a percentage was given by hand, or nothing is charged. */
  readonly rate: TaxRate | null;
}

const nameOf = (rate: TaxRate): string => (rate.kind === 'gst' ? GST : rate.name);

function choiceOf(
  { taxRate, taxRateId, taxName }: ItemTaxChoice,
  rates: readonly TaxRate[],
  usual: TaxRate | undefined,
  customer: TaxPlace,
): Choice {
  const untaxed = { rate: null, percentage: '0', name: 'Tax' };
  if (taxRateId !== undefined && taxRateId !== null) {
    const rate = rates.find(({ id }) => id === taxRateId);
    if (rate?.active !== true) throw appError('TAX_RATE_UNAVAILABLE', { details: { taxRateId } });
    return isChargedAt(rate, customer) ? { rate, percentage: rate.percentage, name: nameOf(rate) } : untaxed;
  }
  if (taxRate !== undefined) {
    return { rate: null, percentage: taxRate, name: taxName ?? (usual === undefined ? 'Tax' : nameOf(usual)) };
  }
  return usual === undefined ? untaxed : { rate: usual, percentage: usual.percentage, name: nameOf(usual) };
}

const keyOf = ({ behavior, rounding, roundTotalTo }: TaxRules): string =>
  `${behavior} ${rounding} ${roundTotalTo ?? ''}`;

function rulesOf(used: readonly TaxRate[], usual: TaxRate | undefined, given: TaxQuestion): TaxRules {
  const { behavior, rounding, roundTotalTo } = used[0] ?? usual ?? UNTAXED;
  const rules = { behavior: given.behavior ?? behavior, rounding: given.rounding ?? rounding, roundTotalTo };
  if (used.some((rate) => keyOf(rate) !== keyOf(rules))) throw appError('TAX_RATES_MIXED');
  return rules;
}

/**
 * Supplies within the seller's state bear both halves, others the integrated tax. A customer whose state is not on record is
 * supplied where the seller is (IGST Act, section 12(2)(b)).
 */
function supplyOf(isGst: boolean, { seller, customer }: TaxQuestion): Pick<AppliedTax, 'placeOfSupply' | 'gst'> {
  if (!isGst) return { placeOfSupply: customer.region, gst: null };
  if (seller.country !== customer.country) return { placeOfSupply: customer.region, gst: 'inter_state' };
  const placeOfSupply = customer.region ?? seller.region;
  const isSameState = placeOfSupply !== null && placeOfSupply === seller.region;
  return { placeOfSupply, gst: isSameState ? 'intra_state' : 'inter_state' };
}

/** The tax lines as an invoice shows them: goods and services tax as CGST and SGST, of which CGST has the odd unit, or as IGST. */
export function splitTaxLines(
  lines: ReadonlyArray<Omit<TaxLine, 'name'> & { readonly name?: string | undefined }>,
  gst: AppliedTax['gst'],
  currency: string,
): TaxLine[] {
  const money = minorUnitsOf(currency);
  return lines.flatMap(({ name = 'Tax', rate, taxable, amount }): TaxLine[] => {
    if (name !== GST || parseDecimal(rate).isZero() || gst === null) return [{ name, rate, taxable, amount }];
    if (gst === 'inter_state') return [{ name: 'IGST', rate, taxable, amount }];
    const whole = money.round(parseDecimal(amount));
    const half = whole / 2n;
    const halfRate = parseDecimal(rate).dividedBy(2).toFixed();
    return [
      { name: 'CGST', rate: halfRate, taxable, amount: money.toText(whole - half) },
      { name: 'SGST', rate: halfRate, taxable, amount: money.toText(half) },
    ];
  });
}

/** What the tax of a percentage was called on an invoice, so that it keeps its name when the invoice is computed again. */
export function taxNameOf(lines: readonly TaxLine[], percentage: string): string | undefined {
  if (lines.some(({ name }) => GST_PARTS.includes(name))) return GST;
  return lines.find(({ rate }) => parseDecimal(rate).equals(percentage))?.name;
}
