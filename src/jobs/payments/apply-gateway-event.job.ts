import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { GatewayEventApplier } from '../../services/payments/gateway-event-applier.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface ApplyGatewayEventDeps {
  readonly gatewayEventApplier: GatewayEventApplier;
}

export const applyGatewayEvent = defineJob<ApplyGatewayEventDeps>()({
  name: 'payment.apply-gateway-event',
  queue: 'payment',
  scope: platformWide,
  payload: z.strictObject({ gatewayEventId: id() }),
  attempts: 10,
  backoff: { type: 'exponential', delayMs: 2000 },
  timeoutMs: 60_000,
  deduplicationKey: ({ gatewayEventId }) => gatewayEventId,
  auditAction: 'payment.told_by_gateway',
  handler: async ({ gatewayEventApplier }, { payload, ctx }) => ({
    outcome: await gatewayEventApplier.apply(ctx, payload.gatewayEventId),
  }),
});
