import type { z } from 'zod';
import type { PlanService } from '../../services/billing/plan.service.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  CreatePlanRequest,
  ListPlansQuery,
  PlanResponse,
  UpdatePlanRequest,
} from '../../validators/billing/plan.schema.ts';

type PlanAnswer = z.input<typeof PlanResponse>;

export type PlanController = ReturnType<typeof createPlanController>;

export function createPlanController({ plans }: { readonly plans: PlanService }) {
  return {
    async list(ctx: Context, query: z.output<typeof ListPlansQuery>): Promise<Page<PlanAnswer>> {
      const page = await plans.list(ctx, query);
      return { ...page, items: page.items.map(toPlanAnswer) };
    },

    async get(ctx: Context, id: string): Promise<PlanAnswer> {
      return toPlanAnswer(await plans.get(ctx, id));
    },

    async create(ctx: Context<PlatformScope>, body: z.output<typeof CreatePlanRequest>): Promise<PlanAnswer> {
      return toPlanAnswer(await plans.create(ctx, body));
    },

    async update(
      ctx: Context<PlatformScope>,
      id: string,
      { version, ...changes }: z.output<typeof UpdatePlanRequest>,
    ): Promise<PlanAnswer> {
      return toPlanAnswer(await plans.update(ctx, id, version, changes));
    },

    async remove(ctx: Context<PlatformScope>, id: string): Promise<undefined> {
      await plans.remove(ctx, id);
    },
  };
}

const toPlanAnswer = (plan: Plan): PlanAnswer => ({ ...plan, features: [...plan.features] });
