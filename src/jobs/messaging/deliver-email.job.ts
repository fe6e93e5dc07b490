import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { EmailDeliveryService } from '../../services/messaging/email-delivery.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface DeliverEmailDeps {
  readonly emails: Pick<EmailDeliveryService, 'deliver'>;
}

/** Eight attempts from 5 seconds up reach over ten minutes. */
export const deliverEmail = defineJob<DeliverEmailDeps>()({
  name: 'email.deliver',
  queue: 'email',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), emailId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 5000 },
  timeoutMs: 120_000,
  handler: ({ emails }, { payload, ctx, attempt, attempts }) =>
    emails.deliver(ctx, payload.emailId, { attempt, attempts }),
});
