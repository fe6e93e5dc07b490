import { appError } from '../../errors/app-error.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { HeardCache } from '../base/heard-cache.ts';
import type { TenantCache } from '../base/tenant-cache.ts';

/** What a tenant is subscribed to; a plan of null is none that entitles to anything. */
export interface TenantEntitlement {
  readonly planId: string | null;
}

/** What a plan entitles to. */
export interface PlanEntitlements {
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
}

export interface EntitlementsDeps {
  readonly tenants: TenantCache<TenantEntitlement>;
  /** By the plan's id. */
  readonly plans: HeardCache<PlanEntitlements>;
}

/** Which plan a tenant's live subscription entitles it by. */
export const entitlementOf = (live: Pick<Subscription, 'planId' | 'status'> | null): TenantEntitlement => ({
  planId: live === null || live.status === 'paused' ? null : live.planId,
});

/** The part of the tenant cache that holds it. */
const CURRENT = 'current';

const NOTHING: PlanEntitlements = { features: [], limits: {} };

export type Entitlements = ReturnType<typeof createEntitlements>;

/**
 * What tenants may do by their plans. A trial entitles as the plan does, and so does a subscription that is not paid for yet:
 * taking access away is up to dunning. One that is paused or has ended entitles to nothing.
 */
export function createEntitlements({ tenants, plans }: EntitlementsDeps) {
  const of = async (ctx: TenantContext): Promise<PlanEntitlements> => {
    const { planId } = await tenants.get(ctx, CURRENT);
    return planId === null ? NOTHING : plans.get(planId);
  };

  return {
    of,

    /** @throws AppError ENTITLEMENT_MISSING unless the tenant's plan has the feature */
    async require(ctx: TenantContext, feature: string): Promise<void> {
      const { features } = await of(ctx);
      if (!features.includes(feature)) throw appError('ENTITLEMENT_MISSING', { details: { feature } });
    },

    /**
     * @param used how much of it there would be afterwards
     * @throws AppError ENTITLEMENT_EXHAUSTED when that is more than the plan's limit; a plan that says nothing limits nothing
     */
    async requireWithin(ctx: TenantContext, limit: string, used: number): Promise<void> {
      const most = (await of(ctx)).limits[limit];
      if (most !== undefined && used > most) throw appError('ENTITLEMENT_EXHAUSTED', { details: { limit, most } });
    },

    /** Every process reads again what the tenant is subscribed to once the transaction commits. */
    forgetAtCommit(ctx: TenantTxContext): void {
      tenants.forgetAtCommit(ctx);
    },
  };
}
