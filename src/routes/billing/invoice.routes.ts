import type { InvoiceController } from '../../controllers/billing/invoice.controller.ts';
import { tenant, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  CreateCreditNoteRequest,
  CreditNoteParams,
  CreditNoteResponse,
} from '../../validators/billing/credit-note.schema.ts';
import {
  CreateInvoiceRequest,
  InvoiceResponse,
  InvoiceSummaryResponse,
  ListInvoicesQuery,
  UpdateInvoiceRequest,
} from '../../validators/billing/invoice.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface InvoiceRouteDeps {
  readonly invoices: InvoiceController;
}

const endpoint = endpointsFor<InvoiceRouteDeps>();
const tags = ['Invoices'] as const;

export const listInvoices = endpoint({
  method: 'get',
  path: '/api/revenue/invoices',
  operationId: 'listInvoices',
  summary: 'List invoices',
  tags,
  access: tenantOrPlatform('invoices:read'),
  query: ListInvoicesQuery,
  success: { status: 200, page: InvoiceSummaryResponse },
  handler: ({ invoices }, { query, ctx }) => invoices.list(ctx, query),
});

export const createInvoice = endpoint({
  method: 'post',
  path: '/api/revenue/invoices',
  operationId: 'createInvoice',
  summary: 'Create a draft invoice',
  description:
    'Amounts, discount and tax are computed here. Currency and customer are the tenant’s own unless they are given.',
  tags,
  access: tenant('invoices:write'),
  body: CreateInvoiceRequest,
  success: { status: 201, schema: InvoiceResponse },
  errors: ['INVOICE_DISCOUNT_TOO_LARGE', 'INVOICE_AMOUNT_TOO_LARGE', 'TAX_RATE_UNAVAILABLE', 'TAX_RATES_MIXED'],
  idempotent: true,
  audit: 'invoice.created',
  handler: ({ invoices }, { body, ctx }) => invoices.create(ctx, body),
});

export const getInvoice = endpoint({
  method: 'get',
  path: '/api/revenue/invoices/:id',
  operationId: 'getInvoice',
  summary: 'Get an invoice with its items, credit notes and payments',
  tags,
  access: tenantOrPlatform('invoices:read'),
  params: IdParams,
  success: { status: 200, schema: InvoiceResponse },
  errors: ['INVOICE_NOT_FOUND'],
  handler: ({ invoices }, { params, ctx }) => invoices.get(ctx, params.id),
});

export const updateInvoice = endpoint({
  method: 'put',
  path: '/api/revenue/invoices/:id',
  operationId: 'updateInvoice',
  summary: 'Change a draft invoice',
  description: 'What is absent stays as it is. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  body: UpdateInvoiceRequest,
  success: { status: 200, schema: InvoiceResponse },
  errors: [
    'INVOICE_NOT_FOUND',
    'INVOICE_NOT_DRAFT',
    'VERSION_CONFLICT',
    'INVOICE_DISCOUNT_TOO_LARGE',
    'INVOICE_AMOUNT_TOO_LARGE',
    'TAX_RATE_UNAVAILABLE',
    'TAX_RATES_MIXED',
  ],
  audit: 'invoice.updated',
  handler: ({ invoices }, { params, body, ctx }) => invoices.update(ctx, params.id, body),
});

export const deleteInvoice = endpoint({
  method: 'delete',
  path: '/api/revenue/invoices/:id',
  operationId: 'deleteInvoice',
  summary: 'Delete a draft invoice',
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['INVOICE_NOT_FOUND', 'INVOICE_NOT_DRAFT'],
  audit: 'invoice.deleted',
  handler: ({ invoices }, { params, ctx }) => invoices.remove(ctx, params.id),
});

export const sendInvoice = endpoint({
  method: 'post',
  path: '/api/revenue/invoices/:id/send',
  operationId: 'sendInvoice',
  summary: 'Finalize an invoice and send it',
  description:
    'Gives the next number of the series, without gaps, and opens the invoice. Its PDF and the e-mail to the customer follow within seconds.',
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  success: { status: 200, schema: InvoiceResponse },
  errors: ['INVOICE_NOT_FOUND', 'INVOICE_NOT_DRAFT'],
  idempotent: true,
  audit: 'invoice.sent',
  handler: ({ invoices }, { params, ctx }) => invoices.send(ctx, params.id),
});

export const voidInvoice = endpoint({
  method: 'post',
  path: '/api/revenue/invoices/:id/void',
  operationId: 'voidInvoice',
  summary: 'Void an open invoice',
  description:
    'For an invoice that should not have been, of which nothing was paid or credited. Its number stays; its booking is reversed.',
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  success: { status: 200, schema: InvoiceResponse },
  errors: ['INVOICE_NOT_FOUND', 'INVOICE_NOT_OPEN', 'INVOICE_PARTLY_SETTLED', 'INVOICE_PAYMENT_IN_PROGRESS'],
  idempotent: true,
  audit: 'invoice.voided',
  handler: ({ invoices }, { params, ctx }) => invoices.void(ctx, params.id),
});

export const createCreditNote = endpoint({
  method: 'post',
  path: '/api/revenue/invoices/:id/credit-note',
  operationId: 'createCreditNote',
  summary: 'Take back an invoice, or a part of it',
  description:
    'The lines given, or all that is left. The note has a number of a series of its own, without gaps. An open invoice of which nothing is due any more is paid; what was paid too much is given back by a refund.',
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  body: CreateCreditNoteRequest,
  success: { status: 201, schema: CreditNoteResponse },
  errors: ['INVOICE_NOT_FOUND', 'INVOICE_NOT_CREDITABLE', 'INVOICE_PAYMENT_IN_PROGRESS', 'CREDIT_NOTE_TOO_LARGE'],
  idempotent: true,
  audit: 'invoice.credited',
  handler: ({ invoices }, { params, body, ctx }) => invoices.credit(ctx, params.id, body),
});

export const downloadCreditNote = endpoint({
  method: 'get',
  path: '/api/revenue/invoices/:id/credit-notes/:creditNoteId/pdf',
  operationId: 'downloadCreditNote',
  summary: 'Download a credit note as PDF',
  tags,
  access: tenantOrPlatform('invoices:read'),
  params: CreditNoteParams,
  success: { status: 200, file: { contentType: 'application/pdf' } },
  errors: [
    'INVOICE_NOT_FOUND',
    'CREDIT_NOTE_NOT_FOUND',
    'TENANT_NOT_FOUND',
    'STORAGE_UNAVAILABLE',
    'INVOICE_DOCUMENT_BUSY',
  ],
  handler: ({ invoices }, { params, ctx }) => invoices.openCreditNote(ctx, params.id, params.creditNoteId),
});

export const downloadInvoice = endpoint({
  method: 'get',
  path: '/api/revenue/invoices/:id/pdf',
  operationId: 'downloadInvoice',
  summary: 'Download an invoice as PDF',
  tags,
  access: tenantOrPlatform('invoices:read'),
  params: IdParams,
  success: { status: 200, file: { contentType: 'application/pdf' } },
  errors: ['INVOICE_NOT_FOUND', 'INVOICE_IS_DRAFT', 'TENANT_NOT_FOUND', 'STORAGE_UNAVAILABLE', 'INVOICE_DOCUMENT_BUSY'],
  handler: ({ invoices }, { params, ctx }) => invoices.openDocument(ctx, params.id),
});

export const invoiceEndpoints = [
  listInvoices,
  createInvoice,
  getInvoice,
  updateInvoice,
  deleteInvoice,
  sendInvoice,
  voidInvoice,
  createCreditNote,
  downloadInvoice,
  downloadCreditNote,
] as const;
