import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { PaymentService } from '../../services/payments/payment.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface CollectInvoiceDeps {
  readonly paymentCharges: Pick<PaymentService, 'collect'>;
}

export const collectInvoice = defineJob<CollectInvoiceDeps>()({
  name: 'payment.collect-invoice',
  queue: 'payment',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), invoiceId: id() }),
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 5000 },
  timeoutMs: 120_000,
  deduplicationKey: ({ tenantId, invoiceId }) => `${tenantId}.${invoiceId}`,
  auditAction: 'invoice.payment_requested',
  handler: async ({ paymentCharges }, { payload, ctx }) => {
    const payment = await paymentCharges.collect(ctx, payload.invoiceId);
    return payment === null ? { collected: false } : { paymentId: payment.id, status: payment.status };
  },
});
