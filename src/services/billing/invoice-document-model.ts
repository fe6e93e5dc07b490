/** The seller or the buyer. */
export interface InvoiceParty {
  readonly name: string;
  readonly addressLines: readonly string[];
  readonly email: string;
  readonly taxId?: string | undefined;
}

/** ISO 8601; the end is exclusive. */
export interface DocumentPeriod {
  readonly start: string;
  readonly end: string;
}

/** Amounts are decimal texts in the invoice's currency. */
export interface InvoiceDocumentItem {
  readonly description: string;
  /** HSN or SAC code. */
  readonly productCode?: string | undefined;
  readonly period?: DocumentPeriod | undefined;
  readonly quantity: string;
  /** May be finer than the currency. */
  readonly unitPrice: string;
  /** Percent: "18" is 18 %. */
  readonly taxRate: string;
  readonly amount: string;
}

export interface InvoiceDocumentTaxLine {
  /** CGST, SGST, VAT and the like; "Tax" by default. */
  readonly name?: string | undefined;
  /** Percent. */
  readonly rate: string;
  readonly taxable: string;
  readonly amount: string;
}

export interface InvoiceDocument {
  /** What it is; an invoice by default. */
  readonly kind?: 'invoice' | 'credit_note' | undefined;
  readonly number: string;
  /** The number of the invoice that a credit note takes back. */
  readonly invoiceNumber?: string | undefined;
  /** Shown as a badge where the reader must know it: draft, paid, overdue, void and the like. */
  readonly status: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  /** ISO 8601; a credit note is not due. */
  readonly dueAt?: string | undefined;
  readonly period?: DocumentPeriod | undefined;
  /** ISO 3166-2. */
  readonly placeOfSupply?: string | undefined;
  /** Whether the unit prices contain the tax; the amounts never do. */
  readonly pricesIncludeTax?: boolean | undefined;
  /** IANA name of the zone the dates are told in; UTC by default. */
  readonly timeZone?: string | undefined;
  /** ISO 4217. */
  readonly currency: string;
  /** BCP 47: how numbers and dates are written; `en` by default. The labels are English. */
  readonly locale?: string | undefined;
  readonly seller: InvoiceParty;
  readonly buyer: InvoiceParty;
  readonly items: readonly InvoiceDocumentItem[];
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxLines: readonly InvoiceDocumentTaxLine[];
  /** What rounding the whole adds or takes. */
  readonly roundingAmount?: string | undefined;
  readonly total: string;
  readonly amountDue: string;
  /** Plain text; line breaks are kept. */
  readonly notes?: string | undefined;
}
