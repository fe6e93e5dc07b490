import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { PaymentJanitor } from '../../services/payments/payment-janitor.service.ts';

export interface ResolvePaymentsDeps {
  readonly paymentJanitor: PaymentJanitor;
}

export const resolvePayments = defineJob<ResolvePaymentsDeps>()({
  name: 'payment.resolve',
  queue: 'payment',
  scope: platformWide,
  payload: z.strictObject({}),
  attempts: 1,
  backoff: { type: 'exponential', delayMs: 1000 },
  timeoutMs: 300_000,
  deduplicationKey: () => 'all',
  auditAction: 'payment.resolved',
  handler: ({ paymentJanitor }, { ctx, signal }) => paymentJanitor.resolve(ctx, signal),
});
