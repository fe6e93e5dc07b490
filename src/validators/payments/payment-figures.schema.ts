import { z } from 'zod';
import { currency, money, timestamp, timestampInput } from '../common/fields.schema.ts';
import { timeZone } from '../tenancy/tenant.schema.ts';

const period = {
  from: timestampInput().optional().meta({ description: 'Thirty days before the end where it is not given.' }),
  to: timestampInput().optional().meta({ description: 'Now where it is not given; not part of the period.' }),
};

export const PaymentAnalyticsQuery = z.strictObject(period);

export const PaymentReportQuery = z.strictObject({
  ...period,
  groupBy: z.enum(['day', 'month']).default('day').meta({ example: 'day' }),
  timeZone: timeZone().default('UTC'),
});

const count = () => z.number().int().meta({ example: 42 });
const total = { count: count(), amount: money() };

export const PaymentAnalyticsResponse = z
  .object({
    from: timestamp(),
    to: timestamp(),
    currencies: z.array(
      z.object({
        currency: currency(),
        succeeded: z.object(total),
        failed: z.object(total),
        refunded: z.object(total),
        disputed: z.object(total),
        gatewayFees: money(),
        platformFees: money(),
        netAmount: money(),
        successRate: z
          .string()
          .nullable()
          .meta({ description: 'Percent that succeeded of those that succeeded or failed.', example: '97.50' }),
        methods: z.array(z.object({ method: z.string().meta({ example: 'card' }), ...total })),
        failures: z.array(z.object({ failureClass: z.string().meta({ example: 'soft' }), ...total })),
      }),
    ),
  })
  .meta({ id: 'PaymentAnalytics' });

export const PaymentReportRowResponse = z
  .object({
    period: z.string().meta({ example: '2026-11-20' }),
    currency: currency(),
    purpose: z.string().meta({ example: 'invoice' }),
    method: z.string().meta({ example: 'card' }),
    payments: count(),
    amount: money(),
    refunded: money(),
    gatewayFees: money(),
    platformFees: money(),
    netAmount: money(),
  })
  .meta({ id: 'PaymentReportRow' });
