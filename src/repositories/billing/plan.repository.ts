import { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import type { Plan as PlanRow, Prisma } from '../../generated/prisma/client.ts';
import type { NewPlan, Plan, PlanChanges, PlanFilter } from '../../types/billing/plan.ts';
import type { Context, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { escapeLike, offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

const SORTABLE = ['createdAt', 'name', 'monthlyPrice'] as const;
const Limits = z.record(z.string(), z.number());
const UsagePrices = z.record(z.string(), z.string());
const Policy = z.enum(['prorate', 'next_period', 'full_price']);
const ProrationUnit = z.enum(['second', 'day']);

/** `update` keeps everybody else from changing a plan, `key share` only from deleting it. */
type PlanLock = 'update' | 'key share';

const lockStatement = statementFamily(
  (strength: PlanLock) => `
    select id, code, name, description, currency, monthly_price as "monthlyPrice", annual_price as "annualPrice",
      trial_days as "trialDays", upgrade_policy as "upgradePolicy", downgrade_policy as "downgradePolicy",
      proration_unit as "prorationUnit", tax_rate_id as "taxRateId", features, limits, usage_prices as "usagePrices", status, version, created_at as "createdAt", updated_at as "updatedAt"
    from plans where id = $1 for ${strength}`,
);

const COUNT_PLANS = statement('select count(*) as total from plans where id = any($1::uuid[])');

const FIND_TAX_RATE = statement('select from tax_rates where id = $1 and active');

export type PlanRepository = ReturnType<typeof createPlanRepository>;

export function createPlanRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context, filter: PlanFilter): Promise<Page<Plan>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const where: Prisma.PlanWhereInput = {
        ...(filter.status !== undefined && { status: filter.status }),
        ...(filter.search !== undefined && {
          OR: [
            { name: { contains: escapeLike(filter.search), mode: 'insensitive' } },
            { code: { contains: escapeLike(filter.search.toLowerCase()) } },
          ],
        }),
      };
      const [rows, total] = await database.orm(ctx, (orm) =>
        Promise.all([
          orm.plan.findMany({
            where,
            orderBy: [{ [field]: direction }, { id: direction }],
            take: filter.limit,
            skip: offsetOf(filter),
          }),
          orm.plan.count({ where }),
        ]),
      );
      return { items: rows.map(toPlan), page: filter.page, limit: filter.limit, total };
    },

    async findById(ctx: Context, id: string): Promise<Plan | null> {
      const row = await database.orm(ctx, (orm) => orm.plan.findFirst({ where: { id } }));
      return row === null ? null : toPlan(row);
    },

    /** @throws the database's unique violation of plans_code_key */
    async insert(ctx: TxContext, plan: NewPlan): Promise<Plan> {
      const row = await database.orm(ctx, (orm) =>
        orm.plan.create({ data: { ...plan, features: [...plan.features] } }),
      );
      return toPlan(row);
    },

    /** Reads a plan and locks it until the transaction ends. */
    async lock(ctx: TxContext, id: string, strength: PlanLock): Promise<Plan | null> {
      const [row] = await database.query<{ -readonly [Key in keyof Plan]: Plan[Key] }>(ctx, lockStatement(strength), [
        id,
      ]);
      return row === undefined ? null : withExactPrices(row);
    },

    /** Changes a locked plan. */
    async update(ctx: TxContext, id: string, changes: PlanChanges): Promise<Plan> {
      const { features, ...others } = changes;
      const [row] = await database.orm(ctx, (orm) =>
        orm.plan.updateManyAndReturn({
          where: { id },
          data: { ...others, ...(features !== undefined && { features: [...features] }), version: { increment: 1 } },
        }),
      );
      return toPlan(invariant(row, 'A locked plan can be updated'));
    },

    /** Deletes a locked plan. */
    async delete(ctx: TxContext, id: string): Promise<void> {
      await database.orm(ctx, (orm) => orm.plan.deleteMany({ where: { id } }));
    },

    /** How many of the ids are those of plans. */
    async countExisting(ctx: TxContext, ids: readonly string[]): Promise<number> {
      const [row] = await database.query<{ total: number }>(ctx, COUNT_PLANS, [ids]);
      return row?.total ?? 0;
    },

    /** Whether there is a tax rate that can be charged from now on. */
    async isTaxRate(ctx: TxContext, id: string): Promise<boolean> {
      return (await database.query(ctx, FIND_TAX_RATE, [id])).length > 0;
    },

    /** Whether any subscription, running or ended, refers to the plan or changes to it. */
    async isSubscribed(ctx: TxContext, id: string): Promise<boolean> {
      const subscription = await database.orm(ctx, (orm) =>
        orm.subscription.findFirst({
          where: { OR: [{ planId: id }, { pendingPlanId: id }] },
          select: { id: true },
        }),
      );
      return subscription !== null;
    },
  };
}

const toPlan = (row: PlanRow): Plan =>
  withExactPrices({
    ...row,
    monthlyPrice: row.monthlyPrice.toFixed(4),
    annualPrice: row.annualPrice.toFixed(4),
    upgradePolicy: Policy.parse(row.upgradePolicy),
    downgradePolicy: Policy.parse(row.downgradePolicy),
    prorationUnit: ProrationUnit.parse(row.prorationUnit),
    limits: Limits.parse(row.limits),
    usagePrices: UsagePrices.parse(row.usagePrices),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  });

const withExactPrices = (plan: Plan): Plan => ({
  ...plan,
  monthlyPrice: formatAmount(plan.monthlyPrice, plan.currency),
  annualPrice: formatAmount(plan.annualPrice, plan.currency),
});
