import { z } from 'zod';
import { id, line, money, quantityInput, timestamp, timestampInput } from '../common/fields.schema.ts';

const metric = () =>
  z
    .string()
    .regex(/^[a-z][a-zA-Z0-9]{0,39}$/, 'Must be a metric of the plan')
    .meta({ example: 'messages' });

/** What numeric(20,4) sums up, as a decimal string. */
const amount = () =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/)
    .meta({ format: 'decimal', example: '1200' });

export const RecordUsageRequest = z
  .strictObject({
    events: z
      .array(
        z.strictObject({
          source: line(120).meta({ description: 'Who counts. An id is unique within its source.', example: 'mailer' }),
          eventId: line(120).meta({ example: 'run-2026-11-20-0007' }),
          metric: metric(),
          quantity: quantityInput().meta({ example: '120' }),
          occurredAt: timestampInput().transform((value) => new Date(value).toISOString()),
        }),
      )
      .min(1)
      .max(100),
  })
  .meta({ id: 'RecordUsageRequest' });

export const RecordedUsageResponse = z
  .object({
    recorded: z.number().int().meta({ description: 'Events that were not there before.', example: 1 }),
    repeated: z.number().int().meta({ description: 'Events that were.', example: 0 }),
  })
  .meta({ id: 'RecordedUsage' });

export const UsageResponse = z
  .object({
    subscriptionId: id(),
    periodStart: timestamp(),
    periodEnd: timestamp().meta({ description: 'Exclusive.', example: '2026-12-20T09:30:00.000Z' }),
    metrics: z.array(
      z.object({
        metric: metric(),
        used: amount(),
        limit: z.number().nullable().meta({ description: 'Null where the plan sets none.', example: 1000 }),
        remaining: amount().nullable().meta({ example: '0' }),
        overage: amount().meta({ description: 'What is used above the limit.', example: '200' }),
        unitPrice: money()
          .nullable()
          .meta({ description: 'What a unit above the limit costs; null where it is not billed.', example: '0.25' }),
        events: z.number().int().meta({ example: 7 }),
      }),
    ),
  })
  .meta({ id: 'SubscriptionUsage' });
