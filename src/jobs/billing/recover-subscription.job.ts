import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { SubscriptionLifecycle } from '../../services/billing/subscription-lifecycle.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface RecoverSubscriptionDeps {
  readonly subscriptionLifecycle: SubscriptionLifecycle;
}

export const recoverSubscription = defineJob<RecoverSubscriptionDeps>()({
  name: 'subscription.recover',
  queue: 'invoice',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), invoiceId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1000 },
  timeoutMs: 30_000,
  auditAction: 'subscription.recovered',
  handler: ({ subscriptionLifecycle }, { payload, ctx }) => subscriptionLifecycle.recover(ctx, payload.invoiceId),
});
