import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { TenantContext } from '../../types/context.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface DeleteExportObjectsDeps {
  readonly dataExports: { deleteObjects(ctx: TenantContext, exportId: string): Promise<void> };
}

export const deleteExportObjects = defineJob<DeleteExportObjectsDeps>()({
  name: 'export.delete-objects',
  queue: 'file',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), exportId: id() }),
  attempts: 12,
  backoff: { type: 'exponential', delayMs: 5000 },
  timeoutMs: 120_000,
  handler: ({ dataExports }, { payload, ctx }) => dataExports.deleteObjects(ctx, payload.exportId),
});
