import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { SubscriptionRenewalService } from '../../services/billing/subscription-renewal.service.ts';

export interface RenewSubscriptionsDeps {
  readonly subscriptionRenewals: Pick<SubscriptionRenewalService, 'renewAll'>;
}

/** One run at a time; what it does not get to, the next one does. */
export const renewSubscriptions = defineJob<RenewSubscriptionsDeps>()({
  name: 'subscription.renew',
  queue: 'invoice',
  scope: platformWide,
  payload: z.strictObject({}),
  attempts: 3,
  backoff: { type: 'exponential', delayMs: 30_000 },
  timeoutMs: 1_800_000,
  deduplicationKey: () => 'all',
  auditAction: 'subscription.renewed',
  handler: ({ subscriptionRenewals }, { ctx, signal }) => subscriptionRenewals.renewAll(ctx, signal),
});
