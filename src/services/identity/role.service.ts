import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { RoleRepository } from '../../repositories/identity/role.repository.ts';
import { isSystemRole, type Permission, permissionSet, tenantPermissions } from '../../types/access-control.ts';
import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import { tenantScope } from '../../types/context-factory.ts';
import type { CustomRole, NewRole, Role, RoleChanges, RoleFilter } from '../../types/identity/role.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { addedPermissions, requireHeld, requireRank } from './authority.ts';
import type { MembershipChange, MembershipChangeService } from './membership-change.service.ts';
import { ownRole, visibleSystemRoles } from './role-view.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface RoleServiceDeps {
  readonly roles: Pick<
    RoleRepository,
    'list' | 'findById' | 'count' | 'findUse' | 'insert' | 'update' | 'delete' | 'invalidateHoldersAtCommit'
  >;
  readonly changes: Pick<MembershipChangeService, 'begin'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

/** Own roles of one tenant. */
const MOST_ROLES = 100;

export type RoleService = ReturnType<typeof createRoleService>;

/** System roles, which are the same everywhere, and a tenant's own ones. */
export function createRoleService({ roles, changes, tx, audit, securityLog }: RoleServiceDeps) {
  const beginChange = (txCtx: TenantTxContext): Promise<MembershipChange> =>
    changes.begin(txCtx, { tenantId: txCtx.scope.tenantId, permission: 'rbac:write' });

  const findOwn = async (ctx: TenantContext, id: string): Promise<CustomRole> => {
    const role = await roles.findById(ctx, id);
    if (role === null) throw appError('ROLE_NOT_FOUND');
    return role;
  };

  const record = (
    txCtx: TenantTxContext,
    id: string,
    before: CustomRole | undefined,
    after: CustomRole | undefined,
  ) => {
    audit.record(txCtx, {
      resourceType: 'role',
      resourceId: id,
      ...(before !== undefined && { before: auditedFields(before) }),
      ...(after !== undefined && { after: auditedFields(after) }),
    });
    securityLog.record(txCtx, {
      type: 'role.changed',
      details: { roleId: id, name: (after ?? before)?.name, permissions: after?.permissions ?? [] },
    });
  };

  /** Whoever changes what a role allows touches all who have it, and themselves if they do. */
  const requireMayChange = async (
    txCtx: TenantTxContext,
    { authority }: MembershipChange,
    role: CustomRole,
    permissions: readonly Permission[],
  ): Promise<void> => {
    const added = addedPermissions(permissionSet(role.permissions), permissionSet(permissions));
    requireHeld(authority, added);
    const use = await roles.findUse(txCtx, role.id, authority.userId);
    for (const systemRole of use.systemRoles) requireRank(authority, systemRole);
    if (use.includesUser && added.length > 0) throw appError('OWN_ROLES_FIXED');
  };

  return {
    /**
     * The system roles the caller can see, the highest first, and after them the tenant's own ones by name. On the platform
     * there are no own ones.
     */
    async list(ctx: Context, { search, sort, page, limit }: RoleFilter): Promise<Page<Role>> {
      const wanted = search?.toLowerCase() ?? '';
      const system = visibleSystemRoles(ctx).filter(({ name }) => name.includes(wanted));
      const offset = (page - 1) * limit;
      const shown = system.slice(offset, offset + limit);
      const { scope } = ctx;
      if (scope.kind !== 'tenant') return { items: shown, page, limit, total: system.length };
      const own = await roles.list(
        { ...ctx, scope },
        {
          search,
          direction: sort === 'name' ? 'asc' : 'desc',
          offset: Math.max(0, offset - system.length),
          limit: limit - shown.length,
        },
      );
      return { items: [...shown, ...own.items.map(ownRole)], page, limit, total: system.length + own.total };
    },

    /**
     * @param id a UUID, or the name of a system role
     * @throws AppError ROLE_NOT_FOUND
     */
    async get(ctx: Context, id: string): Promise<Role> {
      const { scope } = ctx;
      if (isSystemRole(id)) {
        const found = visibleSystemRoles(ctx).find((role) => role.id === id);
        if (found === undefined) throw appError('ROLE_NOT_FOUND');
        return found;
      }
      if (scope.kind !== 'tenant') throw appError('ROLE_NOT_FOUND');
      return ownRole(await findOwn({ ...ctx, scope: tenantScope(scope.tenantId) }, id));
    },

    /** @throws AppError PERMISSION_NOT_HELD, ROLE_NAME_TAKEN, ROLE_LIMIT_REACHED, FORBIDDEN */
    create(ctx: TenantContext, role: NewRole): Promise<Role> {
      return tx.run(ctx, async (txCtx) => {
        const { authority } = await beginChange(txCtx);
        const permissions = inOrder(role.permissions);
        requireHeld(authority, permissions);
        if ((await roles.count(txCtx)) >= MOST_ROLES) throw appError('ROLE_LIMIT_REACHED');
        const created = await withFreeName(role.name, () => roles.insert(txCtx, { ...role, permissions }));
        record(txCtx, created.id, undefined, created);
        return ownRole(created);
      });
    },

    /**
     * Changes a role for everybody who has it, at once.
     * @throws AppError ROLE_NOT_FOUND, SYSTEM_ROLE_FIXED, VERSION_CONFLICT with the current state, ROLE_NAME_TAKEN
     * @throws AppError PERMISSION_NOT_HELD, OWN_ROLES_FIXED, and RANK_TOO_LOW when somebody has it who ranks above the caller
     */
    update(ctx: TenantContext, id: string, version: number | undefined, role: RoleChanges): Promise<Role> {
      if (isSystemRole(id)) throw appError('SYSTEM_ROLE_FIXED');
      return tx.run(ctx, async (txCtx) => {
        const change = await beginChange(txCtx);
        const before = await findOwn(txCtx, id);
        if (version !== undefined && version !== before.version) {
          throw appError('VERSION_CONFLICT', { details: { current: ownRole(before) } });
        }
        const { name = before.name, description = before.description } = role;
        const permissions = role.permissions === undefined ? before.permissions : inOrder(role.permissions);
        if (role.permissions !== undefined) {
          await requireMayChange(txCtx, change, before, role.permissions);
          roles.invalidateHoldersAtCommit(txCtx, id);
        }
        const after = await withFreeName(name, () => roles.update(txCtx, { id, name, description, permissions }));
        record(txCtx, id, before, after);
        return ownRole(after);
      });
    },

    /** @throws AppError ROLE_NOT_FOUND, SYSTEM_ROLE_FIXED, and ROLE_IN_USE with the number of members who have it */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      if (isSystemRole(id)) throw appError('SYSTEM_ROLE_FIXED');
      await tx.run(ctx, async (txCtx) => {
        const { authority } = await beginChange(txCtx);
        const before = await findOwn(txCtx, id);
        const { members } = await roles.findUse(txCtx, id, authority.userId);
        if (members > 0) throw appError('ROLE_IN_USE', { details: { members } });
        await roles.delete(txCtx, id);
        record(txCtx, id, before, undefined);
      });
    },
  };
}

/** Each once, in the order of the catalogue. */
const inOrder = (permissions: readonly Permission[]): Permission[] =>
  tenantPermissions.filter((permission) => permissions.includes(permission));

async function withFreeName<T>(name: string, write: () => Promise<T>): Promise<T> {
  if (isSystemRole(name.toLowerCase())) throw appError('ROLE_NAME_TAKEN');
  try {
    return await write();
  } catch (error) {
    if (violatedConstraint(error) === 'roles_tenant_id_name_key') throw appError('ROLE_NAME_TAKEN', { cause: error });
    throw error;
  }
}

const auditedFields = ({ name, description, permissions }: CustomRole) => ({ name, description, permissions });
