import { z } from 'zod';
import type { BillingCycle, SubscriptionStatus } from '../../generated/prisma/client.ts';
import type { TenantContext, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** A subscription as it begins. Times are ISO 8601, `unitPrice` is a decimal string per billing cycle. */
export interface NewSubscription {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly planId: string;
  readonly status: SubscriptionStatus;
  readonly billingCycle: BillingCycle;
  readonly quantity: number;
  readonly currency: string;
  readonly unitPrice: string;
  readonly trialEndsAt: string | null;
  readonly currentPeriodStart: string;
  readonly currentPeriodEnd: string;
}

const CHEAPEST_TRIAL_PLAN = statement(`
  select id from plans where status = 'active' and trial_days > 0
  order by currency = $1 desc, monthly_price, created_at, id limit 1`);

const PLAN_LIMITS = statement(`
  select limits from subscriptions join plans on plans.id = plan_id
  where tenant_id = $1 and subscriptions.status <> 'canceled'
  order by subscriptions.created_at desc limit 1`);

const Limits = z.record(z.string(), z.number());

export type SubscriptionRepository = ReturnType<typeof createSubscriptionRepository>;

export function createSubscriptionRepository({ database }: { database: Database }) {
  return {
    async insert(ctx: TxContext, subscription: NewSubscription): Promise<void> {
      await database.orm(ctx, (orm) => orm.subscription.createMany({ data: [subscription] }));
    },

    /** The limits of the plan that the tenant's latest subscription is to; null without one that has not been canceled. */
    async findPlanLimits(ctx: TenantContext): Promise<Readonly<Record<string, number>> | null> {
      const [row] = await database.query<{ limits: unknown }>(ctx, PLAN_LIMITS, [ctx.scope.tenantId]);
      return row === undefined ? null : Limits.parse(row.limits);
    },

    /** The id of the cheapest active plan with trial days: of those in `currency` where there are any. */
    async findCheapestTrialPlan(ctx: TxContext, currency: string): Promise<string | null> {
      const [row] = await database.query<{ id: string }>(ctx, CHEAPEST_TRIAL_PLAN, [currency]);
      return row?.id ?? null;
    },
  };
}
