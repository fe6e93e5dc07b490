import type { z } from 'zod';
import type { InvoiceService } from '../../services/billing/invoice.service.ts';
import type { InvoiceDocumentsService, InvoiceFile } from '../../services/billing/invoice-documents.service.ts';
import type { Invoice, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Context, TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  CreateInvoiceRequest,
  InvoiceResponse,
  ListInvoicesQuery,
  UpdateInvoiceRequest,
} from '../../validators/billing/invoice.schema.ts';

type InvoiceAnswer = z.input<typeof InvoiceResponse>;

export interface InvoiceControllerDeps {
  readonly invoices: InvoiceService;
  readonly documents: InvoiceDocumentsService;
}

export type InvoiceController = ReturnType<typeof createInvoiceController>;

export function createInvoiceController({ invoices, documents }: InvoiceControllerDeps) {
  return {
    list(ctx: Context, query: z.output<typeof ListInvoicesQuery>): Promise<Page<InvoiceSummary>> {
      return invoices.list(ctx, query);
    },

    async get(ctx: Context, id: string): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.get(ctx, id));
    },

    async create(ctx: TenantContext, body: z.output<typeof CreateInvoiceRequest>): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.create(ctx, body));
    },

    async update(ctx: TenantContext, id: string, body: z.output<typeof UpdateInvoiceRequest>): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.update(ctx, id, body));
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await invoices.remove(ctx, id);
    },

    async send(ctx: TenantContext, id: string): Promise<InvoiceAnswer> {
      return toInvoiceAnswer(await invoices.send(ctx, id));
    },

    openDocument(ctx: Context, id: string): Promise<InvoiceFile> {
      return documents.open(ctx, id);
    },
  };
}

function toInvoiceAnswer({
  discountType,
  discountValue,
  documentKey: _documentKey,
  ...invoice
}: Invoice): InvoiceAnswer {
  return {
    ...invoice,
    customerAddressLines: [...invoice.customerAddressLines],
    discount: discountType === null || discountValue === null ? null : { type: discountType, value: discountValue },
    items: [...invoice.items],
  };
}
