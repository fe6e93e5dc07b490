import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { TenantContext } from '../../types/context.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface DeleteFileObjectDeps {
  readonly files: { deleteObject(ctx: TenantContext, fileId: string): Promise<void> };
}

export const deleteFileObject = defineJob<DeleteFileObjectDeps>()({
  name: 'file.delete-object',
  queue: 'file',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), fileId: id() }),
  attempts: 12,
  backoff: { type: 'exponential', delayMs: 5000 },
  timeoutMs: 120_000,
  handler: ({ files }, { payload, ctx }) => files.deleteObject(ctx, payload.fileId),
});
