import { uuidv7 } from 'uuidv7';
import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice, InvoiceFilter, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import { composeDraft, type InvoiceDraftInput } from './invoice-draft.ts';
import { financialYearOf, invoiceSeries } from './invoice-number.ts';

export interface InvoiceServiceDeps {
  readonly invoices: InvoiceRepository;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** Currency and customer are the tenant's own where they are not given. */
export type InvoiceInput = Omit<InvoiceDraftInput, 'currency' | 'customer'> &
  Partial<Pick<InvoiceDraftInput, 'currency' | 'customer'>>;
export type InvoiceChanges = Partial<InvoiceDraftInput> & { readonly version?: number | undefined };

const DAY_MS = 86_400_000;

export type InvoiceService = ReturnType<typeof createInvoiceService>;

export function createInvoiceService({ invoices, tenants, tx, audit, events, clock }: InvoiceServiceDeps) {
  const withTenantDefaults = async (ctx: TenantContext, input: InvoiceInput): Promise<InvoiceDraftInput> => {
    const { currency, customer } = input;
    if (currency !== undefined && customer !== undefined) return { ...input, currency, customer };
    const { name, email, taxId, addressLines, ...tenant } = await tenants.get(ctx, ctx.scope.tenantId);
    return {
      ...input,
      currency: currency ?? tenant.currency,
      customer: customer ?? { name, email, taxId, addressLines },
    };
  };

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
      return invoices.list(ctx, filter);
    },

    /** @throws AppError INVOICE_NOT_FOUND */
    async get(ctx: Context, id: string): Promise<Invoice> {
      const invoice = await invoices.findById(ctx, id);
      if (invoice === null) throw appError('INVOICE_NOT_FOUND');
      return invoice;
    },

    /**
     * Makes a draft with all its amounts.
     * @throws AppError INVOICE_DISCOUNT_TOO_LARGE, INVOICE_AMOUNT_TOO_LARGE, VALIDATION_FAILED
     */
    async create(ctx: TenantContext, input: InvoiceInput): Promise<Invoice> {
      const draft = composeDraft(await withTenantDefaults(ctx, input));
      const invoice = newInvoice(ctx, uuidv7(), draft, clock.now().toISOString());
      return tx.run(ctx, async (txCtx) => {
        await invoices.insertDraft(txCtx, invoice.id, draft, invoice.createdAt);
        audit.record(txCtx, { resourceType: 'invoice', resourceId: invoice.id, after: auditedFields(invoice) });
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
        await invoices.updateDraft(txCtx, id, composeDraft(merged(before, changes)), clock.now().toISOString());
        const after = await reread(txCtx, id);
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },

    /** @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lockDraft(txCtx, id);
        await invoices.deleteDraft(txCtx, id);
        audit.record(txCtx, { resourceType: 'invoice', resourceId: id, before: auditedFields(before) });
      });
    },

    /**
     * Finalizes a draft: its number is given here and nowhere else, in the transaction that opens it, so that the series has no
     * gap. Document and e-mail follow by the event.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_NOT_DRAFT
     */
    async send(ctx: TenantContext, id: string): Promise<Invoice> {
      const { country, timeZone } = await tenants.get(ctx, ctx.scope.tenantId);
      return tx.run(ctx, async (txCtx) => {
        const before = await lockDraft(txCtx, id);
        const issuedAt = clock.now();
        const financialYear = financialYearOf(issuedAt, country, timeZone);
        const number = invoiceSeries.format(
          financialYear,
          await invoices.nextNumber(txCtx, invoiceSeries.name, financialYear),
        );
        const dueAt = new Date(issuedAt.getTime() + before.paymentTerms * DAY_MS).toISOString();
        await invoices.finalize(txCtx, id, { number, issuedAt: issuedAt.toISOString(), dueAt });
        events.publish(txCtx, 'invoice.finalized', id, { invoiceId: id });
        const after = await reread(txCtx, id);
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },
  };
}

function newInvoice(ctx: TenantContext, id: string, draft: ReturnType<typeof composeDraft>, now: string): Invoice {
  const { customer, discount, items, ...fields } = draft;
  const zero = draft.total.replace(/\d/g, '0').replace(/^0+(?=0)/, '');
  return {
    ...fields,
    id,
    tenantId: ctx.scope.tenantId,
    number: null,
    status: 'draft',
    customerName: customer.name,
    customerEmail: customer.email,
    customerTaxId: customer.taxId,
    customerAddressLines: customer.addressLines,
    discountType: discount?.type ?? null,
    discountValue: discount?.value ?? null,
    amountPaid: zero,
    amountDue: draft.total,
    issuedAt: null,
    dueAt: null,
    documentKey: null,
    version: 1,
    createdAt: now,
    updatedAt: now,
    items,
  };
}

function merged(before: Invoice, changes: Partial<InvoiceDraftInput>): InvoiceDraftInput {
  const { customerName: name, customerEmail: email, customerTaxId: taxId, customerAddressLines: addressLines } = before;
  const discount =
    before.discountType === null || before.discountValue === null
      ? null
      : { type: before.discountType, value: before.discountValue };
  return {
    currency: changes.currency ?? before.currency,
    customer: changes.customer ?? { name, email, taxId, addressLines },
    discount: changes.discount === undefined ? discount : changes.discount,
    notes: changes.notes === undefined ? before.notes : changes.notes,
    paymentTerms: changes.paymentTerms ?? before.paymentTerms,
    items: changes.items ?? before.items,
  };
}

/** What an invoice says and to whom it goes; of its lines the amounts they come to. */
const auditedFields = ({
  id: _id,
  tenantId: _tenantId,
  items: _items,
  documentKey: _documentKey,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: Invoice) => fields;
