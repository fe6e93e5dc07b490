import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { SubscriptionLifecycle } from '../../services/billing/subscription-lifecycle.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface MarkSubscriptionPastDueDeps {
  readonly subscriptionLifecycle: SubscriptionLifecycle;
}

export const markSubscriptionPastDue = defineJob<MarkSubscriptionPastDueDeps>()({
  name: 'subscription.mark-past-due',
  queue: 'invoice',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), paymentId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1000 },
  timeoutMs: 30_000,
  auditAction: 'subscription.past_due',
  handler: ({ subscriptionLifecycle }, { payload, ctx }) => subscriptionLifecycle.markPastDue(ctx, payload.paymentId),
});
