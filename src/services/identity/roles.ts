import { isSystemRole, type RoleOfLevel, systemRoles } from '../../types/access-control.ts';

/** Roles that operators hold. */
export type PlatformRole = RoleOfLevel<'platform'>;

/** Roles that a membership gives in its tenant. */
export type TenantRole = RoleOfLevel<'tenant'>;

/** The role of somebody who works in no tenant: only their own things. */
export const SELF_ROLE = 'singer' satisfies RoleOfLevel<'self'>;

/** The permission patterns of a role; a role that does not exist gives none. */
export const permissionPatternsOf = (role: string): readonly string[] =>
  isSystemRole(role) ? systemRoles[role].permissions : [];

export const isPlatformRole = (role: string | null): role is PlatformRole =>
  role !== null && isSystemRole(role) && systemRoles[role].level === 'platform';
