import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice, InvoiceFilter, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { auditedInvoice } from './invoice-audit.ts';
import { draftedInvoice, type InvoiceDrafts, type InvoiceInput } from './invoice-drafts.ts';
import type { InvoiceFinalizing } from './invoice-finalizing.ts';
import { taxNameOf } from './invoice-taxes.ts';

export interface InvoiceServiceDeps {
  readonly invoices: InvoiceRepository;
  readonly drafts: InvoiceDrafts;
  readonly finalizing: InvoiceFinalizing;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export type InvoiceChanges = Partial<InvoiceInput> & { readonly version?: number | undefined };

export type InvoiceService = ReturnType<typeof createInvoiceService>;

export function createInvoiceService({ invoices, drafts, finalizing, tx, audit, clock }: InvoiceServiceDeps) {
  const lockDraft = async (ctx: TenantTxContext, id: string): Promise<Invoice> => {
    const invoice = await invoices.lock(ctx, id);
    if (invoice === null) throw appError('INVOICE_NOT_FOUND');
    if (invoice.status !== 'draft') throw appError('INVOICE_NOT_DRAFT');
    return invoice;
  };

  const reread = async (ctx: TenantTxContext, id: string): Promise<Invoice> =>
    invariant(await invoices.findById(ctx, id), 'An invoice that was just written is there');

  return {
    list(ctx: Context, filter: InvoiceFilter): Promise<Page<InvoiceSummary>> {
      return invoices.list(ctx, filter, clock.now().toISOString());
    },

    /** @throws AppError INVOICE_NOT_FOUND */
    async get(ctx: Context, id: string): Promise<Invoice> {
      const invoice = await invoices.findById(ctx, id);
      if (invoice === null) throw appError('INVOICE_NOT_FOUND');
      return invoice;
    },

    /**
     * Makes a draft with all its amounts.
     * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, INVOICE_TOTAL_NEGATIVE, TAX_RATE_UNAVAILABLE,
     *   TAX_RATES_MIXED, VALIDATION_FAILED
     */
    async create(ctx: TenantContext, input: InvoiceInput): Promise<Invoice> {
      const draft = await drafts.compose(ctx, input);
      const invoice = draftedInvoice(ctx, uuidv7(), draft, clock.now().toISOString());
      return tx.run(ctx, async (txCtx) => {
        await invoices.insertDraft(txCtx, invoice.id, draft, invoice.createdAt);
        audit.record(txCtx, { resourceType: 'invoice', resourceId: invoice.id, after: auditedInvoice(invoice) });
        return invoice;
      });
    },

    /**
     * Changes a draft: what is absent stays as it is.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT, VERSION_CONFLICT with the current state, and as create
     */
    async update(ctx: TenantContext, id: string, { version, ...changes }: InvoiceChanges): Promise<Invoice> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lockDraft(txCtx, id);
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', {
            details: { current: { id, version: before.version, updatedAt: before.updatedAt } },
          });
        }
        const draft = await drafts.compose(txCtx, merged(before, changes));
        await invoices.updateDraft(txCtx, id, draft, clock.now().toISOString());
        const after = await reread(txCtx, id);
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          before: auditedInvoice(before),
          after: auditedInvoice(after),
        });
        return after;
      });
    },

    /** @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lockDraft(txCtx, id);
        await invoices.deleteDraft(txCtx, id);
        audit.record(txCtx, { resourceType: 'invoice', resourceId: id, before: auditedInvoice(before) });
      });
    },

    /**
     * Finalizes a draft: number, booking and event in one transaction. Document and e-mail follow by the event.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT
     */
    async send(ctx: TenantContext, id: string): Promise<Invoice> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lockDraft(txCtx, id);
        const after = await finalizing.finalize(txCtx, before);
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          before: auditedInvoice(before),
          after: auditedInvoice(after),
        });
        return after;
      });
    },
  };
}

/** A draft with changes, whose taxes go on being computed as they are unless its lines are others. */
function merged(before: Invoice, changes: Partial<InvoiceInput>): InvoiceInput {
  const { customerName: name, customerEmail: email, customerTaxId: taxId, customerAddressLines: addressLines } = before;
  const discount =
    before.discountType === null || before.discountValue === null
      ? null
      : { type: before.discountType, value: before.discountValue };
  const lines =
    changes.items === undefined
      ? {
          taxBehavior: before.taxBehavior,
          taxRounding: before.taxRounding,
          items: before.items.map((item) => ({ ...item, taxName: taxNameOf(before.taxLines, item.taxRate) })),
        }
      : { items: changes.items };
  return {
    ...before,
    customer: { name, email, taxId, addressLines },
    discount,
    taxBehavior: undefined,
    taxRounding: undefined,
    ...lines,
    ...given(changes),
  };
}

/** What a change says: what is undefined is not asked for. */
function given(changes: Partial<InvoiceInput>): Partial<InvoiceInput> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
