import { appError } from '../../errors/app-error.ts';
import type { TenantBillingRepository } from '../../repositories/billing/tenant-billing.repository.ts';
import type { InvoiceFilter, InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Context } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { TenantService } from '../tenancy/tenant.service.ts';
import type { TenantBillingFacts } from '../tenancy/tenant-billing-facts.ts';
import { onTenantRows } from '../tenancy/tenant-rows.ts';
import type { InvoiceService } from './invoice.service.ts';

export interface TenantBillingServiceDeps {
  readonly billing: TenantBillingRepository;
  readonly invoices: Pick<InvoiceService, 'list'>;
  readonly tenants: Pick<TenantService, 'get'>;
}

export type TenantBillingService = ReturnType<typeof createTenantBillingService>;

/** What a tenant sees of its billing from its own side. */
export function createTenantBillingService({ billing, invoices, tenants }: TenantBillingServiceDeps) {
  return {
    hasSubscription: (ctx) => billing.hasSubscription(ctx, ctx.scope.tenantId),

    invoiceFigures: (ctx, { since, timeZone }) => billing.sumInvoices(ctx, ctx.scope.tenantId, since, timeZone),

    /**
     * The invoices of one tenant. They are nobody's who could not list them otherwise: seeing the tenant is not enough.
     * @throws AppError FORBIDDEN without the permission invoices:read; TENANT_NOT_FOUND, for every tenant but the one in
     * context too
     */
    async listInvoices(ctx: Context, id: string, filter: InvoiceFilter): Promise<Page<InvoiceSummary>> {
      if (!ctx.permissions.has('invoices:read')) throw appError('FORBIDDEN');
      const tenantCtx = onTenantRows(ctx, id);
      const [page] = await Promise.all([invoices.list(tenantCtx, filter), tenants.get(tenantCtx, id)]);
      return page;
    },
  } satisfies TenantBillingFacts & Record<'listInvoices', unknown>;
}
