import { uuidv7 } from 'uuidv7';
import type { MembershipStatus, TenantStatus } from '../../generated/prisma/client.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { CUSTOM_PERMISSIONS } from './custom-permissions.ts';

/** What a user may do in a tenant. */
export interface Membership {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly role: string;
  readonly status: MembershipStatus;
}

/** A membership as its user sees it. */
export interface MembershipWithTenant extends Membership {
  /** Of the tenant's own roles, besides those of `role`. */
  readonly permissions: readonly string[];
  readonly tenant: {
    readonly id: TenantId;
    readonly name: string;
    readonly slug: string;
    readonly status: TenantStatus;
  };
}

export interface NewMembership {
  readonly tenantId: TenantId;
  readonly userId: string;
  readonly role: string;
}

interface MembershipRow {
  id: string;
  tenantId: string;
  userId: string;
  role: string;
  status: MembershipStatus;
  permissions: string[];
  tenantName: string;
  tenantSlug: string;
  tenantStatus: TenantStatus;
}

const LIST_OF_USER = statement(`
  select m.id, m.tenant_id as "tenantId", m.user_id as "userId", m.role, m.status,
    ${CUSTOM_PERMISSIONS} as permissions, t.name as "tenantName", t.slug as "tenantSlug", t.status as "tenantStatus"
  from memberships m
  join tenants t on t.id = m.tenant_id
  where m.user_id = $1 and t.deleted_at is null
  order by m.created_at, m.id`);

export type MembershipRepository = ReturnType<typeof createMembershipRepository>;

export function createMembershipRepository({ database }: { database: Database }) {
  return {
    /** @throws the unique violation of `memberships_tenant_id_user_id_key` when the user is a member already */
    async create(ctx: TxContext, { tenantId, userId, role }: NewMembership): Promise<Membership> {
      const data = { id: uuidv7(), tenantId, userId, role };
      const row = await database.orm(ctx, (client) => client.membership.create({ data }));
      return { id: row.id, tenantId, userId, role, status: row.status };
    },

    /** The memberships of a user in tenants that have not been deleted, oldest first. */
    async listOfUser(ctx: Context<PlatformScope>, userId: string): Promise<MembershipWithTenant[]> {
      const rows = await database.query<MembershipRow & Record<string, unknown>>(ctx, LIST_OF_USER, [userId]);
      return rows.map(toMembership);
    },
  };
}

function toMembership(row: MembershipRow): MembershipWithTenant {
  const tenantId = asTenantId(row.tenantId);
  return {
    id: row.id,
    tenantId,
    userId: row.userId,
    role: row.role,
    status: row.status,
    permissions: row.permissions,
    tenant: { id: tenantId, name: row.tenantName, slug: row.tenantSlug, status: row.tenantStatus },
  };
}
