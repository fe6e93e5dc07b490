import { z } from 'zod';

/** Events from before it was told are those of invoices written by hand. */
const billingReason = z
  .enum([
    'manual',
    'subscription_create',
    'subscription_cycle',
    'subscription_update',
    'subscription_cancel',
    'credit_purchase',
  ])
  .default('manual');

const subscription = z.object({ subscriptionId: z.uuid() });

/** Domain events of billing and what they carry: ids, never objects. */
export const billingEvents = {
  'subscription.created': subscription,
  'subscription.changed': subscription,
  'subscription.paused': subscription,
  'subscription.resumed': subscription,
  'subscription.canceled': subscription,
  'subscription.renewed': subscription,
  'subscription.past_due': subscription,
  'subscription.recovered': subscription,
  'invoice.finalized': z.object({ invoiceId: z.uuid(), billingReason }),
  'invoice.paid': z.object({ invoiceId: z.uuid(), billingReason }),
  'invoice.voided': z.object({ invoiceId: z.uuid() }),
  'invoice.written_off': z.object({ invoiceId: z.uuid() }),
  'invoice.credited': z.object({ invoiceId: z.uuid(), creditNoteId: z.uuid() }),
  'invoice.document_rendered': z.object({ invoiceId: z.uuid() }),
} as const;
