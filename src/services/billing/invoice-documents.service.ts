import { Readable } from 'node:stream';
import { appError, invariant } from '../../errors/app-error.ts';
import type { StorageGateway } from '../../gateways/storage/storage.gateway.ts';
import { tenantStorageKey } from '../../gateways/storage/storage-key.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { Invoice, InvoiceItem } from '../../types/billing/invoice.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import { tenantScope } from '../../types/context-factory.ts';
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

  return {
    /**
     * Writes the PDF of a finalized invoice to the tenant's storage and tells that it is there. May run twice: the same invoice
     * gives the same bytes under the same key, and the event is published with the first commit only.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT
     */
    async render(ctx: TenantContext, id: string): Promise<void> {
      const invoice = await invoices.get(ctx, id);
      if (invoice.documentKey !== null) return;
      const body = await renderOf(ctx, invoice);
      const key = tenantStorageKey(ctx.scope.tenantId, 'invoices', `${numberOf(invoice)}.pdf`);
      await storage.put({ key, body, contentType: PDF, contentLength: body.byteLength });
      await tx.run(ctx, async (txCtx) => {
        if (!(await documents.setDocument(txCtx, id, key))) return;
        audit.record(txCtx, {
          resourceType: 'invoice',
          resourceId: id,
          after: { document: `${numberOf(invoice)}.pdf` },
          action: 'invoice.document_rendered',
        });
        events.publish(txCtx, 'invoice.document_rendered', id, { invoiceId: id });
      });
    },

    /**
     * The PDF of a finalized invoice, rendered now if the job has not come to it yet.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT
     */
    async open(ctx: Context, id: string): Promise<InvoiceFile> {
      const invoice = await invoices.get(ctx, id);
      const file = { contentType: PDF, filename: `${numberOf(invoice)}.pdf` };
      if (invoice.documentKey !== null) {
        const { body, size } = await storage.get(invoice.documentKey);
        return { ...file, body, size };
      }
      const body = await renderOf({ ...ctx, scope: tenantScope(invoice.tenantId) }, invoice);
      return { ...file, body: Readable.from([body]), size: body.byteLength };
    },
  };
}

function numberOf({ number }: Invoice): string {
  if (number === null) throw appError('INVOICE_IS_DRAFT');
  return number;
}

const discountOf = ({ discountType, discountValue }: Invoice) =>
  discountType === null || discountValue === null ? undefined : { type: discountType, value: discountValue };
