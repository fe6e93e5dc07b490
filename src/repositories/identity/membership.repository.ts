import { uuidv7 } from 'uuidv7';
import type { MembershipStatus, TenantStatus } from '../../generated/prisma/client.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Member, MemberFilter, MemberStanding } from '../../types/identity/member.ts';
import { asTenantId, type TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';
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

const LOCK_TENANT = statement('select id from tenants where id = $1 and deleted_at is null for no key update');

const STANDINGS = statement(`
  select m.id as "membershipId", m.user_id as "userId", m.role, m.status, ${CUSTOM_PERMISSIONS} as permissions
  from memberships m where m.tenant_id = $1 and m.user_id = any($2::uuid[])`);

const COUNT_ACTIVE_OWNERS = statement(
  "select count(*) as owners from memberships where tenant_id = $1 and role = 'owner' and status = 'active'",
);

const UPDATE = statement(`
  update memberships set role = $3, status = $4::membership_status, updated_at = now()
  where tenant_id = $1 and id = $2`);

const DELETE = statement('delete from memberships where tenant_id = $1 and id = $2');

const END_SESSIONS = statement(`
  update sessions set revoked_at = clock_timestamp(), revoke_reason = 'member_removed'
  where user_id = $1 and home_tenant_id = $2 and revoked_at is null and expires_at > clock_timestamp()`);

const MEMBER_COLUMNS = `
  m.user_id as "userId", u.name, u.email, m.role, m.status, m.created_at as "joinedAt",
  u.last_login_at as "lastLoginAt",
  exists (select from totp_authenticators authenticator
    where authenticator.user_id = u.id and authenticator.confirmed_at is not null) as "twoFactorEnabled",
  (select coalesce(json_agg(json_build_object('id', role.id, 'name', role.name) order by role.name), '[]')
    from role_assignments assigned
    join roles role on role.tenant_id = assigned.tenant_id and role.id = assigned.role_id
    where assigned.tenant_id = m.tenant_id and assigned.membership_id = m.id) as roles`;

const FIND_MEMBER = statement(`
  select ${MEMBER_COLUMNS} from memberships m join users u on u.id = m.user_id
  where m.tenant_id = $1 and m.user_id = $2`);

const memberFilters = createFilters({
  tenantId: 'm.tenant_id = ?',
  role: 'm.role = ?',
  status: 'm.status = ?::membership_status',
  search: "m.user_id in (select id from users where lower(name || ' ' || email) like ?)",
});

/** The column behind each field that the list may be sorted by. */
const SORT_COLUMNS = { joinedAt: 'm.created_at' } as const;

type MemberSortField = keyof typeof SORT_COLUMNS;

const SORTABLE = ['joinedAt'] as const satisfies readonly MemberSortField[];

/** Values: the filters', then limit and offset. The page is found first, and then the users of its members. */
const listMembersStatement = statementFamily((given: string, field: MemberSortField, direction: 'asc' | 'desc') => {
  const { text, next } = memberFilters.clause(given);
  const order = `${SORT_COLUMNS[field]} ${direction}, m.id ${direction}`;
  return `
    with page as (select * from memberships m where ${text} order by ${order} limit $${next} offset $${next + 1})
    select ${MEMBER_COLUMNS} from page m join users u on u.id = m.user_id order by ${order}`;
});

/** $1 is the tenant; without it there is no row. */
const countMembersStatement = statementFamily(
  (given: string) => `
    select (select count(*) from memberships m where ${memberFilters.clause(given).text}) as total
    from tenants where id = $1 and deleted_at is null`,
);

type MemberRow = Pick<Member, keyof Member>;

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

    /**
     * Keeps everybody else from changing who may do what in the tenant until the transaction ends. What decides must be read
     * afterwards: this statement itself still sees what was there before it had to wait.
     * @returns false when there is no such tenant
     */
    async lockTenant(ctx: TxContext, tenantId: TenantId): Promise<boolean> {
      return (await database.query(ctx, LOCK_TENANT, [tenantId])).length > 0;
    },

    /** What the given users may do in the tenant; those who are no members are left out. */
    findStandings: (ctx: Context, tenantId: TenantId, userIds: readonly string[]): Promise<MemberStanding[]> =>
      database.query<Pick<MemberStanding, keyof MemberStanding>>(ctx, STANDINGS, [tenantId, [...userIds]]),

    async countActiveOwners(ctx: Context, tenantId: TenantId): Promise<number> {
      const [row] = await database.query<{ owners: number }>(ctx, COUNT_ACTIVE_OWNERS, [tenantId]);
      return row?.owners ?? 0;
    },

    async update(
      ctx: TxContext,
      tenantId: TenantId,
      { membershipId, role, status }: Pick<MemberStanding, 'membershipId' | 'role' | 'status'>,
    ): Promise<void> {
      await database.execute(ctx, UPDATE, [tenantId, membershipId, role, status]);
    },

    /** Deletes a membership with its role assignments. */
    async delete(ctx: TxContext, tenantId: TenantId, membershipId: string): Promise<void> {
      await database.execute(ctx, DELETE, [tenantId, membershipId]);
    },

    /** Revokes the sessions that somebody has opened in the tenant. */
    async revokeSessions(ctx: TxContext<PlatformScope>, tenantId: TenantId, userId: string): Promise<void> {
      await database.execute(ctx, END_SESSIONS, [userId, tenantId]);
    },

    /** @returns null when there is no such tenant */
    async listMembers(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      filter: MemberFilter,
    ): Promise<Page<Member> | null> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = memberFilters.given({
        tenantId,
        role: filter.role,
        status: filter.status,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, [counted]] = await Promise.all([
        database.query<MemberRow>(ctx, listMembersStatement(names, field, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, countMembersStatement(names), values),
      ]);
      return counted === undefined ? null : { items, page: filter.page, limit: filter.limit, total: counted.total };
    },

    async findMember(ctx: Context<PlatformScope>, tenantId: TenantId, userId: string): Promise<Member | null> {
      const [row] = await database.query<MemberRow>(ctx, FIND_MEMBER, [tenantId, userId]);
      return row ?? null;
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
