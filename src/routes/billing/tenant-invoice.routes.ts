import type { TenantInvoiceController } from '../../controllers/billing/tenant-invoice.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { InvoiceSummaryResponse, ListInvoicesQuery } from '../../validators/billing/invoice.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface TenantInvoiceRouteDeps {
  readonly tenantInvoices: TenantInvoiceController;
}

const endpoint = endpointsFor<TenantInvoiceRouteDeps>();

export const listTenantInvoices = endpoint({
  method: 'get',
  path: '/api/tenants/:id/invoices',
  operationId: 'listTenantInvoices',
  summary: "List a tenant's invoices",
  description: 'Needs the permission invoices:read as well: it shows nobody more than the list of invoices does.',
  tags: ['Invoices'],
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  query: ListInvoicesQuery,
  success: { status: 200, page: InvoiceSummaryResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenantInvoices }, { params, query, ctx }) => tenantInvoices.list(ctx, params.id, query),
});

export const tenantInvoiceEndpoints = [listTenantInvoices] as const;
