import type { PermissionSet } from './context.ts';

/** Every permission of the product: `resource:action`, and what it lets its holder do. */
export const permissionCatalogue = {
  'tenants:read': 'See tenants',
  'tenants:write': 'Create, change, suspend and activate tenants',
  'tenants:delete': 'Delete tenants',
  'tenants:export': 'Take all the data of a tenant along',
  'tenants:impersonate': "Work in the place of a tenant's user",
  'members:read': 'See members and invitations',
  'members:write': 'Invite, change and remove members',
  'rbac:read': 'See roles and who has them',
  'rbac:write': 'Create, change, delete and assign roles',
  'api-keys:read': 'See API keys',
  'api-keys:write': 'Create, rotate and revoke API keys',
  'security:read': 'See security events, sign-ins, lock-outs, sessions and rules',
  'security:write': 'Unlock accounts, end sessions, change the security policy and address rules',
  'admin-users:read': 'See operators and every user of the installation',
  'admin-users:write': 'Create and change operators and users',
  'admin-users:delete': 'Delete operators and users',
  'configurations:read': 'See configurations and what they were',
  'configurations:write': 'Make, change, delete and roll back configurations',
  'files:read': 'See and download files',
  'files:write': 'Upload and delete files',
  'libraries:read': 'See libraries',
  'libraries:write': 'Create, change, close and delete libraries',
  'platform-users:read': 'See owners, students, parents and staff of libraries',
  'platform-users:write': 'Add, change, activate and deactivate owners, students, parents and staff of libraries',
  'platform-users:delete': 'Delete owners, students, parents and staff of libraries',
  'plans:read': 'See plans',
  'plans:write': 'Create, change and archive plans',
  'subscriptions:read': 'See subscriptions, their history and what was used',
  'subscriptions:write': 'Subscribe, change, pause and cancel subscriptions, and record usage',
  'invoices:read': 'See invoices and their documents',
  'invoices:write': 'Create, change, send and delete invoices',
  'payment-methods:read': 'See payment methods',
  'payment-methods:write': 'Add, change and remove payment methods',
  'payments:read': 'See payments, refunds and what gateways told about them',
  'payments:write': 'Take payments and try failed ones again',
  'payments:refund': 'Give payments back, whole or in part',
  'payments:configure': 'Change fees, and have events of gateways applied again',
  'credits:read': 'See wallets of message credits and what was done to them',
  'credits:write': 'Give, take and move credits',
  'credits:configure': 'Change what there is of credits to give and to sell',
  'audit:read': 'Read the audit log',
} as const;

export type Permission = keyof typeof permissionCatalogue;

/** Roles that every installation has; `rank` decides who may touch whom (higher outranks lower). */
export const systemRoles = {
  super_admin: { level: 'platform', rank: 100, permissions: ['*'] },
  admin: {
    level: 'platform',
    rank: 90,
    permissions: [
      'tenants:read',
      'tenants:write',
      'tenants:export',
      'tenants:impersonate',
      'members:*',
      'rbac:*',
      'api-keys:*',
      'security:*',
      'admin-users:read',
      'configurations:*',
      'files:*',
      'libraries:*',
      'platform-users:*',
      'plans:*',
      'subscriptions:*',
      'invoices:*',
      'payment-methods:*',
      'payments:*',
      'credits:*',
      'audit:*',
    ],
  },
  owner: {
    level: 'tenant',
    rank: 50,
    permissions: [
      'tenants:read',
      'tenants:write',
      'tenants:export',
      'members:*',
      'rbac:*',
      'api-keys:*',
      'security:*',
      'configurations:*',
      'files:*',
      'libraries:*',
      'platform-users:*',
      'plans:read',
      'subscriptions:*',
      'invoices:read',
      'payment-methods:*',
      'payments:read',
      'payments:write',
      'payments:refund',
      'credits:read',
      'audit:*',
    ],
  },
  manager: {
    level: 'tenant',
    rank: 40,
    permissions: [
      'tenants:read',
      'members:read',
      'rbac:read',
      'configurations:*',
      'files:read',
      'files:write',
      'libraries:read',
      'libraries:write',
      'platform-users:read',
      'platform-users:write',
      'plans:read',
      'subscriptions:read',
      'invoices:read',
      'payment-methods:read',
      'payments:read',
      'payments:write',
      'credits:read',
    ],
  },
  staff: {
    level: 'tenant',
    rank: 30,
    permissions: [
      'tenants:read',
      'configurations:read',
      'files:read',
      'libraries:read',
      'platform-users:read',
      'platform-users:write',
      'plans:read',
      'subscriptions:read',
      'invoices:read',
    ],
  },
  member: { level: 'tenant', rank: 20, permissions: ['tenants:read'] },
  singer: { level: 'self', rank: 10, permissions: [] },
} as const satisfies Record<
  string,
  { level: 'platform' | 'tenant' | 'self'; rank: number; permissions: readonly string[] }
>;

export type SystemRole = keyof typeof systemRoles;

/** The system roles of a level: platform for operators, tenant for members, self for people on their own. */
export type RoleOfLevel<Level extends string> = {
  [Role in SystemRole]: (typeof systemRoles)[Role]['level'] extends Level ? Role : never;
}[SystemRole];

export const isSystemRole = (role: string): role is SystemRole => Object.hasOwn(systemRoles, role);

export const isTenantRole = (role: string): role is RoleOfLevel<'tenant'> =>
  isSystemRole(role) && systemRoles[role].level === 'tenant';

export const systemRoleNames: readonly SystemRole[] = Object.keys(systemRoles).filter(isSystemRole);

/** The roles a membership can give, the highest first. */
export const tenantRoles: readonly RoleOfLevel<'tenant'>[] = systemRoleNames.filter(isTenantRole);

/** Who ranks higher may touch who ranks lower; what is no system role has no rank. */
export const rankOf = (role: string | null): number =>
  role !== null && isSystemRole(role) ? systemRoles[role].rank : 0;

/** The permissions that patterns (`resource:action`, `resource:*`, `*`) stand for. */
export function permissionSet(patterns: readonly string[]): PermissionSet {
  const exact = new Set(patterns);
  const all = exact.has('*');
  return {
    patterns,
    has: (permission) => all || exact.has(permission) || exact.has(`${permission.slice(0, permission.indexOf(':'))}:*`),
  };
}

const allPermissions = Object.keys(permissionCatalogue).filter(isPermission);

/** Whether a name is one of the catalogue. */
export function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissionCatalogue, name);
}

/** Every permission of the catalogue that all of the sets have: nobody who acts for others has more than either of them. */
export const commonPermissions = (...sets: readonly PermissionSet[]): readonly Permission[] =>
  allPermissions.filter((permission) => sets.every((set) => set.has(permission)));

/** What a tenant's own roles may hold: no more than its owner has, so that what is the operators' stays theirs. */
export const tenantPermissions: readonly Permission[] = commonPermissions(permissionSet(systemRoles.owner.permissions));

export const noPermissions: PermissionSet = permissionSet([]);
export const everyPermission: PermissionSet = permissionSet(['*']);
