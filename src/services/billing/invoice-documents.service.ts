import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import { appError, invariant } from '../../errors/app-error.ts';
import {
  type StorageGateway,
  StorageObjectNotFoundError,
  StorageUnavailableError,
  type StoredObject,
} from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice, InvoiceItem } from '../../types/billing/invoice.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import { computeInvoiceTotals } from '../../utils/invoice-totals.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import type { InvoiceService } from './invoice.service.ts';
import { renderInvoicePdf } from './invoice-document.ts';
import type { InvoiceParty } from './invoice-document-model.ts';

export interface InvoiceDocumentsServiceDeps {
  readonly invoices: Pick<InvoiceService, 'get'>;
  readonly documents: Pick<InvoiceRepository, 'setDocument'>;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly storage: StorageGateway;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  /** Who bills: the operator of the platform. */
  readonly seller: InvoiceParty;
}

export interface InvoiceFile {
  readonly body: NodeJS.ReadableStream;
  readonly size: number;
  readonly contentType: string;
  readonly filename: string;
}

const PDF = 'application/pdf';

/** Rendering occupies the process, so it does one document at a time and lets others work in between. */
const MOST_WAITING_RENDERS = 20;

export type InvoiceDocumentsService = ReturnType<typeof createInvoiceDocumentsService>;

export function createInvoiceDocumentsService({
  invoices,
  documents,
  tenants,
  storage,
  tx,
  audit,
  events,
  seller,
}: InvoiceDocumentsServiceDeps) {
  const renders = bulkhead(1, MOST_WAITING_RENDERS);
  const storing = new Map<string, Promise<string>>();

  const renderOf = async (ctx: Context, invoice: Invoice): Promise<Buffer> => {
    const { locale, timeZone } = await tenants.get(ctx, invoice.tenantId);
    const { taxLines } = computeInvoiceTotals({
      currency: invoice.currency,
      items: invoice.items,
      discount: discountOf(invoice),
    });
    return renderInvoicePdf({
      number: numberOf(invoice),
      status: invoice.status,
      issuedAt: invariant(invoice.issuedAt, 'A finalized invoice was issued'),
      dueAt: invariant(invoice.dueAt, 'A finalized invoice is due'),
      timeZone,
      locale,
      currency: invoice.currency,
      seller,
      buyer: {
        name: invoice.customerName,
        email: invoice.customerEmail,
        addressLines: invoice.customerAddressLines,
        taxId: invoice.customerTaxId ?? undefined,
      },
      items: invoice.items.map(({ description, quantity, unitPrice, taxRate, amount }: InvoiceItem) => ({
        description,
        quantity,
        unitPrice,
        taxRate,
        amount,
      })),
      subtotal: invoice.subtotal,
      discountTotal: invoice.discountTotal,
      taxLines,
      total: invoice.total,
      amountDue: invoice.amountDue,
      notes: invoice.notes ?? undefined,
    });
  };

  const store = async (ctx: TenantContext, invoice: Invoice): Promise<string> => {
    const body = await renders.execute(() => renderOf(ctx, invoice));
    const filename = `${numberOf(invoice)}.pdf`;
    const key = tenantStorageKey(ctx.scope.tenantId, 'invoices', filename);
    await storage.put({ key, body, contentType: PDF, contentLength: body.byteLength });
    await tx.run(ctx, async (txCtx) => {
      if (!(await documents.setDocument(txCtx, invoice.id, key))) return;
      audit.record(txCtx, {
        resourceType: 'invoice',
        resourceId: invoice.id,
        after: { document: filename },
        action: 'invoice.document_rendered',
      });
    });
    return key;
  };

  /** Whoever asks for the same document meanwhile gets the one that is being made. */
  const storeOnce = (ctx: Context, invoice: Invoice): Promise<string> => {
    const running = storing.get(invoice.id);
    if (running !== undefined) return running;
    const started = store(rescoped(ctx, tenantScope(invoice.tenantId)), invoice).finally(() =>
      storing.delete(invoice.id),
    );
    storing.set(invoice.id, started);
    return started;
  };

  const read = async (ctx: Context, invoice: Invoice): Promise<StoredObject> => {
    try {
      return await storage.get(invoice.documentKey ?? (await storeOnce(ctx, invoice)));
    } catch (error) {
      if (!(error instanceof StorageObjectNotFoundError)) throw error;
      return storage.get(await storeOnce(ctx, invoice));
    }
  };

  return {
    /**
     * Sees to it that the PDF of a finalized invoice is in the tenant's storage, and tells that it is there. May run twice: the
     * same invoice gives the same bytes under the same key, and who hears the event twice sends no second e-mail.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT; StorageUnavailableError
     */
    async render(ctx: TenantContext, id: string): Promise<void> {
      const invoice = await invoices.get(ctx, id);
      if (invoice.documentKey === null) await storeOnce(ctx, invoice);
      await tx.run(ctx, async (txCtx) => events.publish(txCtx, 'invoice.document_rendered', id, { invoiceId: id }));
    },

    /**
     * The PDF of a finalized invoice, made now if no job has come to it yet or its file is gone.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT, STORAGE_UNAVAILABLE, INVOICE_DOCUMENT_BUSY
     */
    async open(ctx: Context, id: string): Promise<InvoiceFile> {
      const invoice = await invoices.get(ctx, id);
      const filename = `${numberOf(invoice)}.pdf`;
      try {
        const { body, size } = await read(ctx, invoice);
        return { body, size, filename, contentType: PDF };
      } catch (cause) {
        if (cause instanceof StorageUnavailableError) throw appError('STORAGE_UNAVAILABLE', { cause });
        if (cause instanceof BulkheadRejectedError) throw appError('INVOICE_DOCUMENT_BUSY', { cause });
        throw cause;
      }
    },
  };
}

function numberOf({ number }: Invoice): string {
  if (number === null) throw appError('INVOICE_IS_DRAFT');
  return number;
}

const discountOf = ({ discountType, discountValue }: Invoice) =>
  discountType === null || discountValue === null ? undefined : { type: discountType, value: discountValue };
