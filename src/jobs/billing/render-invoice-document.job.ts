import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { TenantContext } from '../../types/context.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface RenderInvoiceDocumentDeps {
  readonly documents: { render(ctx: TenantContext, invoiceId: string): Promise<unknown> };
}

export const renderInvoiceDocument = defineJob<RenderInvoiceDocumentDeps>()({
  name: 'invoice.render-document',
  queue: 'invoice',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), invoiceId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 2000 },
  timeoutMs: 60_000,
  deduplicationKey: ({ tenantId, invoiceId }) => `${tenantId}.${invoiceId}`,
  auditAction: 'invoice.document_rendered',
  handler: async ({ documents }, { payload, ctx }) => {
    await documents.render(ctx, payload.invoiceId);
  },
});
