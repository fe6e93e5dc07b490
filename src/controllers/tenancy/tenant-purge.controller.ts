import type { z } from 'zod';
import type { TenantPurgeService } from '../../services/tenancy/tenant-purge.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { TenantPurgeResponse } from '../../validators/tenancy/data-export.schema.ts';

export type TenantPurgeController = ReturnType<typeof createTenantPurgeController>;

export function createTenantPurgeController({ purges }: { readonly purges: Pick<TenantPurgeService, 'get'> }) {
  return {
    async get(ctx: Context<PlatformScope>, tenantId: string): Promise<z.input<typeof TenantPurgeResponse>> {
      const { deletedRows, keptTables, ...fields } = await purges.get(ctx, tenantId);
      return { ...fields, deletedRows: { ...deletedRows }, keptTables: { ...keptTables } };
    },
  };
}
