import { z } from 'zod';

/** Domain events of billing and what they carry: ids, never objects. */
export const billingEvents = {
  'invoice.finalized': z.object({ invoiceId: z.uuid() }),
  'invoice.document_rendered': z.object({ invoiceId: z.uuid() }),
} as const;
