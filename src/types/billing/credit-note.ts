import type { TenantId } from '../ids.ts';
import type { TaxLine } from './tax.ts';

/** What a credit note takes back of one line; amounts are decimal strings in the invoice's currency. */
export interface CreditNoteItem {
  readonly invoiceItemId: string;
  readonly description: string;
  /** After discount, before tax. */
  readonly amount: string;
  readonly taxAmount: string;
  readonly total: string;
}

/** Takes back a part of an invoice that was issued. */
export interface CreditNote {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly invoiceId: string;
  /** Of a series of its own, without gaps per tenant and financial year. */
  readonly number: string;
  readonly currency: string;
  readonly reason: string;
  readonly subtotal: string;
  readonly taxTotal: string;
  /** The invoice's rounding, in the note that takes back the last of it. */
  readonly roundingAmount: string;
  readonly total: string;
  /** The taxes it takes back, as on the invoice. */
  readonly taxLines: readonly TaxLine[];
  readonly issuedAt: string;
  readonly documentKey: string | null;
  readonly items: readonly CreditNoteItem[];
}

/** What credit notes took back of a line so far. */
export interface CreditedItem {
  readonly invoiceItemId: string;
  readonly amount: string;
  readonly taxAmount: string;
}
