import { uuidv7 } from 'uuidv7';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { BillingReason, Invoice, InvoiceDraft } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { auditedInvoice } from './invoice-audit.ts';
import { draftedInvoice, type InvoiceDrafts, type InvoiceInput } from './invoice-drafts.ts';
import type { InvoiceFinalizing } from './invoice-finalizing.ts';

export interface InvoiceIssuingServiceDeps {
  readonly invoices: Pick<InvoiceRepository, 'insertDraft'>;
  readonly drafts: InvoiceDrafts;
  readonly finalizing: InvoiceFinalizing;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** An invoice that is not written by hand: why it is issued must be said. */
export interface IssueInput extends Omit<InvoiceInput, 'currency' | 'finalizesAt'> {
  readonly currency: string;
  readonly billingReason: BillingReason;
}

export type InvoiceIssuingService = ReturnType<typeof createInvoiceIssuingService>;

/** Invoices that other parts of the product make, in their own transactions. */
export function createInvoiceIssuingService(deps: InvoiceIssuingServiceDeps) {
  const { invoices, drafts, finalizing, audit, clock } = deps;
  return {
    /**
     * Makes an invoice and finalizes it: taxes, discount and rounding, number, due date, booking, and the event that brings its
     * document. One that comes to nothing is paid at once. Its id may be given, so that a retry finds it.
     * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, INVOICE_TOTAL_NEGATIVE, TAX_RATE_UNAVAILABLE,
     *   TAX_RATES_MIXED, VALIDATION_FAILED, TENANT_NOT_FOUND
     */
    async issue(ctx: TenantTxContext, input: IssueInput, id: string = uuidv7()): Promise<Invoice> {
      const draft = await drafts.compose(ctx, input);
      const now = clock.now().toISOString();
      await invoices.insertDraft(ctx, id, draft, now);
      const invoice = await finalizing.finalize(ctx, draftedInvoice(ctx, id, draft, now));
      audit.record(ctx, {
        resourceType: 'invoice',
        resourceId: id,
        after: auditedInvoice(invoice),
        action: 'invoice.issued',
      });
      return invoice;
    },

    /**
     * What `issue` would bill, with all amounts; nothing is written.
     * @throws AppError as issue
     */
    preview(ctx: TenantContext, input: IssueInput): Promise<InvoiceDraft> {
      return drafts.compose(ctx, input);
    },
  };
}
