import type { PermissionSet } from './context.ts';

/** Every permission of the product: `resource:action`, and what it lets its holder do. */
export const permissionCatalogue = {
  'tenants:read': 'See tenants',
  'tenants:write': 'Create, change, suspend and activate tenants',
  'tenants:delete': 'Delete tenants',
  'plans:read': 'See plans',
  'plans:write': 'Create, change and archive plans',
  'invoices:read': 'See invoices and their documents',
  'invoices:write': 'Create, change, send and delete invoices',
  'audit:read': 'Read the audit log',
} as const;

export type Permission = keyof typeof permissionCatalogue;

/** Roles that every installation has; `rank` decides who may touch whom (higher outranks lower). */
export const systemRoles = {
  super_admin: { level: 'platform', rank: 100, permissions: ['*'] },
  admin: {
    level: 'platform',
    rank: 90,
    permissions: ['tenants:read', 'tenants:write', 'plans:*', 'invoices:*', 'audit:*'],
  },
  owner: {
    level: 'tenant',
    rank: 50,
    permissions: ['tenants:read', 'tenants:write', 'plans:read', 'invoices:read', 'audit:*'],
  },
  manager: { level: 'tenant', rank: 40, permissions: ['tenants:read', 'plans:read', 'invoices:read'] },
  staff: { level: 'tenant', rank: 30, permissions: ['tenants:read', 'plans:read', 'invoices:read'] },
  member: { level: 'tenant', rank: 20, permissions: ['tenants:read'] },
  singer: { level: 'self', rank: 10, permissions: [] },
} as const satisfies Record<
  string,
  { level: 'platform' | 'tenant' | 'self'; rank: number; permissions: readonly string[] }
>;

export type SystemRole = keyof typeof systemRoles;

export const isSystemRole = (role: string): role is SystemRole => Object.hasOwn(systemRoles, role);

/** The permissions that patterns (`resource:action`, `resource:*`, `*`) stand for. */
export function permissionSet(patterns: readonly string[]): PermissionSet {
  const exact = new Set(patterns);
  const all = exact.has('*');
  return {
    patterns,
    has: (permission) => all || exact.has(permission) || exact.has(`${permission.slice(0, permission.indexOf(':'))}:*`),
  };
}

export const noPermissions: PermissionSet = permissionSet([]);
export const everyPermission: PermissionSet = permissionSet(['*']);
