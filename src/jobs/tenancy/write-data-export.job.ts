import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { DataExportWriter } from '../../services/tenancy/data-export-writer.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface WriteDataExportDeps {
  readonly dataExportWriter: Pick<DataExportWriter, 'write'>;
}

export const writeDataExport = defineJob<WriteDataExportDeps>()({
  name: 'export.write',
  queue: 'report',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), exportId: id() }),
  attempts: 4,
  backoff: { type: 'exponential', delayMs: 10_000 },
  timeoutMs: 3_600_000,
  auditAction: 'export.completed',
  handler: ({ dataExportWriter }, { payload, ctx, attempt, attempts, signal }) =>
    dataExportWriter.write(ctx, payload.exportId, { attempt, attempts, signal }),
});
