import { z } from 'zod';

/** Domain events of tenancy and what they carry: ids, never objects. */
export const tenancyEvents = {
  'tenant.created': z.object({ tenantId: z.uuid(), ownerId: z.uuid() }),
  'tenant.suspended': z.object({ tenantId: z.uuid() }),
  'tenant.activated': z.object({ tenantId: z.uuid() }),
  'tenant.deleted': z.object({ tenantId: z.uuid() }),
  'tenant.purged': z.object({
    tenantId: z.uuid(),
    deletedRows: z.int().nonnegative(),
    deletedObjects: z.int().nonnegative(),
    deletedBytes: z.int().nonnegative(),
  }),
  'export.requested': z.object({ exportId: z.uuid() }),
  'export.deleted': z.object({ exportId: z.uuid() }),
  'organization.deleted': z.object({ organizationId: z.uuid() }),
  'file.deleted': z.object({ fileId: z.uuid() }),
  'platform_user_import.requested': z.object({ importId: z.uuid() }),
  'platform_user_import.completed': z.object({ importId: z.uuid() }),
  'platform_user_import.failed': z.object({ importId: z.uuid() }),
} as const;
