import {
  commonPermissions,
  permissionSet,
  type SystemRole,
  systemRoleNames,
  systemRoles,
} from '../../types/access-control.ts';
import type { Context } from '../../types/context.ts';
import type { CustomRole, Role } from '../../types/identity/role.ts';
import { isPlatformRole } from './roles.ts';

/** A role that every installation has, as the API shows it. */
export const systemRole = (name: SystemRole): Role => ({
  id: name,
  name,
  description: null,
  isSystem: true,
  rank: systemRoles[name].rank,
  permissions: commonPermissions(permissionSet(systemRoles[name].permissions)),
  version: null,
  createdAt: null,
  updatedAt: null,
});

/** A tenant's own role, as the API shows it. */
export const ownRole = (role: CustomRole): Role => ({ ...role, isSystem: false, rank: null });

/** The system roles the caller can see, the highest first: operators see theirs as well as the tenants'. */
export const visibleSystemRoles = ({ actor }: Pick<Context, 'actor'>): readonly Role[] =>
  systemRoleNames
    .filter((name) => {
      const { level } = systemRoles[name];
      return level === 'tenant' || (level === 'platform' && isPlatformRole(actor.role));
    })
    .map(systemRole);
