import type { SubscriptionController } from '../../controllers/billing/subscription.controller.ts';
import type { ErrorCode } from '../../errors/registry.ts';
import { tenant, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { InvoiceSummaryResponse } from '../../validators/billing/invoice.schema.ts';
import {
  CancelSubscriptionRequest,
  ChangePreviewResponse,
  ChangeResponse,
  ChangeSubscriptionRequest,
  CreateSubscriptionRequest,
  ListSubscriptionChangesQuery,
  ListSubscriptionInvoicesQuery,
  ListSubscriptionsQuery,
  PauseSubscriptionRequest,
  SubscriptionChangeResponse,
  SubscriptionResponse,
  UpdateSubscriptionRequest,
} from '../../validators/billing/subscription.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface SubscriptionRouteDeps {
  readonly subscriptions: SubscriptionController;
}

const endpoint = endpointsFor<SubscriptionRouteDeps>();
const tags = ['Subscriptions'] as const;

const INVOICE_CODES = [
  'INVOICE_AMOUNT_TOO_LARGE',
  'TAX_RATE_UNAVAILABLE',
  'TAX_RATES_MIXED',
] as const satisfies readonly ErrorCode[];

const COUPON_CODES = [
  'COUPON_UNKNOWN',
  'COUPON_EXPIRED',
  'COUPON_USED_UP',
  'COUPON_NOT_FOR_PLAN',
  'COUPON_ALREADY_APPLIED',
] as const satisfies readonly ErrorCode[];

const CHANGE_CODES = [
  'SUBSCRIPTION_NOT_FOUND',
  'SUBSCRIPTION_STATE',
  'SUBSCRIPTION_ENDING',
  'SUBSCRIPTION_RENEWAL_DUE',
  ...INVOICE_CODES,
] as const satisfies readonly ErrorCode[];

const PLAN_CODES = [
  'SUBSCRIPTION_UNCHANGED',
  'PLAN_NOT_FOUND',
  'PLAN_UNAVAILABLE',
  'CURRENCY_MISMATCH',
] as const satisfies readonly ErrorCode[];

export const listSubscriptions = endpoint({
  method: 'get',
  path: '/api/subscriptions',
  operationId: 'listSubscriptions',
  summary: 'List subscriptions',
  description: 'A tenant has one that is live, and those that have ended.',
  tags,
  access: tenantOrPlatform('subscriptions:read'),
  query: ListSubscriptionsQuery,
  success: { status: 200, page: SubscriptionResponse },
  handler: ({ subscriptions }, { query, ctx }) => subscriptions.list(ctx, query),
});

export const createSubscription = endpoint({
  method: 'post',
  path: '/api/subscriptions',
  operationId: 'createSubscription',
  summary: 'Subscribe to a plan',
  description:
    'Begins with the plan’s trial the first time the tenant takes the plan; otherwise the first period is invoiced at once. Months are those of the calendar in UTC, and the day on which periods begin survives short months. The price stays as agreed until the period ends.',
  tags,
  access: tenant('subscriptions:write'),
  body: CreateSubscriptionRequest,
  success: { status: 201, schema: SubscriptionResponse },
  errors: [
    'PLAN_NOT_FOUND',
    'PLAN_UNAVAILABLE',
    'SUBSCRIPTION_EXISTS',
    'CURRENCY_MISMATCH',
    'PAYMENT_METHOD_NOT_FOUND',
    ...COUPON_CODES,
    ...INVOICE_CODES,
  ],
  idempotent: true,
  audit: 'subscription.created',
  handler: ({ subscriptions }, { body, ctx }) => subscriptions.create(ctx, body),
});

export const getSubscription = endpoint({
  method: 'get',
  path: '/api/subscriptions/:id',
  operationId: 'getSubscription',
  summary: 'Get a subscription',
  tags,
  access: tenant('subscriptions:read'),
  params: IdParams,
  success: { status: 200, schema: SubscriptionResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND'],
  handler: ({ subscriptions }, { params, ctx }) => subscriptions.get(ctx, params.id),
});

export const updateSubscription = endpoint({
  method: 'put',
  path: '/api/subscriptions/:id',
  operationId: 'updateSubscription',
  summary: 'Change a subscription',
  description:
    'What is absent stays. Quantity and billing cycle change as by `change-plan`; a coupon takes off from the next period on. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  body: UpdateSubscriptionRequest,
  success: { status: 200, schema: SubscriptionResponse },
  errors: [...CHANGE_CODES, 'VERSION_CONFLICT', 'CURRENCY_MISMATCH', 'PAYMENT_METHOD_NOT_FOUND', ...COUPON_CODES],
  audit: 'subscription.updated',
  handler: ({ subscriptions }, { params, body, ctx }) => subscriptions.update(ctx, params.id, body),
});

export const cancelSubscription = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/cancel',
  operationId: 'cancelSubscription',
  summary: 'Cancel a subscription',
  description:
    'At the end of the period, which `resume` takes back, or now and for good: then what was used above the limits is billed, and the rest of a period that is paid for is credited to the tenant’s next invoice where the plan prorates downgrades.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  body: CancelSubscriptionRequest,
  success: { status: 200, schema: SubscriptionResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND', 'SUBSCRIPTION_STATE', 'SUBSCRIPTION_ENDING', ...INVOICE_CODES],
  idempotent: true,
  audit: 'subscription.canceled',
  handler: ({ subscriptions }, { params, body, ctx }) => subscriptions.cancel(ctx, params.id, body),
});

export const pauseSubscription = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/pause',
  operationId: 'pauseSubscription',
  summary: 'Pause a subscription',
  description:
    'Nothing is billed and nothing may be used until it is resumed; the period ends later by the time of the pause. It counts as recurring revenue all the while.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  body: PauseSubscriptionRequest,
  success: { status: 200, schema: SubscriptionResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND', 'SUBSCRIPTION_STATE', 'SUBSCRIPTION_ENDING', 'SUBSCRIPTION_RENEWAL_DUE'],
  audit: 'subscription.paused',
  handler: ({ subscriptions }, { params, body, ctx }) => subscriptions.pause(ctx, params.id, body.resumesAt),
});

export const resumeSubscription = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/resume',
  operationId: 'resumeSubscription',
  summary: 'Resume a subscription',
  description: 'Ends a pause, or takes back a cancellation at the end of the period.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  success: { status: 200, schema: SubscriptionResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND', 'SUBSCRIPTION_STATE', 'SUBSCRIPTION_RENEWAL_DUE'],
  audit: 'subscription.resumed',
  handler: ({ subscriptions }, { params, ctx }) => subscriptions.resume(ctx, params.id),
});

export const changeSubscriptionPlan = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/change-plan',
  operationId: 'changeSubscriptionPlan',
  summary: 'Change plan, cycle or quantity',
  description:
    'The policies of the present plan decide, for upgrades and downgrades separately: the rest of the period is invoiced at the difference, or the change waits for the next period, or a period begins anew at the full price. A longer cycle is an upgrade. What a change gives back is taken off the next invoice.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  body: ChangeSubscriptionRequest,
  success: { status: 200, schema: ChangeResponse },
  errors: [...CHANGE_CODES, ...PLAN_CODES],
  idempotent: true,
  audit: 'subscription.plan_changed',
  handler: ({ subscriptions }, { params, body, ctx }) => subscriptions.change(ctx, params.id, body),
});

export const previewSubscriptionChange = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/preview-change',
  operationId: 'previewSubscriptionChange',
  summary: 'Preview a change of plan',
  description: 'The exact lines and totals that `change-plan` would bill at this instant.',
  tags,
  access: tenant('subscriptions:read'),
  params: IdParams,
  body: ChangeSubscriptionRequest,
  success: { status: 200, schema: ChangePreviewResponse },
  errors: [...CHANGE_CODES, ...PLAN_CODES],
  isQuestion: true,
  handler: ({ subscriptions }, { params, body, ctx }) => subscriptions.previewChange(ctx, params.id, body),
});

export const renewSubscription = endpoint({
  method: 'post',
  path: '/api/subscriptions/:id/renew',
  operationId: 'renewSubscription',
  summary: 'Renew a subscription by hand',
  description: 'Ends a trial now, or begins the next period of a subscription whose period is over.',
  tags,
  access: tenant('subscriptions:write'),
  params: IdParams,
  success: { status: 200, schema: SubscriptionResponse },
  errors: [
    'SUBSCRIPTION_NOT_FOUND',
    'SUBSCRIPTION_STATE',
    'SUBSCRIPTION_ENDING',
    'SUBSCRIPTION_NOT_DUE',
    ...INVOICE_CODES,
  ],
  idempotent: true,
  audit: 'subscription.renewed',
  handler: ({ subscriptions }, { params, ctx }) => subscriptions.renew(ctx, params.id),
});

export const listSubscriptionChanges = endpoint({
  method: 'get',
  path: '/api/subscriptions/:id/changes',
  operationId: 'listSubscriptionChanges',
  summary: 'List what happened to a subscription',
  description: 'Newest first.',
  tags,
  access: tenant('subscriptions:read'),
  params: IdParams,
  query: ListSubscriptionChangesQuery,
  success: { status: 200, slice: SubscriptionChangeResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND'],
  handler: ({ subscriptions }, { params, query, ctx }) => subscriptions.listChanges(ctx, params.id, query),
});

export const listSubscriptionInvoices = endpoint({
  method: 'get',
  path: '/api/subscriptions/:id/invoices',
  operationId: 'listSubscriptionInvoices',
  summary: 'List the invoices of a subscription',
  tags,
  access: tenant('subscriptions:read'),
  params: IdParams,
  query: ListSubscriptionInvoicesQuery,
  success: { status: 200, page: InvoiceSummaryResponse },
  errors: ['SUBSCRIPTION_NOT_FOUND'],
  handler: ({ subscriptions }, { params, query, ctx }) => subscriptions.listInvoices(ctx, params.id, query),
});

export const subscriptionEndpoints = [
  listSubscriptions,
  createSubscription,
  getSubscription,
  updateSubscription,
  cancelSubscription,
  pauseSubscription,
  resumeSubscription,
  changeSubscriptionPlan,
  previewSubscriptionChange,
  renewSubscription,
  listSubscriptionChanges,
  listSubscriptionInvoices,
] as const;
