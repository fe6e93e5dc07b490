import type { z } from 'zod';
import type { UsageService } from '../../services/billing/usage.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { RecordUsageRequest, UsageResponse } from '../../validators/billing/usage.schema.ts';

export type UsageController = ReturnType<typeof createUsageController>;

export function createUsageController({ usage }: { readonly usage: UsageService }) {
  return {
    async record(ctx: TenantContext, id: string, { events }: z.output<typeof RecordUsageRequest>) {
      const item = await usage.record(ctx, id, events);
      return { created: item.recorded > 0, item };
    },

    async get(ctx: TenantContext, id: string): Promise<z.input<typeof UsageResponse>> {
      const { subscription, metrics } = await usage.ofPeriod(ctx, id);
      return {
        subscriptionId: subscription.id,
        periodStart: subscription.currentPeriodStart,
        periodEnd: subscription.currentPeriodEnd,
        metrics: [...metrics],
      };
    },
  };
}
