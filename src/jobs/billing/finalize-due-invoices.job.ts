import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { DueInvoicesService } from '../../services/billing/due-invoices.service.ts';

export interface FinalizeDueInvoicesDeps {
  readonly dueInvoices: Pick<DueInvoicesService, 'finalizeDue'>;
}

/** One run at a time; what it does not get to, the next one does. */
export const finalizeDueInvoices = defineJob<FinalizeDueInvoicesDeps>()({
  name: 'invoice.finalize-due',
  queue: 'invoice',
  scope: platformWide,
  payload: z.strictObject({}),
  attempts: 3,
  backoff: { type: 'exponential', delayMs: 30_000 },
  timeoutMs: 1_800_000,
  deduplicationKey: () => 'all',
  auditAction: 'invoice.finalized',
  handler: ({ dueInvoices }, { ctx, signal }) => dueInvoices.finalizeDue(ctx, signal),
});
