import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery } from '../common/page.schema.ts';

const gatewayName = () => z.enum(['stripe', 'sandbox']).meta({ example: 'stripe' });

export const GatewayParams = z.strictObject({ gateway: gatewayName() });

export const ListGatewayEventsQuery = pageQuery(['receivedAt'], {
  gateway: gatewayName().optional(),
  state: z
    .enum(['waiting', 'failing', 'processed'])
    .optional()
    .meta({ description: '`failing` are those that wait after a failure.', example: 'failing' }),
});

export const GatewayEventReceiptResponse = z.object({ id: id() }).meta({ id: 'GatewayEventReceipt' });

export const GatewayEventResponse = z
  .object({
    id: id(),
    gateway: z.string().meta({ example: 'stripe' }),
    gatewayEventId: z.string().meta({ example: 'evt_1Q2w3E' }),
    type: z.string().meta({ example: 'payment_intent.succeeded' }),
    receivedAt: timestamp(),
    processedAt: timestamp().nullable(),
    outcome: z
      .enum(['applied', 'ignored', 'stale'])
      .nullable()
      .meta({ description: '`stale`: it was known already, or something later is.', example: 'applied' }),
    attempts: z.number().int().meta({ description: 'How often applying it failed.', example: 0 }),
    lastError: z.string().nullable().meta({ example: null }),
    hasBody: z.boolean().meta({ description: 'Bodies are dropped after 90 days.', example: true }),
  })
  .meta({ id: 'GatewayEvent' });
