import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { PlanRepository } from '../../repositories/billing/plan.repository.ts';
import type { NewPlan, Plan, PlanChanges, PlanFilter } from '../../types/billing/plan.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface PlanServiceDeps {
  readonly plans: PlanRepository;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
}

export type PlanService = ReturnType<typeof createPlanService>;

export function createPlanService({ plans, tx, audit }: PlanServiceDeps) {
  /** Archived plans are the operator's: to a tenant they do not exist. */
  const visibleTo = (ctx: Context, plan: Plan | null): Plan => {
    if (plan === null || (plan.status === 'archived' && ctx.scope.kind === 'tenant')) throw appError('PLAN_NOT_FOUND');
    return plan;
  };

  const lock = async (ctx: TxContext, id: string): Promise<Plan> => {
    const plan = await plans.lock(ctx, id, 'update');
    if (plan === null) throw appError('PLAN_NOT_FOUND');
    return plan;
  };

  const assertTaxRate = async (ctx: TxContext, id: string | null | undefined): Promise<void> => {
    if (id === null || id === undefined || (await plans.isTaxRate(ctx, id))) return;
    throw appError('VALIDATION_FAILED', {
      details: [{ path: 'body.taxRateId', message: 'There is no such tax rate' }],
    });
  };

  return {
    list(ctx: Context, filter: PlanFilter): Promise<Page<Plan>> {
      return plans.list(ctx, ctx.scope.kind === 'tenant' ? { ...filter, status: 'active' } : filter);
    },

    /** @throws AppError PLAN_NOT_FOUND */
    async get(ctx: Context, id: string): Promise<Plan> {
      return visibleTo(ctx, await plans.findById(ctx, id));
    },

    /** @throws AppError PLAN_CODE_TAKEN, VALIDATION_FAILED for a currency, a price or a tax rate that does not exist */
    async create(ctx: Context<PlatformScope>, plan: Omit<NewPlan, 'id'>): Promise<Plan> {
      const prices = exactPrices(plan.currency, plan);
      return tx.run(ctx, async (txCtx) => {
        await assertTaxRate(txCtx, plan.taxRateId);
        const created = await insertOnce(plans, txCtx, { ...plan, ...prices, id: uuidv7() });
        audit.record(txCtx, { resourceType: 'plan', resourceId: created.id, after: auditedFields(created) });
        return created;
      });
    },

    /**
     * Changes the price list; running subscriptions keep the price they were made with until they renew.
     * @throws AppError PLAN_NOT_FOUND, PLAN_ARCHIVED, VERSION_CONFLICT with the current state
     */
    async update(
      ctx: Context<PlatformScope>,
      id: string,
      version: number | undefined,
      changes: PlanChanges,
    ): Promise<Plan> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (before.status === 'archived') throw appError('PLAN_ARCHIVED');
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', { details: { current: before } });
        }
        await assertTaxRate(txCtx, changes.taxRateId);
        const after = await plans.update(txCtx, id, { ...changes, ...exactPrices(before.currency, changes) });
        invalidateAtCommit(txCtx, 'plan', id);
        audit.record(txCtx, {
          resourceType: 'plan',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },

    /**
     * Deletes a plan that nobody ever subscribed to, and archives any other.
     * @throws AppError PLAN_NOT_FOUND
     */
    async remove(ctx: Context<PlatformScope>, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (await plans.isSubscribed(txCtx, id)) await plans.update(txCtx, id, { status: 'archived' });
        else await plans.delete(txCtx, id);
        audit.record(txCtx, { resourceType: 'plan', resourceId: id, before: auditedFields(before) });
      });
    },
  };
}

async function insertOnce(plans: PlanRepository, ctx: TxContext, plan: NewPlan): Promise<Plan> {
  try {
    return await plans.insert(ctx, plan);
  } catch (error) {
    if (violatedConstraint(error) === 'plans_code_key') throw appError('PLAN_CODE_TAKEN', { cause: error });
    throw error;
  }
}

const PRICES = ['monthlyPrice', 'annualPrice'] as const;

/**
 * The given prices with the currency's decimal places.
 * @throws AppError VALIDATION_FAILED for a price with more of them, or an unknown currency
 */
function exactPrices(
  currency: string,
  plan: Partial<Pick<Plan, (typeof PRICES)[number]>>,
): Partial<Pick<Plan, (typeof PRICES)[number]>> {
  const given = PRICES.flatMap((name) => {
    const price = plan[name];
    return price === undefined ? [] : [[name, exactPrice(currency, name, price)] as const];
  });
  return Object.fromEntries(given);
}

function exactPrice(currency: string, name: string, price: string): string {
  try {
    return formatAmount(price, currency);
  } catch (error) {
    throw appError('VALIDATION_FAILED', {
      details: [{ path: `body.${name}`, message: `Is no amount of ${currency}` }],
      cause: error,
    });
  }
}

const auditedFields = ({
  code,
  name,
  monthlyPrice,
  annualPrice,
  trialDays,
  upgradePolicy,
  downgradePolicy,
  prorationUnit,
  taxRateId,
  features,
  limits,
  usagePrices,
  status,
}: Plan) => ({
  code,
  name,
  monthlyPrice,
  annualPrice,
  trialDays,
  upgradePolicy,
  downgradePolicy,
  prorationUnit,
  taxRateId,
  features,
  limits,
  usagePrices,
  status,
});
