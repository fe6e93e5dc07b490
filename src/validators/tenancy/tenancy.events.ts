import { z } from 'zod';

/** Domain events of tenancy and what they carry: ids, never objects. */
export const tenancyEvents = {
  'tenant.created': z.object({ tenantId: z.uuid(), ownerId: z.uuid() }),
  'tenant.suspended': z.object({ tenantId: z.uuid() }),
  'tenant.activated': z.object({ tenantId: z.uuid() }),
  'tenant.deleted': z.object({ tenantId: z.uuid() }),
  'file.deleted': z.object({ fileId: z.uuid() }),
} as const;
