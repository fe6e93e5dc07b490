import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';
import type { AppliedTax, TaxBehavior, TaxLine, TaxRounding } from './tax.ts';

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

/** Why there is an invoice. */
export type BillingReason =
  | 'manual'
  | 'subscription_create'
  | 'subscription_cycle'
  | 'subscription_update'
  | 'subscription_cancel'
  | 'credit_purchase';

export type InvoiceItemKind =
  | 'one_off'
  | 'subscription'
  | 'proration_credit'
  | 'proration_charge'
  | 'usage'
  | 'credits';

/** A line of an invoice; amounts are decimal strings in the invoice's currency. */
export interface InvoiceItem {
  readonly id: string;
  readonly kind: InvoiceItemKind;
  readonly description: string;
  /** HSN or SAC code of what is sold. */
  readonly productCode: string | null;
  readonly periodStart: string | null;
  /** Exclusive. */
  readonly periodEnd: string | null;
  readonly quantity: string;
  /** Negative for what is given back. */
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
  /** What the tax regime's rounding of the whole adds or takes. */
  readonly roundingAmount: string;
  readonly total: string;
  readonly amountPaid: string;
  /** What credit notes took off. */
  readonly amountCredited: string;
  readonly amountDue: string;
  readonly subscriptionId: string | null;
  readonly billingReason: BillingReason;
  readonly issuedAt: string | null;
  readonly dueAt: string | null;
  readonly paidAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Invoice extends InvoiceSummary {
  readonly customerTaxId: string | null;
  readonly customerAddressLines: readonly string[];
  readonly discountType: InvoiceDiscount['type'] | null;
  readonly discountValue: string | null;
  readonly couponId: string | null;
  readonly periodStart: string | null;
  /** Exclusive. */
  readonly periodEnd: string | null;
  readonly taxBehavior: TaxBehavior;
  readonly taxRounding: TaxRounding;
  /** ISO 3166-2. */
  readonly placeOfSupply: string | null;
  readonly taxLines: readonly TaxLine[];
  readonly notes: string | null;
  /** Days from finalization to the due date. */
  readonly paymentTerms: number;
  readonly voidedAt: string | null;
  readonly writtenOffAt: string | null;
  /** When a draft is finalized by itself. */
  readonly finalizesAt: string | null;
  readonly documentKey: string | null;
  readonly items: readonly InvoiceItem[];
}

/** What a draft holds: everything but what finalization and payment add. */
export interface InvoiceDraft {
  readonly currency: string;
  readonly customer: InvoiceCustomer;
  readonly discount: InvoiceDiscount | null;
  readonly subscriptionId: string | null;
  readonly couponId: string | null;
  readonly billingReason: BillingReason;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
  readonly tax: Pick<AppliedTax, 'behavior' | 'rounding' | 'placeOfSupply'>;
  readonly taxLines: readonly TaxLine[];
  readonly notes: string | null;
  readonly paymentTerms: number;
  readonly finalizesAt: string | null;
  readonly items: readonly InvoiceItem[];
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  readonly roundingAmount: string;
  readonly total: string;
}

export interface InvoiceFilter extends PageRequest {
  readonly search?: string | undefined;
  /** `overdue` is what is open and past its due date. */
  readonly status?: InvoiceStatus | 'overdue' | undefined;
  readonly subscriptionId?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}
