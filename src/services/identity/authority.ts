import { appError } from '../../errors/app-error.ts';
import { commonPermissions, type Permission, permissionSet, rankOf } from '../../types/access-control.ts';
import type { Actor, PermissionSet } from '../../types/context.ts';
import type { MemberStanding } from '../../types/identity/member.ts';
import { memberPermissions, rolePermissions } from './effective-permissions.ts';

/** What somebody may do who decides what others may do. */
export interface Authority {
  readonly userId: string | null;
  readonly rank: number;
  readonly permissions: PermissionSet;
}

/** Of an operator, whatever tenant they work on. */
export const operatorAuthority = (actor: Pick<Actor, 'id' | 'role'>, permissions: PermissionSet): Authority => ({
  userId: actor.id,
  rank: rankOf(actor.role),
  permissions,
});

/**
 * Of a member, by what the database says now.
 * @param session what the session may do, which can be less
 */
export const memberAuthority = (
  standing: Pick<MemberStanding, 'userId' | 'role' | 'permissions'>,
  session: PermissionSet,
): Authority => ({
  userId: standing.userId,
  rank: rankOf(standing.role),
  permissions: permissionSet(commonPermissions(memberPermissions(standing), session)),
});

/** What `after` allows and `before` did not. */
export const addedPermissions = (before: PermissionSet, after: PermissionSet): readonly Permission[] =>
  commonPermissions(after).filter((permission) => !before.has(permission));

const lackedOf = ({ permissions }: Authority, wanted: readonly Permission[]): readonly Permission[] =>
  wanted.filter((permission) => !permissions.has(permission));

/** Whether somebody may make others what this role says: it neither ranks above them nor allows more than they may do. */
export const mayGiveRole = (authority: Authority, role: string): boolean =>
  rankOf(role) <= authority.rank && lackedOf(authority, commonPermissions(rolePermissions(role))).length === 0;

/** @throws AppError RANK_TOO_LOW for a role that ranks above whoever decides: they neither give it nor touch its holders */
export function requireRank(authority: Authority, role: string): void {
  if (rankOf(role) > authority.rank) throw appError('RANK_TOO_LOW');
}

/** @throws AppError PERMISSION_NOT_HELD with the permissions that whoever decides lacks */
export function requireHeld(authority: Authority, permissions: readonly Permission[]): void {
  const missing = lackedOf(authority, permissions);
  if (missing.length > 0) throw appError('PERMISSION_NOT_HELD', { details: { permissions: missing } });
}
