import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { PlanRepository } from '../../repositories/billing/plan.repository.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { Clock } from '../../types/clock.ts';
import type { TxContext } from '../../types/context.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';
import type { ProvisioningOptions, TenantProvisioner } from '../tenancy/tenant-provisioner.ts';

export interface SubscriptionServiceDeps {
  readonly subscriptions: SubscriptionRepository;
  readonly plans: Pick<PlanRepository, 'lock'>;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

export type SubscriptionService = ReturnType<typeof createSubscriptionService>;

export function createSubscriptionService({ subscriptions, plans, clock }: SubscriptionServiceDeps) {
  const trialPlan = async (ctx: TxContext, tenant: Tenant, planId: string | undefined): Promise<Plan> => {
    const chosen = planId ?? (await subscriptions.findCheapestTrialPlan(ctx, tenant.currency));
    if (chosen === null) throw appError('PLAN_UNAVAILABLE', { message: 'There is no active plan with a trial.' });
    const plan = await plans.lock(ctx, chosen, 'key share');
    if (plan === null) throw appError('PLAN_NOT_FOUND');
    if (plan.status !== 'active') throw appError('PLAN_UNAVAILABLE');
    if (plan.trialDays === 0) throw appError('PLAN_UNAVAILABLE', { message: 'This plan has no trial.' });
    return plan;
  };

  return {
    /**
     * Starts the trial of a new tenant; the first period is the trial, at the plan's present price.
     * @throws AppError PLAN_NOT_FOUND, PLAN_UNAVAILABLE for a plan that is archived or has no trial, or when no plan has one
     */
    async provision(ctx: TxContext, tenant: Tenant, { planId }: ProvisioningOptions): Promise<void> {
      const plan = await trialPlan(ctx, tenant, planId);
      const startsAt = clock.now();
      const endsAt = new Date(startsAt.getTime() + plan.trialDays * DAY_MS).toISOString();
      await subscriptions.insert(ctx, {
        tenantId: tenant.id,
        id: uuidv7(),
        planId: plan.id,
        status: 'trialing',
        billingCycle: 'monthly',
        quantity: 1,
        currency: plan.currency,
        unitPrice: plan.monthlyPrice,
        trialEndsAt: endsAt,
        currentPeriodStart: startsAt.toISOString(),
        currentPeriodEnd: endsAt,
      });
    },
  } satisfies TenantProvisioner;
}
