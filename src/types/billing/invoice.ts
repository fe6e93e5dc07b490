import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

/** Stripe's life of an invoice: a draft is finalized to open, and ends as one of the rest. */
export type InvoiceStatus = 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';

/** Who is billed, as it stood when the invoice was made. */
export interface InvoiceCustomer {
  readonly name: string;
  readonly email: string;
  readonly taxId: string | null;
  readonly addressLines: readonly string[];
}

export interface InvoiceDiscount {
  readonly type: 'percentage' | 'fixed';
  readonly value: string;
}

/** A line of an invoice; amounts are decimal strings in the invoice's currency. */
export interface InvoiceItem {
  readonly id: string;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  /** Percent. */
  readonly taxRate: string;
  readonly amount: string;
  readonly discountAmount: string;
  readonly taxAmount: string;
  readonly total: string;
}

/** An invoice as lists show it. */
export interface InvoiceSummary {
  readonly id: string;
  readonly tenantId: TenantId;
  /** Null until finalization. */
  readonly number: string | null;
  readonly status: InvoiceStatus;
  readonly currency: string;
  readonly customerName: string;
  readonly customerEmail: string;
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  readonly total: string;
  readonly amountPaid: string;
  readonly amountDue: string;
  readonly issuedAt: string | null;
  readonly dueAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Invoice extends InvoiceSummary {
  readonly customerTaxId: string | null;
  readonly customerAddressLines: readonly string[];
  readonly discountType: InvoiceDiscount['type'] | null;
  readonly discountValue: string | null;
  readonly notes: string | null;
  /** Days from finalization to the due date. */
  readonly paymentTerms: number;
  readonly documentKey: string | null;
  readonly items: readonly InvoiceItem[];
}

/** What a draft holds: everything but what finalization and payment add. */
export interface InvoiceDraft {
  readonly currency: string;
  readonly customer: InvoiceCustomer;
  readonly discount: InvoiceDiscount | null;
  readonly notes: string | null;
  readonly paymentTerms: number;
  readonly items: readonly InvoiceItem[];
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  readonly total: string;
}

export interface InvoiceFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly status?: InvoiceStatus | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}
