import type { z } from 'zod';
import type { TenantAnalyticsService } from '../../services/tenancy/tenant-analytics.service.ts';
import type { Context } from '../../types/context.ts';
import type { TenantAnalyticsResponse } from '../../validators/tenancy/tenant-analytics.schema.ts';

export type TenantAnalyticsController = ReturnType<typeof createTenantAnalyticsController>;

export function createTenantAnalyticsController({ analytics }: { readonly analytics: TenantAnalyticsService }) {
  return {
    async get(ctx: Context, id: string): Promise<z.input<typeof TenantAnalyticsResponse>> {
      const { membersByRole, people, newPeople, invoices, ...figures } = await analytics.get(ctx, id);
      return {
        ...figures,
        membersByRole: [...membersByRole],
        people: [...people],
        newPeople: [...newPeople],
        invoices: invoices === null ? null : [...invoices],
      };
    },
  };
}
