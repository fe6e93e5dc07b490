import { appError } from '../../errors/app-error.ts';
import type { TenantAnalyticsRepository } from '../../repositories/tenancy/tenant-analytics.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context } from '../../types/context.ts';
import type { TenantAnalytics } from '../../types/tenancy/tenant-analytics.ts';
import type { TenantBillingFacts } from './tenant-billing-facts.ts';
import { onTenantRows } from './tenant-rows.ts';

export interface TenantAnalyticsServiceDeps {
  readonly analytics: TenantAnalyticsRepository;
  readonly billing: Pick<TenantBillingFacts, 'invoiceFigures'>;
  readonly clock: Clock;
}

const MONTHS = 12;

export type TenantAnalyticsService = ReturnType<typeof createTenantAnalyticsService>;

export function createTenantAnalyticsService({ analytics, billing, clock }: TenantAnalyticsServiceDeps) {
  return {
    /**
     * Figures of one tenant, months in its time zone. Those of invoices are for who may see invoices.
     * @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too
     */
    async get(ctx: Context, id: string): Promise<TenantAnalytics> {
      const tenantCtx = onTenantRows(ctx, id);
      const { tenantId: asked } = tenantCtx.scope;
      const [inventory, months] = await Promise.all([
        analytics.findInventory(tenantCtx, asked),
        analytics.countNewPeople(tenantCtx, asked, clock.now().toISOString(), MONTHS),
      ]);
      const [first] = months;
      if (inventory === null || first === undefined) throw appError('TENANT_NOT_FOUND');
      const { tenantId: _tenantId, ...figures } = inventory;
      const invoices = ctx.permissions.has('invoices:read')
        ? await billing.invoiceFigures(tenantCtx, { since: first.beginsAt, timeZone: inventory.timeZone })
        : null;
      return { ...figures, newPeople: months.map(({ month, count }) => ({ month, count })), invoices };
    },
  };
}
