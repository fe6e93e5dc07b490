import type { PlanController } from '../../controllers/billing/plan.controller.ts';
import { platform, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  CreatePlanRequest,
  ListPlansQuery,
  PlanResponse,
  UpdatePlanRequest,
} from '../../validators/billing/plan.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface PlanRouteDeps {
  readonly plans: PlanController;
}

const endpoint = endpointsFor<PlanRouteDeps>();
const tags = ['Plans'] as const;

export const listPlans = endpoint({
  method: 'get',
  path: '/api/revenue/plans',
  operationId: 'listPlans',
  summary: 'List plans',
  description: 'Tenants see the plans they can subscribe to, operators all of them.',
  tags,
  access: tenantOrPlatform('plans:read'),
  query: ListPlansQuery,
  success: { status: 200, page: PlanResponse },
  handler: ({ plans }, { query, ctx }) => plans.list(ctx, query),
});

export const createPlan = endpoint({
  method: 'post',
  path: '/api/revenue/plans',
  operationId: 'createPlan',
  summary: 'Create a plan',
  tags,
  access: platform('plans:write'),
  body: CreatePlanRequest,
  success: { status: 201, schema: PlanResponse },
  errors: ['PLAN_CODE_TAKEN'],
  idempotent: true,
  audit: 'plan.created',
  handler: ({ plans }, { body, ctx }) => plans.create(ctx, body),
});

export const getPlan = endpoint({
  method: 'get',
  path: '/api/revenue/plans/:id',
  operationId: 'getPlan',
  summary: 'Get a plan',
  tags,
  access: tenantOrPlatform('plans:read'),
  params: IdParams,
  success: { status: 200, schema: PlanResponse },
  errors: ['PLAN_NOT_FOUND'],
  handler: ({ plans }, { params, ctx }) => plans.get(ctx, params.id),
});

export const updatePlan = endpoint({
  method: 'put',
  path: '/api/revenue/plans/:id',
  operationId: 'updatePlan',
  summary: 'Change a plan',
  description:
    'Running subscriptions keep their price until they renew. With `version` the change fails if somebody else was quicker.',
  tags,
  access: platform('plans:write'),
  params: IdParams,
  body: UpdatePlanRequest,
  success: { status: 200, schema: PlanResponse },
  errors: ['PLAN_NOT_FOUND', 'PLAN_ARCHIVED', 'VERSION_CONFLICT'],
  audit: 'plan.updated',
  handler: ({ plans }, { params, body, ctx }) => plans.update(ctx, params.id, body),
});

export const deletePlan = endpoint({
  method: 'delete',
  path: '/api/revenue/plans/:id',
  operationId: 'deletePlan',
  summary: 'Delete or archive a plan',
  description: 'A plan that was ever subscribed to is archived: nobody can subscribe to it again.',
  tags,
  access: platform('plans:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['PLAN_NOT_FOUND'],
  audit: 'plan.deleted',
  handler: ({ plans }, { params, ctx }) => plans.remove(ctx, params.id),
});

export const planEndpoints = [listPlans, createPlan, getPlan, updatePlan, deletePlan] as const;
