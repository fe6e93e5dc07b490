import type { Context, PlatformScope } from '../../types/context.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface StoredPolicy extends SecurityPolicy {
  readonly tenantId: TenantId;
}

const FIND_ALL = statement(`
  select tenant_id as "tenantId", password_min_length as "passwordMinLength", two_factor as "twoFactor",
    magic_links as "magicLinks", session_days as "sessionDays", session_idle_days as "sessionIdleDays"
  from security_policies where tenant_id = any($1)`);

export type SecurityPolicyRepository = ReturnType<typeof createSecurityPolicyRepository>;

export function createSecurityPolicyRepository({ database }: { database: Database }) {
  return {
    /** The policies that these tenants (the nil UUID for the platform) have set. */
    listOf: (ctx: Context<PlatformScope>, tenantIds: readonly TenantId[]): Promise<StoredPolicy[]> =>
      database.query<StoredPolicy & Record<string, unknown>>(ctx, FIND_ALL, [tenantIds]),
  };
}
