import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { RoleRepository } from '../../repositories/identity/role.repository.ts';
import { commonPermissions, isTenantRole, permissionSet } from '../../types/access-control.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { MemberStanding } from '../../types/identity/member.ts';
import type { MemberRoles } from '../../types/identity/role.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { requireHeld, requireRank } from './authority.ts';
import { memberPermissions } from './effective-permissions.ts';
import type { MembershipChange, MembershipChangeService } from './membership-change.service.ts';
import { ownRole, systemRole } from './role-view.ts';
import type { TenantRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';

export interface RoleAssignmentServiceDeps {
  readonly memberships: Pick<MembershipRepository, 'findStandings'>;
  readonly roles: Pick<RoleRepository, 'findById' | 'listOfMember' | 'insertAssignment' | 'deleteAssignment'>;
  readonly changes: Pick<MembershipChangeService, 'begin' | 'change'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

/** What everybody is who is no more. */
const BASE_ROLE: TenantRole = 'member';

export type RoleAssignmentService = ReturnType<typeof createRoleAssignmentService>;

/** Which roles a member has: one system role, and any number of the tenant's own, whose permissions are added to it. */
export function createRoleAssignmentService(deps: RoleAssignmentServiceDeps) {
  const { memberships, roles, changes, tx, audit, securityLog } = deps;

  const rolesOf = async (ctx: TenantContext, userId: string): Promise<MemberRoles> => {
    const [standing] = await memberships.findStandings(ctx, ctx.scope.tenantId, [userId]);
    if (standing === undefined) throw appError('MEMBER_NOT_FOUND');
    const own = await roles.listOfMember(ctx, standing.membershipId);
    return {
      userId,
      roles: [...(isTenantRole(standing.role) ? [systemRole(standing.role)] : []), ...own.map(ownRole)],
      permissions: commonPermissions(memberPermissions(standing)),
    };
  };

  const beginChange = (txCtx: TenantTxContext, userId: string): Promise<MembershipChange> =>
    changes.begin(txCtx, { tenantId: txCtx.scope.tenantId, permission: 'rbac:write', userIds: [userId] });

  const record = (
    txCtx: TenantTxContext,
    { membershipId, userId }: MemberStanding,
    before: Record<string, unknown>,
    after: Record<string, unknown>,
  ): void => {
    audit.record(txCtx, { resourceType: 'membership', resourceId: membershipId, before, after });
    securityLog.record(txCtx, { type: 'member.role_changed', userId, details: after });
  };

  const changeSystemRole = async (
    txCtx: TenantTxContext,
    change: MembershipChange,
    member: MemberStanding,
    role: TenantRole,
  ): Promise<void> => {
    await changes.change(txCtx, change, member, { role, status: member.status });
    record(txCtx, member, { role: member.role }, { role });
  };

  return {
    /** @throws AppError MEMBER_NOT_FOUND */
    list: (ctx: TenantContext, userId: string): Promise<MemberRoles> => rolesOf(ctx, userId),

    /**
     * Gives a member a role: a system role takes the place of the one they have, an own one is added. Giving what they have
     * already changes nothing.
     * @param roleId the UUID of an own role, or the name of a system role
     * @throws AppError MEMBER_NOT_FOUND, ROLE_NOT_FOUND, RANK_TOO_LOW, PERMISSION_NOT_HELD, OWN_ROLES_FIXED, LAST_OWNER
     */
    assign(ctx: TenantContext, userId: string, roleId: string): Promise<MemberRoles> {
      return tx.run(ctx, async (txCtx) => {
        const change = await beginChange(txCtx, userId);
        const member = change.member(userId);
        if (isTenantRole(roleId)) {
          await changeSystemRole(txCtx, change, member, roleId);
          return rolesOf(txCtx, userId);
        }
        const role = await roles.findById(txCtx, roleId);
        if (role === null) throw appError('ROLE_NOT_FOUND');
        if (userId === change.authority.userId) throw appError('OWN_ROLES_FIXED');
        requireRank(change.authority, member.role);
        requireHeld(change.authority, commonPermissions(permissionSet(role.permissions)));
        const isNew = await roles.insertAssignment(txCtx, member.membershipId, role.id);
        record(txCtx, member, isNew ? {} : { roleId: role.id }, { roleId: role.id });
        invalidateAtCommit(txCtx, 'user', userId);
        return rolesOf(txCtx, userId);
      });
    },

    /**
     * Takes a role from a member; without their system role they are a plain member.
     * @param roleId the UUID of an own role, or the name of a system role
     * @throws AppError MEMBER_NOT_FOUND, ROLE_NOT_ASSIGNED, BASE_ROLE_FIXED, RANK_TOO_LOW, LAST_OWNER
     */
    async unassign(ctx: TenantContext, userId: string, roleId: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const change = await beginChange(txCtx, userId);
        const member = change.member(userId);
        if (isTenantRole(roleId)) {
          if (member.role !== roleId) throw appError('ROLE_NOT_ASSIGNED');
          if (roleId === BASE_ROLE) throw appError('BASE_ROLE_FIXED');
          await changeSystemRole(txCtx, change, member, BASE_ROLE);
          return;
        }
        requireRank(change.authority, member.role);
        if (!(await roles.deleteAssignment(txCtx, member.membershipId, roleId))) throw appError('ROLE_NOT_ASSIGNED');
        record(txCtx, member, { roleId }, {});
        invalidateAtCommit(txCtx, 'user', userId);
      });
    },
  };
}
