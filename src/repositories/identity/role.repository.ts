import { uuidv7 } from 'uuidv7';
import { invariant } from '../../errors/app-error.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { CustomRole, NewRole } from '../../types/identity/role.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { INVALIDATION_CHANNEL } from '../base/invalidation.repository.ts';
import { likePattern } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

/** A stretch of a tenant's own roles, by name. */
export interface RoleStretch {
  readonly search?: string | undefined;
  readonly direction: 'asc' | 'desc';
  readonly offset: number;
  readonly limit: number;
}

/** Who has a role. */
export interface RoleUse {
  readonly members: number;
  /** The system roles of those who have it. */
  readonly systemRoles: readonly string[];
  /** Whether the user asked about is one of them. */
  readonly includesUser: boolean;
}

type RoleRow = Pick<CustomRole, keyof CustomRole>;

const COLUMNS = 'id, name, description, permissions, version, created_at as "createdAt", updated_at as "updatedAt"';

const filters = createFilters({ tenantId: 'tenant_id = ?', search: 'lower(name) like ?' });

/** Values: the filters', then limit and offset. */
const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from roles where ${text}
    order by name ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from roles where ${filters.clause(given).text}`,
);

const FIND = statement(`select ${COLUMNS} from roles where tenant_id = $1 and id = $2`);

const LIST_OF_MEMBER = statement(`
  select ${COLUMNS} from roles where tenant_id = $1
    and id in (select role_id from role_assignments where tenant_id = $1 and membership_id = $2)
  order by name, id`);

const INSERT = statement(`
  insert into roles (tenant_id, id, name, description, permissions, updated_at) values ($1, $2, $3, $4, $5, now())
  returning ${COLUMNS}`);

const UPDATE = statement(`
  update roles set name = $3, description = $4, permissions = $5, version = version + 1, updated_at = now()
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

const DELETE = statement('delete from roles where tenant_id = $1 and id = $2');

const FIND_USE = statement(`
  select count(*) as members, coalesce(array_agg(distinct m.role), '{}') as "systemRoles",
    coalesce(bool_or(m.user_id = $3), false) as "includesUser"
  from role_assignments assigned
  join memberships m on m.tenant_id = assigned.tenant_id and m.id = assigned.membership_id
  where assigned.tenant_id = $1 and assigned.role_id = $2`);

const INVALIDATE_HOLDERS = statement(`
  select pg_notify('${INVALIDATION_CHANNEL}', 'user:' || m.user_id)
  from role_assignments assigned
  join memberships m on m.tenant_id = assigned.tenant_id and m.id = assigned.membership_id
  where assigned.tenant_id = $1 and assigned.role_id = $2`);

const ASSIGN = statement(`
  insert into role_assignments (tenant_id, membership_id, role_id) values ($1, $2, $3) on conflict do nothing`);

const UNASSIGN = statement('delete from role_assignments where tenant_id = $1 and membership_id = $2 and role_id = $3');

export type RoleRepository = ReturnType<typeof createRoleRepository>;

/** A tenant's own roles, and who has them. */
export function createRoleRepository({ database }: { database: Database }) {
  return {
    /** With the number of all roles that match. */
    async list(
      ctx: TenantContext,
      { search, direction, offset, limit }: RoleStretch,
    ): Promise<{ items: CustomRole[]; total: number }> {
      const { names, values } = filters.given({
        tenantId: ctx.scope.tenantId,
        search: search === undefined ? undefined : likePattern(search),
      });
      const [items, counted] = await Promise.all([
        database.query<RoleRow>(ctx, listStatement(names, direction), [...values, limit, offset]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<CustomRole | null> {
      const [row] = await database.query<RoleRow>(ctx, FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** By name; at most as many as a tenant can have. */
    listOfMember: (ctx: TenantContext, membershipId: string): Promise<CustomRole[]> =>
      database.query<RoleRow>(ctx, LIST_OF_MEMBER, [ctx.scope.tenantId, membershipId]),

    async count(ctx: TenantContext): Promise<number> {
      const { names, values } = filters.given({ tenantId: ctx.scope.tenantId });
      const [row] = await database.query<{ total: number }>(ctx, countStatement(names), values);
      return row?.total ?? 0;
    },

    /** @param userId whom to look for among those who have it */
    async findUse(ctx: TenantContext, id: string, userId: string | null): Promise<RoleUse> {
      const [row] = await database.query<Pick<RoleUse, keyof RoleUse>>(ctx, FIND_USE, [ctx.scope.tenantId, id, userId]);
      return invariant(row, 'An aggregate has a row');
    },

    /** @throws the database's unique violation of roles_tenant_id_name_key */
    async insert(ctx: TenantTxContext, { name, description, permissions }: NewRole): Promise<CustomRole> {
      const values = [ctx.scope.tenantId, uuidv7(), name, description, [...permissions]];
      const [row] = await database.query<RoleRow>(ctx, INSERT, values);
      return invariant(row, 'An insert returns its row');
    },

    /** @throws the database's unique violation of roles_tenant_id_name_key */
    async update(
      ctx: TenantTxContext,
      { id, name, description, permissions }: Pick<CustomRole, 'id' | 'name' | 'description' | 'permissions'>,
    ): Promise<CustomRole> {
      const values = [ctx.scope.tenantId, id, name, description, [...permissions]];
      const [row] = await database.query<RoleRow>(ctx, UPDATE, values);
      return invariant(row, 'A role that was just read can be updated');
    },

    async delete(ctx: TenantTxContext, id: string): Promise<void> {
      await database.execute(ctx, DELETE, [ctx.scope.tenantId, id]);
    },

    /** Makes every process forget what it knew of those who have the role, in one statement however many they are. */
    invalidateHoldersAtCommit(ctx: TenantTxContext, id: string): void {
      writeAtCommit(ctx.tx, INVALIDATE_HOLDERS, [ctx.scope.tenantId, id]);
    },

    /** @returns false when the member has the role already */
    async insertAssignment(ctx: TenantTxContext, membershipId: string, roleId: string): Promise<boolean> {
      return (await database.execute(ctx, ASSIGN, [ctx.scope.tenantId, membershipId, roleId])) === 1;
    },

    /** @returns false when the member does not have the role */
    async deleteAssignment(ctx: TenantTxContext, membershipId: string, roleId: string): Promise<boolean> {
      return (await database.execute(ctx, UNASSIGN, [ctx.scope.tenantId, membershipId, roleId])) === 1;
    },
  };
}
