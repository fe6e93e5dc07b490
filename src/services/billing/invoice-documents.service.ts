import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { CreditNoteRepository } from '../../repositories/billing/credit-note.repository.ts';
import type { InvoiceRepository } from '../../repositories/billing/invoice.repository.ts';
import type { CreditNote } from '../../types/billing/credit-note.ts';
import type { Invoice } from '../../types/billing/invoice.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import type { DocumentFile, DocumentStore, KeptDocument } from './document-store.ts';
import type { InvoiceService } from './invoice.service.ts';
import { renderInvoicePdf } from './invoice-document.ts';
import { creditNoteContent, invoiceContent } from './invoice-document-content.ts';
import type { InvoiceDocument, InvoiceParty } from './invoice-document-model.ts';

export interface InvoiceDocumentsServiceDeps {
  readonly invoices: Pick<InvoiceService, 'get'>;
  readonly documents: Pick<InvoiceRepository, 'setDocument'>;
  readonly creditNotes: Pick<CreditNoteRepository, 'find' | 'setDocument'>;
  readonly tenants: Pick<TenantService, 'get'>;
  readonly store: DocumentStore;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  /** Who bills: the operator of the platform. */
  readonly seller: InvoiceParty;
}

export type InvoiceDocumentsService = ReturnType<typeof createInvoiceDocumentsService>;

/** Invoices and credit notes as PDF. */
export function createInvoiceDocumentsService(deps: InvoiceDocumentsServiceDeps) {
  const { invoices, documents, creditNotes, tenants, store, tx, audit, events, seller } = deps;

  const render = async (
    ctx: Context,
    { tenantId }: Invoice,
    contentIn: (setting: { locale: string; timeZone: string; seller: InvoiceParty }) => InvoiceDocument,
  ): Promise<Buffer> => {
    const { locale, timeZone } = await tenants.get(ctx, tenantId);
    return renderInvoicePdf(contentIn({ locale, timeZone, seller }));
  };

  const remember = (
    ctx: TenantContext,
    resourceType: 'invoice' | 'credit_note',
    { id, filename }: { id: string; filename: string },
    write: (txCtx: TenantTxContext) => Promise<boolean>,
  ): Promise<void> =>
    tx.run(ctx, async (txCtx) => {
      if (!(await write(txCtx))) return;
      audit.record(txCtx, {
        resourceType,
        resourceId: id,
        after: { document: filename },
        action: `${resourceType}.document_rendered`,
      });
    });

  const keptInvoice = (ctx: Context, invoice: Invoice): KeptDocument => {
    const { id, tenantId, documentKey } = invoice;
    const filename = `${numberOf(invoice)}.pdf`;
    return {
      id,
      tenantId,
      documentKey,
      filename,
      folder: 'invoices',
      render: () => render(ctx, invoice, (setting) => invoiceContent(invoice, setting)),
      remember: (tenantCtx, key) =>
        remember(tenantCtx, 'invoice', { id, filename }, (txCtx) => documents.setDocument(txCtx, id, key)),
    };
  };

  const keptCreditNote = (ctx: Context, note: CreditNote, invoice: Invoice): KeptDocument => {
    const { id, tenantId, documentKey } = note;
    const filename = `${note.number}.pdf`;
    return {
      id,
      tenantId,
      documentKey,
      filename,
      folder: 'credit-notes',
      render: () => render(ctx, invoice, (setting) => creditNoteContent(note, invoice, setting)),
      remember: (tenantCtx, key) =>
        remember(tenantCtx, 'credit_note', { id, filename }, (txCtx) => creditNotes.setDocument(txCtx, id, key)),
    };
  };

  return {
    /**
     * Sees to it that the PDF of a finalized invoice is in the tenant's storage, and tells that it is there. May run twice: the
     * same invoice gives the same bytes under the same key, and who hears the event twice sends no second e-mail.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT; StorageUnavailableError
     */
    async render(ctx: TenantContext, id: string): Promise<void> {
      await store.keep(ctx, keptInvoice(ctx, await invoices.get(ctx, id)));
      await tx.run(ctx, async (txCtx) => events.publish(txCtx, 'invoice.document_rendered', id, { invoiceId: id }));
    },

    /**
     * The PDF of a finalized invoice, made now if no job has come to it yet or its file is gone.
     * @throws AppError INVOICE_NOT_FOUND, INVOICE_IS_DRAFT, STORAGE_UNAVAILABLE, INVOICE_DOCUMENT_BUSY
     */
    async open(ctx: Context, id: string): Promise<DocumentFile> {
      return store.open(ctx, keptInvoice(ctx, await invoices.get(ctx, id)));
    },

    /**
     * The PDF of a credit note, made when it is first asked for.
     * @throws AppError INVOICE_NOT_FOUND, CREDIT_NOTE_NOT_FOUND, STORAGE_UNAVAILABLE, INVOICE_DOCUMENT_BUSY
     */
    async openCreditNote(ctx: Context, invoiceId: string, id: string): Promise<DocumentFile> {
      const invoice = await invoices.get(ctx, invoiceId);
      const note = await creditNotes.find(ctx, invoice.tenantId, invoiceId, id);
      if (note === null) throw appError('CREDIT_NOTE_NOT_FOUND');
      return store.open(ctx, keptCreditNote(ctx, note, invoice));
    },
  };
}

function numberOf({ number }: Invoice): string {
  if (number === null) throw appError('INVOICE_IS_DRAFT');
  return number;
}
