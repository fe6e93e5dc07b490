import { z } from 'zod';
import { currency, money } from '../common/fields.schema.ts';

const month = () =>
  z
    .string()
    .regex(/^\d{4}-\d{2}$/)
    .meta({ example: '2026-11' });
const count = () => z.number().int().meta({ example: 42 });

export const TenantAnalyticsResponse = z
  .object({
    timeZone: z.string().describe('Whose months these are.').meta({ example: 'Asia/Kolkata' }),
    membersByRole: z.array(z.object({ role: z.string().meta({ example: 'staff' }), count: count() })),
    people: z
      .array(
        z.object({
          kind: z.enum(['owner', 'student', 'parent', 'staff']).meta({ example: 'student' }),
          status: z.enum(['active', 'inactive']).meta({ example: 'active' }),
          count: count(),
        }),
      )
      .describe('The people the tenant deals with; what there are none of is left out.'),
    libraries: z.object({
      active: count(),
      closed: count(),
      seats: count().describe('Of active libraries.'),
    }),
    files: z.object({ count: count(), bytes: count() }),
    newPeople: z
      .array(z.object({ month: month(), count: count() }))
      .describe('Each of the last twelve months, the present one last.'),
    invoices: z
      .array(
        z.object({
          month: month(),
          status: z.enum(['draft', 'open', 'paid', 'void', 'uncollectible']).meta({ example: 'paid' }),
          currency: currency(),
          count: count(),
          total: money(),
          amountPaid: money(),
        }),
      )
      .nullable()
      .describe('Of the same months, by when they were made. Null without the permission invoices:read.'),
  })
  .meta({ id: 'TenantAnalytics' });
