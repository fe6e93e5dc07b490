import type { TenantContext } from '../../types/context.ts';
import type { StorageLimits } from '../../types/tenancy/file.ts';

/** Who knows how much a tenant may store: a domain above, which sells it. */
export interface StorageQuota {
  limitsOf(ctx: TenantContext): Promise<StorageLimits>;
}
