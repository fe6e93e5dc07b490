import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { ReconciliationService } from '../../services/payments/reconciliation.service.ts';

export interface ReconcileDeps {
  readonly reconciliation: Pick<ReconciliationService, 'reconcile'>;
}

export const reconcile = defineJob<ReconcileDeps>()({
  name: 'payment.reconcile',
  queue: 'report',
  scope: platformWide,
  payload: z.strictObject({}),
  attempts: 3,
  backoff: { type: 'exponential', delayMs: 60_000 },
  timeoutMs: 1_800_000,
  deduplicationKey: () => 'all',
  handler: ({ reconciliation }, { ctx, signal }) => reconciliation.reconcile(ctx, signal),
});
