import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import { type Permission, rankOf } from '../../types/access-control.ts';
import type { TxContext } from '../../types/context.ts';
import type { MemberStanding } from '../../types/identity/member.ts';
import type { TenantId } from '../../types/ids.ts';
import {
  type Authority,
  addedPermissions,
  memberAuthority,
  operatorAuthority,
  requireHeld,
  requireRank,
} from './authority.ts';
import { memberPermissions } from './effective-permissions.ts';
import { isPlatformRole } from './roles.ts';

export interface MembershipChangeDeps {
  readonly memberships: Pick<
    MembershipRepository,
    'lockTenant' | 'findStandings' | 'countActiveOwners' | 'update' | 'delete'
  >;
}

/** A transaction that is the only one to change who may do what in its tenant. */
export interface MembershipChange {
  readonly tenantId: TenantId;
  readonly authority: Authority;
  /** @throws AppError MEMBER_NOT_FOUND for anybody who is no member, or was not named at the beginning */
  member(userId: string): MemberStanding;
}

export interface MembershipChangeRequest {
  readonly tenantId: TenantId;
  /** What whoever asks must be allowed to do. */
  readonly permission: Permission;
  /** Whose standing the change depends on. */
  readonly userIds?: readonly string[];
}

export type MembershipChangeService = ReturnType<typeof createMembershipChangeService>;

/**
 * The rules that hold wherever roles, members and invitations are changed: nobody gives what they lack, nobody touches who
 * ranks above them, and an active owner stays. They are checked under the lock of the tenant, against what the database says
 * after the lock was got, so that they hold for parallel requests as well.
 */
export function createMembershipChangeService({ memberships }: MembershipChangeDeps) {
  const requireAnotherOwner = async (txCtx: TxContext, tenantId: TenantId, member: MemberStanding): Promise<void> => {
    if (member.role !== 'owner' || member.status !== 'active') return;
    if ((await memberships.countActiveOwners(txCtx, tenantId)) <= 1) throw appError('LAST_OWNER');
  };

  return {
    /**
     * Waits until nobody else changes anything of the kind in the tenant, and finds out what the caller may do there now.
     * @throws AppError TENANT_NOT_FOUND
     * @throws AppError FORBIDDEN when the caller has lost the permission in the meantime, and for everybody but people
     */
    async begin(
      txCtx: TxContext,
      { tenantId, permission, userIds = [] }: MembershipChangeRequest,
    ): Promise<MembershipChange> {
      const { actor, permissions } = txCtx;
      if (!(await memberships.lockTenant(txCtx, tenantId))) throw appError('TENANT_NOT_FOUND');
      const isOperator = isPlatformRole(actor.role);
      const wanted = isOperator || actor.id === null ? userIds : [actor.id, ...userIds];
      const found = wanted.length === 0 ? [] : await memberships.findStandings(txCtx, tenantId, wanted);
      const standings = new Map(found.map((standing) => [standing.userId, standing]));
      const own = actor.id === null ? undefined : standings.get(actor.id);
      if (actor.type !== 'user' || (!isOperator && own?.status !== 'active')) throw appError('FORBIDDEN');
      const authority =
        isOperator || own === undefined ? operatorAuthority(actor, permissions) : memberAuthority(own, permissions);
      if (!authority.permissions.has(permission)) throw appError('FORBIDDEN');
      return {
        tenantId,
        authority,
        member(userId) {
          const standing = standings.get(userId);
          if (standing === undefined) throw appError('MEMBER_NOT_FOUND');
          return standing;
        },
      };
    },

    /**
     * Gives a member another role or status; their sessions learn of it with the commit.
     * @throws AppError RANK_TOO_LOW, PERMISSION_NOT_HELD, LAST_OWNER
     */
    async change(
      txCtx: TxContext,
      { tenantId, authority }: MembershipChange,
      member: MemberStanding,
      next: Pick<MemberStanding, 'role' | 'status'>,
    ): Promise<void> {
      requireRank(authority, member.role);
      requireRank(authority, next.role);
      const isBack = member.status === 'suspended' && next.status === 'active';
      const before = memberPermissions(isBack ? { role: '', permissions: [] } : member);
      requireHeld(authority, addedPermissions(before, memberPermissions({ ...member, role: next.role })));
      if (rankOf(next.role) < rankOf(member.role) || next.status === 'suspended') {
        await requireAnotherOwner(txCtx, tenantId, member);
      }
      await memberships.update(txCtx, tenantId, { ...member, ...next });
      invalidateAtCommit(txCtx, 'user', member.userId);
    },

    /**
     * Takes a member out of the tenant, with all their roles; their sessions learn of it with the commit.
     * @throws AppError RANK_TOO_LOW, LAST_OWNER
     */
    async remove(txCtx: TxContext, { tenantId, authority }: MembershipChange, member: MemberStanding): Promise<void> {
      requireRank(authority, member.role);
      await requireAnotherOwner(txCtx, tenantId, member);
      await memberships.delete(txCtx, tenantId, member.membershipId);
      invalidateAtCommit(txCtx, 'user', member.userId);
    },
  };
}
