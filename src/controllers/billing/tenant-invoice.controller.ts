import type { z } from 'zod';
import type { TenantBillingService } from '../../services/billing/tenant-billing.service.ts';
import type { InvoiceSummary } from '../../types/billing/invoice.ts';
import type { Context } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { ListInvoicesQuery } from '../../validators/billing/invoice.schema.ts';

export type TenantInvoiceController = ReturnType<typeof createTenantInvoiceController>;

export function createTenantInvoiceController({
  tenantBilling,
}: {
  readonly tenantBilling: Pick<TenantBillingService, 'listInvoices'>;
}) {
  return {
    list(ctx: Context, tenantId: string, query: z.output<typeof ListInvoicesQuery>): Promise<Page<InvoiceSummary>> {
      return tenantBilling.listInvoices(ctx, tenantId, query);
    },
  };
}
