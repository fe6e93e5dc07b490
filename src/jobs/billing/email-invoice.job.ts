import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { TenantContext } from '../../types/context.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface EmailInvoiceDeps {
  readonly invoiceEmails: { queue(ctx: TenantContext, invoiceId: string): Promise<unknown> };
}

export const emailInvoice = defineJob<EmailInvoiceDeps>()({
  name: 'invoice.email',
  queue: 'invoice',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), invoiceId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 2000 },
  timeoutMs: 30_000,
  handler: async ({ invoiceEmails }, { payload, ctx }) => {
    await invoiceEmails.queue(ctx, payload.invoiceId);
  },
});
