import { z } from 'zod';

/** Domain events of payments and what they carry: ids, never objects. */
export const paymentsEvents = {
  'payment.succeeded': z.object({ paymentId: z.uuid(), invoiceId: z.uuid().nullable() }),
  'payment.failed': z.object({ paymentId: z.uuid(), invoiceId: z.uuid().nullable() }),
  'payment.refunded': z.object({ paymentId: z.uuid(), refundId: z.uuid() }),
  'dispute.opened': z.object({ paymentId: z.uuid(), disputeId: z.uuid() }),
  'dispute.closed': z.object({ paymentId: z.uuid(), disputeId: z.uuid() }),
  'payment_method.default_changed': z.object({ paymentMethodId: z.uuid().nullable() }),
  'gateway_event.received': z.object({ gatewayEventId: z.uuid() }),
  'reconciliation.failed': z.object({ differences: z.int().positive() }),
} as const;
