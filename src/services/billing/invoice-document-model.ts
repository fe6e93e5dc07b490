/** The seller or the buyer. */
export interface InvoiceParty {
  readonly name: string;
  readonly addressLines: readonly string[];
  readonly email: string;
  readonly taxId?: string | undefined;
}

/** Amounts are decimal texts in the invoice's currency. */
export interface InvoiceDocumentItem {
  readonly description: string;
  readonly quantity: string;
  /** May be finer than the currency. */
  readonly unitPrice: string;
  /** Percent: "18" is 18 %. */
  readonly taxRate: string;
  readonly amount: string;
}

export interface InvoiceDocumentTaxLine {
  /** Percent. */
  readonly rate: string;
  readonly taxable: string;
  readonly amount: string;
}

export interface InvoiceDocument {
  readonly number: string;
  /** Shown as a badge where the reader must know it: draft, paid, overdue, void and the like. */
  readonly status: string;
  /** ISO 8601. */
  readonly issuedAt: string;
  /** ISO 8601. */
  readonly dueAt: string;
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
  readonly total: string;
  readonly amountDue: string;
  /** Plain text; line breaks are kept. */
  readonly notes?: string | undefined;
}
