import { z } from 'zod';
import type { Plan as PlanRow, Prisma } from '../../generated/prisma/client.ts';
import type { NewPlan, Plan, PlanChanges, PlanFilter } from '../../types/billing/plan.ts';
import type { Context, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';

const SORTABLE = ['createdAt', 'name', 'monthlyPrice'] as const;
const Limits = z.record(z.string(), z.number());

export type PlanRepository = ReturnType<typeof createPlanRepository>;

export function createPlanRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context, filter: PlanFilter): Promise<Page<Plan>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const where: Prisma.PlanWhereInput = {
        ...(filter.status !== undefined && { status: filter.status }),
        ...(filter.search !== undefined && {
          OR: [
            { name: { contains: filter.search, mode: 'insensitive' } },
            { code: { contains: filter.search.toLowerCase() } },
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

    /** @returns null when the plan is not there, or not at `version` where one is given */
    async update(ctx: TxContext, id: string, version: number | undefined, changes: PlanChanges): Promise<Plan | null> {
      const { features, ...others } = changes;
      const [row] = await database.orm(ctx, (orm) =>
        orm.plan.updateManyAndReturn({
          where: { id, ...(version !== undefined && { version }) },
          data: { ...others, ...(features !== undefined && { features: [...features] }), version: { increment: 1 } },
        }),
      );
      return row === undefined ? null : toPlan(row);
    },

    async delete(ctx: TxContext, id: string): Promise<boolean> {
      const { count } = await database.orm(ctx, (orm) => orm.plan.deleteMany({ where: { id } }));
      return count > 0;
    },

    /** Whether any subscription, running or ended, refers to the plan. */
    async isSubscribed(ctx: TxContext, id: string): Promise<boolean> {
      const subscription = await database.orm(ctx, (orm) =>
        orm.subscription.findFirst({ where: { planId: id }, select: { id: true } }),
      );
      return subscription !== null;
    },
  };
}

const toPlan = (row: PlanRow): Plan => ({
  ...row,
  monthlyPrice: formatAmount(row.monthlyPrice.toFixed(4), row.currency),
  annualPrice: formatAmount(row.annualPrice.toFixed(4), row.currency),
  limits: Limits.parse(row.limits),
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
});
