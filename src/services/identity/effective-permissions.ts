import type { ImpersonationFacts, TenantStanding } from '../../repositories/identity/session.repository.ts';
import { commonPermissions, type Permission, permissionSet } from '../../types/access-control.ts';
import type { PermissionSet } from '../../types/context.ts';
import { permissionPatternsOf } from './roles.ts';

/** What nobody does in the place of somebody else, whatever both may do. */
const NEVER_IMPERSONATED: ReadonlySet<Permission> = new Set([
  'tenants:delete',
  'tenants:impersonate',
  'members:write',
  'rbac:write',
  'api-keys:read',
  'api-keys:write',
  'security:write',
]);

export const rolePermissions = (role: string): PermissionSet => permissionSet(permissionPatternsOf(role));

/** Of an operator: those of the role, or the ones that have been given in their place. A super admin has them all. */
export function operatorPermissions({
  platformRole,
  platformPermissions,
}: {
  readonly platformRole: string | null;
  readonly platformPermissions: readonly string[] | null;
}): PermissionSet {
  if (platformRole === null) return permissionSet([]);
  const isSuper = platformRole === 'super_admin';
  return isSuper || platformPermissions === null ? rolePermissions(platformRole) : permissionSet(platformPermissions);
}

/** Of a member: those of the role, and of the tenant's own roles. */
export const memberPermissions = ({ role, permissions }: TenantStanding): PermissionSet =>
  permissionSet([...new Set([...permissionPatternsOf(role), ...permissions])]);

/**
 * Of an operator in a member's place: what both may do, without what nobody does for somebody else; only what reads unless
 * the operator has asked for more.
 */
export function impersonatedPermissions(standing: TenantStanding, impersonation: ImpersonationFacts): PermissionSet {
  const common = commonPermissions(memberPermissions(standing), operatorPermissions(impersonation));
  return permissionSet(
    common.filter(
      (permission) =>
        !NEVER_IMPERSONATED.has(permission) && (impersonation.mode === 'full' || permission.endsWith(':read')),
    ),
  );
}
