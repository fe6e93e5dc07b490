import type { z } from 'zod';
import type { DocumentFile } from '../../services/billing/document-store.ts';
import type { InvoiceService } from '../../services/billing/invoice.service.ts';
import type { InvoiceCorrectionService } from '../../services/billing/invoice-correction.service.ts';
import type { InvoiceDocumentsService } from '../../services/billing/invoice-documents.service.ts';
import {
  type InvoiceRecords,
  type InvoiceRecordsService,
  NO_RECORDS,
} from '../../services/billing/invoice-records.service.ts';
import type { CreditNote } from '../../types/billing/credit-note.ts';
import type { Invoice, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { CreateCreditNoteRequest, CreditNoteResponse } from '../../validators/billing/credit-note.schema.ts';
import type {
  CreateInvoiceRequest,
  InvoiceResponse,
  ListInvoicesQuery,
  UpdateInvoiceRequest,
} from '../../validators/billing/invoice.schema.ts';

type InvoiceAnswer = z.input<typeof InvoiceResponse>;
type CreditNoteAnswer = z.input<typeof CreditNoteResponse>;

export interface InvoiceControllerDeps {
  readonly invoices: InvoiceService;
  readonly documents: InvoiceDocumentsService;
  readonly records: InvoiceRecordsService;
  readonly corrections: InvoiceCorrectionService;
}

export type InvoiceController = ReturnType<typeof createInvoiceController>;

export function createInvoiceController({ invoices, documents, records, corrections }: InvoiceControllerDeps) {
  /** In a tenant what is about an invoice is read together with it. */
  const read = async (ctx: Context, id: string): Promise<InvoiceAnswer> => {
    const { scope } = ctx;
    if (scope.kind === 'tenant') {
      const { tenantId } = scope;
      const [invoice, found] = await Promise.all([invoices.get(ctx, id), records.of(ctx, { tenantId, id })]);
      return toInvoiceAnswer(invoice, found);
    }
    const invoice = await invoices.get(ctx, id);
    return toInvoiceAnswer(invoice, await records.of(ctx, invoice));
  };

  return {
    list(ctx: Context, query: z.output<typeof ListInvoicesQuery>): Promise<Page<InvoiceSummary>> {
      return invoices.list(ctx, query);
    },

    get: read,

    async create(ctx: TenantContext, body: z.output<typeof CreateInvoiceRequest>): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.create(ctx, body), NO_RECORDS);
    },

    async update(ctx: TenantContext, id: string, body: z.output<typeof UpdateInvoiceRequest>): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.update(ctx, id, body), NO_RECORDS);
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await invoices.remove(ctx, id);
    },

    async send(ctx: TenantContext, id: string): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.send(ctx, id), NO_RECORDS);
    },

    async void(ctx: TenantContext, id: string): Promise<InvoiceAnswer> {
      const invoice = await corrections.void(ctx, id);
      return toInvoiceAnswer(invoice, await records.of(ctx, invoice));
    },

    async credit(
      ctx: TenantContext,
      id: string,
      body: z.output<typeof CreateCreditNoteRequest>,
    ): Promise<CreditNoteAnswer> {
      return toCreditNoteAnswer(await corrections.credit(ctx, id, body));
    },

    openDocument(ctx: Context, id: string): Promise<DocumentFile> {
      return documents.open(ctx, id);
    },

    openCreditNote(ctx: Context, id: string, creditNoteId: string): Promise<DocumentFile> {
      return documents.openCreditNote(ctx, id, creditNoteId);
    },
  };
}

const toCreditNoteAnswer = ({
  tenantId: _tenantId,
  documentKey: _documentKey,
  ...note
}: CreditNote): CreditNoteAnswer => ({ ...note, taxLines: [...note.taxLines], items: [...note.items] });

function toInvoiceAnswer(
  { discountType, discountValue, documentKey: _documentKey, ...invoice }: Invoice,
  { creditNotes, payments }: InvoiceRecords,
): InvoiceAnswer {
  return {
    ...invoice,
    customerAddressLines: [...invoice.customerAddressLines],
    discount: discountType === null || discountValue === null ? null : { type: discountType, value: discountValue },
    taxLines: [...invoice.taxLines],
    items: [...invoice.items],
    creditNotes: creditNotes.map(toCreditNoteAnswer),
    payments: [...payments],
  };
}
