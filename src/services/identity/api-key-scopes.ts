import { appError } from '../../errors/app-error.ts';
import { commonPermissions, type Permission, permissionSet } from '../../types/access-control.ts';
import type { PermissionSet } from '../../types/context.ts';

/** What no machine does: whoever could, would be able to give itself everything else. */
const NOT_DELEGABLE: ReadonlySet<Permission> = new Set([
  'api-keys:write',
  'rbac:write',
  'members:write',
  'security:write',
  'tenants:impersonate',
  'tenants:delete',
  'admin-users:read',
  'admin-users:write',
  'admin-users:delete',
]);

/**
 * Makes sure that somebody may give a key these scopes: nobody gives what they don't have.
 * @throws AppError SCOPE_NOT_DELEGABLE, PERMISSION_NOT_HELD, each with the scopes it is about
 */
export function refuseUnlessGrantable(scopes: readonly Permission[], own: PermissionSet): void {
  const notDelegable = scopes.filter((scope) => NOT_DELEGABLE.has(scope));
  if (notDelegable.length > 0) throw appError('SCOPE_NOT_DELEGABLE', { details: { scopes: notDelegable } });
  const notHeld = scopes.filter((scope) => !own.has(scope));
  if (notHeld.length > 0) throw appError('PERMISSION_NOT_HELD', { details: { scopes: notHeld } });
}

/** What a key may do: of its scopes those that its creator may do now. */
export const grantedScopes = (scopes: readonly string[], creator: PermissionSet): PermissionSet =>
  permissionSet(commonPermissions(permissionSet(scopes), creator).filter((scope) => !NOT_DELEGABLE.has(scope)));
