import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface StoredPolicy extends SecurityPolicy {
  readonly tenantId: TenantId;
  readonly version: number;
}

const COLUMNS = `
  tenant_id as "tenantId", password_min_length as "passwordMinLength", two_factor as "twoFactor",
  magic_links as "magicLinks", session_days as "sessionDays", session_idle_days as "sessionIdleDays", version`;

const FIND_ALL = statement(`select ${COLUMNS} from security_policies where tenant_id = any($1)`);
const LOCK = statement(`select ${COLUMNS} from security_policies where tenant_id = $1 for update`);

const INSERT = statement(`
  insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
  values ($1, $2, $3, $4, $5, $6, now())
  on conflict (tenant_id) do nothing
  returning ${COLUMNS}`);

const REPLACE = statement(`
  update security_policies set password_min_length = $2, two_factor = $3, magic_links = $4, session_days = $5,
    session_idle_days = $6, version = version + 1, updated_at = now()
  where tenant_id = $1
  returning ${COLUMNS}`);

type PolicyRow = StoredPolicy & Record<string, unknown>;

export type SecurityPolicyRepository = ReturnType<typeof createSecurityPolicyRepository>;

export function createSecurityPolicyRepository({ database }: { database: Database }) {
  return {
    /** The policies that these tenants (the nil UUID for the platform) have set. */
    listOf: (ctx: Context<PlatformScope>, tenantIds: readonly TenantId[]): Promise<StoredPolicy[]> =>
      database.query<PolicyRow>(ctx, FIND_ALL, [tenantIds]),

    /** Reads a policy that nobody else can change until the transaction ends; null where none is set. */
    async lock(ctx: TxContext, tenantId: TenantId): Promise<StoredPolicy | null> {
      const [row] = await database.query<PolicyRow>(ctx, LOCK, [tenantId]);
      return row ?? null;
    },

    /** @returns null when somebody else has set one in the meantime */
    async insert(ctx: TxContext, tenantId: TenantId, policy: SecurityPolicy): Promise<StoredPolicy | null> {
      const [row] = await database.query<PolicyRow>(ctx, INSERT, [tenantId, ...valuesOf(policy)]);
      return row ?? null;
    },

    /** Replaces a locked policy. */
    async replace(ctx: TxContext, tenantId: TenantId, policy: SecurityPolicy): Promise<StoredPolicy> {
      const [row] = await database.query<PolicyRow>(ctx, REPLACE, [tenantId, ...valuesOf(policy)]);
      return invariant(row, 'A locked policy can be replaced');
    },
  };
}

const valuesOf = (policy: SecurityPolicy): readonly unknown[] => [
  policy.passwordMinLength,
  policy.twoFactor,
  policy.magicLinks,
  policy.sessionDays,
  policy.sessionIdleDays,
];
