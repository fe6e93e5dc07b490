import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { AccountEmailService } from '../../services/messaging/account-email.service.ts';
import { asTenantId } from '../../types/ids.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface EmailAccountDeps {
  readonly accountEmails: Pick<AccountEmailService, 'queue'>;
}

/** Makes the e-mails about accounts: what an event of identity says stands in its payload, which holds ids and hashes. */
export const emailAccount = defineJob<EmailAccountDeps>()({
  name: 'account.email',
  queue: 'email',
  scope: platformWide,
  payload: z.strictObject({
    tenantId: id(),
    eventId: id(),
    type: z.string().max(64),
    occurredAt: z.iso.datetime(),
    facts: z.record(z.string().max(64), z.union([z.string().max(128), z.int()])),
  }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 1000 },
  timeoutMs: 30_000,
  handler: ({ accountEmails }, { payload, ctx }) =>
    accountEmails.queue(ctx, {
      id: payload.eventId,
      type: payload.type,
      tenantId: asTenantId(payload.tenantId),
      occurredAt: payload.occurredAt,
      payload: payload.facts,
    }),
});
