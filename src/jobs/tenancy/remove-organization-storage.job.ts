import { z } from 'zod';
import { defineJob, platformWide } from '../../queues/job.ts';
import type { OrganizationStorageService } from '../../services/tenancy/organization-storage.service.ts';
import { id } from '../../validators/common/fields.schema.ts';

export interface RemoveOrganizationStorageDeps {
  readonly organizationStorages: Pick<OrganizationStorageService, 'remove'>;
}

export const removeOrganizationStorage = defineJob<RemoveOrganizationStorageDeps>()({
  name: 'organization.remove-storage',
  queue: 'cleanup',
  scope: platformWide,
  payload: z.strictObject({ organizationId: id() }),
  attempts: 8,
  backoff: { type: 'exponential', delayMs: 2000 },
  timeoutMs: 60_000,
  handler: ({ organizationStorages }, { payload, ctx }) => organizationStorages.remove(ctx, payload.organizationId),
});
