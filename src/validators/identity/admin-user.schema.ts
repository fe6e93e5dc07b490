import { z } from 'zod';
import { isPermission, permissionCatalogue } from '../../types/access-control.ts';
import { email, id, line, phone, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search, sliceQuery } from '../common/page.schema.ts';

const PlatformRole = z.enum(['super_admin', 'admin']).meta({ example: 'admin' });
const Status = z.enum(['active', 'inactive', 'suspended', 'pending']).meta({ example: 'active' });

const PermissionName = z.enum(Object.keys(permissionCatalogue).filter(isPermission));

const name = () => line(120).meta({ example: 'Meera Nair' });

export const ListAdminUsersQuery = pageQuery(['createdAt'], {
  search: search(),
  role: PlatformRole.optional(),
  status: Status.optional(),
});

export const CreateAdminUserRequest = z
  .strictObject({ email: email(), name: name(), phone: phone().nullable().default(null), platformRole: PlatformRole })
  .meta({ id: 'CreateAdminUserRequest' });

export const UpdateAdminUserRequest = z
  .strictObject({
    name: name(),
    phone: phone().nullable(),
    platformRole: PlatformRole,
    status: Status.exclude(['pending']),
  })
  .partial()
  .meta({ id: 'UpdateAdminUserRequest' });

export const SetAdminUserPermissionsRequest = z
  .strictObject({
    permissions: z
      .array(PermissionName)
      .max(Object.keys(permissionCatalogue).length)
      .refine((names) => new Set(names).size === names.length, 'Each permission once')
      .nullable()
      .describe('In the place of what the role gives; null for what the role gives.')
      .meta({ example: ['tenants:read', 'admin-users:read', 'audit:read'] }),
  })
  .meta({ id: 'SetAdminUserPermissionsRequest' });

export const SetAdminUserTwoFactorRequest = z
  .strictObject({
    enabled: z.boolean().describe('false takes the authenticator and the recovery codes away.').meta({ example: true }),
  })
  .meta({ id: 'SetAdminUserTwoFactorRequest' });

export const AdminUserSessionParams = z.strictObject({ id: id(), sessionId: id() });

export const ListAdminUserSessionsQuery = pageQuery(['createdAt'], {});

export const ListAdminUserActivityQuery = sliceQuery({});

export const AdminUserResponse = z
  .object({
    id: id(),
    email: email(),
    name: z.string().meta({ example: 'Meera Nair' }),
    phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
    platformRole: PlatformRole,
    permissions: z
      .array(z.string())
      .describe('Everything this operator may do.')
      .meta({ example: ['tenants:read', 'admin-users:read', 'audit:read'] }),
    hasOwnPermissions: z
      .boolean()
      .describe('Whether the permissions stand in the place of what the role gives.')
      .meta({ example: true }),
    status: Status.describe('`pending` until the invitation is accepted.'),
    twoFactor: z.object({
      enabled: z.boolean().describe('Whether a second factor is set up.').meta({ example: true }),
      required: z.boolean().describe('Whether an administrator asks for one.').meta({ example: false }),
    }),
    lastLoginAt: timestamp().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'AdminUser' });

const count = () => z.number().int().meta({ example: 3 });

export const AdminUserAnalyticsResponse = z
  .object({
    total: count(),
    byRole: z.object({ super_admin: count(), admin: count() }),
    byStatus: z.object({ active: count(), inactive: count(), suspended: count(), pending: count() }),
    withTwoFactor: count().describe('Who have set up a second factor.'),
    signedInWithin30Days: count(),
    createdPerMonth: z
      .array(z.object({ month: z.string().meta({ example: '2026-11' }), count: count() }))
      .describe('The last twelve months in UTC, the oldest first.'),
  })
  .meta({ id: 'AdminUserAnalytics' });

export const AdminUserPermissionsResponse = z
  .object({
    groups: z.array(
      z.object({
        resource: z.string().meta({ example: 'tenants' }),
        permissions: z.array(
          z.object({
            name: z.string().meta({ example: 'tenants:read' }),
            description: z.string().meta({ example: 'See tenants' }),
          }),
        ),
      }),
    ),
    roles: z.array(
      z.object({
        role: PlatformRole,
        rank: z.number().int().describe('The higher one outranks the other.').meta({ example: 90 }),
        permissions: z.array(z.string()).meta({ example: ['tenants:read', 'tenants:write'] }),
      }),
    ),
  })
  .meta({ id: 'AdminUserPermissions' });

export const AdminUserSessionResponse = z
  .object({
    id: id(),
    method: z.string().meta({ example: 'password' }),
    twoFactor: z.boolean().describe('Whether the second factor has been shown.').meta({ example: true }),
    isRestricted: z.boolean().describe('May do nothing but set up a second factor.').meta({ example: false }),
    ipAddress: z.string().nullable().meta({ example: '203.0.113.7' }),
    userAgent: z.string().nullable().meta({ example: 'Mozilla/5.0' }),
    lastUsedAt: timestamp(),
    expiresAt: timestamp(),
    createdAt: timestamp(),
  })
  .meta({ id: 'AdminUserSession' });

const changed = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ example: { status: 'active' } });

export const AdminUserActionResponse = z
  .object({
    id: id(),
    tenantId: id().nullable().meta({ description: 'null: the entry is about the platform itself.' }),
    occurredAt: timestamp(),
    action: z.string().meta({ example: 'tenant.suspended' }),
    resourceType: z.string().meta({ example: 'tenant' }),
    resourceId: z.string().nullable().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' }),
    onBehalfOf: z
      .object({ id: id(), name: z.string().meta({ example: 'Asha Rao' }) })
      .nullable()
      .describe('In whose place it was done; null for what was done in their own name.'),
    sessionId: id().nullable(),
    requestId: z.string().meta({ example: '7b0c1f4e-6a55-4c0e-9d3a-2f61a0d4c9b7' }),
    ipAddress: z.string().nullable().meta({ example: '203.0.113.7' }),
    userAgent: z.string().nullable().meta({ example: 'Mozilla/5.0' }),
    changes: z.object({ before: changed, after: changed }).describe('Only the fields that differ.'),
  })
  .meta({ id: 'AdminUserAction' });
