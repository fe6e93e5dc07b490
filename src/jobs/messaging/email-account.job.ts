import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { AccountEmailService } from '../../services/messaging/account-email.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface EmailAccountDeps {
  readonly accountEmails: Pick<AccountEmailService, 'queue'>;
}

/** Makes the e-mails that an event of identity calls for; what belongs to no tenant comes under the nil UUID. */
export const emailAccount = defineJob<EmailAccountDeps>()({
  name: 'account.email',
  queue: 'email',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), eventId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1000 },
  timeoutMs: 30_000,
  handler: ({ accountEmails }, { payload, ctx }) => accountEmails.queue(ctx, payload.eventId),
});
