import { z } from 'zod';
import { defineJob, inTenant } from '../../queues/job.ts';
import type { PlatformUserImportRunner } from '../../services/tenancy/platform-user-import-runner.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface ImportPlatformUsersDeps {
  readonly platformUserImportRunner: PlatformUserImportRunner;
}

export const importPlatformUsers = defineJob<ImportPlatformUsersDeps>()({
  name: 'platformuser.import',
  queue: 'import',
  scope: inTenant,
  payload: z.strictObject({ tenantId: id(), importId: id() }),
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 5000 },
  timeoutMs: 900_000,
  deduplicationKey: ({ tenantId, importId }) => `${tenantId}.${importId}`,
  auditAction: 'platform_user_import.completed',
  handler: ({ platformUserImportRunner }, { payload, ctx, attempt, attempts, signal }) =>
    platformUserImportRunner.run(ctx, payload.importId, { attempt, attempts, signal }),
});
