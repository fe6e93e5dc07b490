import type { UsageController } from '../../controllers/billing/usage.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { RecordedUsageResponse, RecordUsageRequest, UsageResponse } from '../../validators/billing/usage.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface UsageRouteDeps {
  readonly usage: UsageController;
}

const endpoint = endpointsFor<UsageRouteDeps>();
const tags = ['Subscriptions'] as const;

export const getSubscriptionUsage = endpoint({
  method: 'get',
  path: '/api/subscriptions/:id/usage',
  operationId: 'getSubscriptionUsage',
  summary: 'Get what was used in the present period',
  description: 'Every metric of the plan, against its limit.',
  tags,
  access: tenant('subscriptions:read'),
  params: IdParams,
  success: { status: 200, schema: UsageResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND'],
  handler: ({ usage }, { params, ctx }) => usage.get(ctx, params.id),
});

export const addSubscriptionUsage = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/usage',
  operationId: 'addSubscriptionUsage',
  summary: 'Record what was used',
  description:
    'Up to 100 events, all or none. An event counts once by its source and id, however often it is sent: 201 if any is new, 200 if all were there, 409 if one was there with another content. It counts in the period in which it occurred, as long as that is open.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  body: RecordUsageRequest,
  success: { status: 200, upsert: RecordedUsageResponse },
  errors: [
    'SUBSCRIPTION_NOT_FOUND',
    'SUBSCRIPTION_STATE',
    'USAGE_EVENT_CONFLICT',
    'USAGE_METRIC_UNKNOWN',
    'USAGE_OUTSIDE_PERIOD',
  ],
  audit: 'subscription.usage_recorded',
  handler: ({ usage }, { params, body, ctx }) => usage.record(ctx, params.id, body),
});

export const usageEndpoints = [getSubscriptionUsage, addSubscriptionUsage] as const;
