import type { PageRequest } from '../page.ts';

export type TaxKind = 'gst' | 'vat' | 'sales_tax';
export type TaxBehavior = 'exclusive' | 'inclusive';
export type TaxRounding = 'total' | 'line';

/** How a tax is computed. One invoice knows one such set of rules. */
export interface TaxRules {
  /** Whether it is added to the prices or contained in them. */
  readonly behavior: TaxBehavior;
  /** Where it is rounded: once a rate, or in each line. */
  readonly rounding: TaxRounding;
  /** A multiple that the invoice's total is rounded to, `1` for whole rupees; null for the currency's smallest unit. */
  readonly roundTotalTo: string | null;
}

/** A tax that the operator charges. */
export interface TaxRate extends TaxRules {
  readonly id: string;
  readonly name: string;
  readonly kind: TaxKind;
  /** ISO 3166-1. */
  readonly country: string;
  /** ISO 3166-2; null for the whole country. */
  readonly region: string | null;
  readonly percentage: string;
  readonly active: boolean;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewTaxRate = Omit<TaxRate, 'version' | 'createdAt' | 'updatedAt'>;
export type TaxRateChanges = Partial<Omit<NewTaxRate, 'id'>>;

/** What one tax of an invoice comes to: CGST and SGST are two. */
export interface TaxLine {
  readonly name: string;
  /** Percent. */
  readonly rate: string;
  readonly taxable: string;
  readonly amount: string;
}

/** How an invoice is taxed. */
export interface AppliedTax extends TaxRules {
  /** ISO 3166-2; null where the state makes no difference or is not known. */
  readonly placeOfSupply: string | null;
  /** How goods and services tax is split: halves of the state and the union, or one that is passed on; null for other taxes. */
  readonly gst: 'intra_state' | 'inter_state' | null;
}

export interface TaxRateFilter extends PageRequest {
  readonly country?: string | undefined;
  readonly active?: boolean | undefined;
}
