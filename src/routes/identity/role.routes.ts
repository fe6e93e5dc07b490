import { z } from 'zod';
import type { RoleController } from '../../controllers/identity/role.controller.ts';
import { tenant, tenantOrPlatform, user } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  CheckPermissionsRequest,
  CreateRoleRequest,
  ListRolesQuery,
  PermissionCheckResponse,
  PermissionGroupResponse,
  RoleParams,
  RoleResponse,
  SetRolePermissionsRequest,
  UpdateRoleRequest,
} from '../../validators/identity/role.schema.ts';

export interface RoleRouteDeps {
  readonly roles: RoleController;
}

const endpoint = endpointsFor<RoleRouteDeps>();
const tags = ['Roles'] as const;

export const listPermissions = endpoint({
  method: 'get',
  path: '/api/rbac/permissions',
  operationId: 'listPermissions',
  summary: 'List permissions',
  description: 'Every permission there is, by resource.',
  tags,
  access: tenantOrPlatform('rbac:read'),
  success: { status: 200, schema: z.array(PermissionGroupResponse) },
  handler: ({ roles }) => roles.listPermissions(),
});

export const checkPermissions = endpoint({
  method: 'post',
  path: '/api/rbac/check',
  operationId: 'checkPermissions',
  summary: 'Check own permissions',
  description: 'Which of these permissions the caller has where they work now.',
  tags,
  access: user({ impersonated: true }),
  body: CheckPermissionsRequest,
  success: { status: 200, schema: PermissionCheckResponse },
  rateLimit: 'read',
  isQuestion: true,
  handler: ({ roles }, { body, ctx }) => roles.check(ctx, body),
});

export const listRoles = endpoint({
  method: 'get',
  path: '/api/rbac/roles',
  operationId: 'listRoles',
  summary: 'List roles',
  description:
    "The system roles, the highest first, and then the tenant's own ones by name, all of them in one list of pages. An operator who names no tenant sees the system roles.",
  tags,
  access: tenantOrPlatform('rbac:read'),
  query: ListRolesQuery,
  success: { status: 200, page: RoleResponse },
  handler: ({ roles }, { query, ctx }) => roles.list(ctx, query),
});

export const createRole = endpoint({
  method: 'post',
  path: '/api/rbac/roles',
  operationId: 'createRole',
  summary: 'Create a role',
  description: "A role of the tenant's own, of which there can be 100. Nobody gives permissions they do not have.",
  tags,
  access: tenant('rbac:write'),
  body: CreateRoleRequest,
  success: { status: 201, schema: RoleResponse },
  errors: ['PERMISSION_NOT_HELD', 'ROLE_NAME_TAKEN', 'ROLE_LIMIT_REACHED'],
  idempotent: true,
  audit: 'role.created',
  handler: ({ roles }, { body, ctx }) => roles.create(ctx, body),
});

export const getRole = endpoint({
  method: 'get',
  path: '/api/rbac/roles/:id',
  operationId: 'getRole',
  summary: 'Get a role',
  tags,
  access: tenantOrPlatform('rbac:read'),
  params: RoleParams,
  success: { status: 200, schema: RoleResponse },
  errors: ['ROLE_NOT_FOUND'],
  handler: ({ roles }, { params, ctx }) => roles.get(ctx, params.id),
});

export const updateRole = endpoint({
  method: 'put',
  path: '/api/rbac/roles/:id',
  operationId: 'updateRole',
  summary: 'Change a role',
  description: 'Name and description. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenant('rbac:write'),
  params: RoleParams,
  body: UpdateRoleRequest,
  success: { status: 200, schema: RoleResponse },
  errors: ['ROLE_NOT_FOUND', 'ROLE_NAME_TAKEN', 'SYSTEM_ROLE_FIXED', 'VERSION_CONFLICT'],
  audit: 'role.updated',
  handler: ({ roles }, { params, body, ctx }) => roles.update(ctx, params.id, body),
});

export const setRolePermissions = endpoint({
  method: 'put',
  path: '/api/rbac/roles/:id/permissions',
  operationId: 'setRolePermissions',
  summary: "Replace a role's permissions",
  description:
    'Holds for everybody who has the role within a second. Nobody adds permissions they do not have, adds any to a role of their own, or changes a role of somebody who ranks above them.',
  tags,
  access: tenant('rbac:write'),
  params: RoleParams,
  body: SetRolePermissionsRequest,
  success: { status: 200, schema: RoleResponse },
  errors: [
    'ROLE_NOT_FOUND',
    'SYSTEM_ROLE_FIXED',
    'PERMISSION_NOT_HELD',
    'RANK_TOO_LOW',
    'OWN_ROLES_FIXED',
    'VERSION_CONFLICT',
  ],
  audit: 'role.permissions_set',
  handler: ({ roles }, { params, body, ctx }) => roles.setPermissions(ctx, params.id, body),
});

export const deleteRole = endpoint({
  method: 'delete',
  path: '/api/rbac/roles/:id',
  operationId: 'deleteRole',
  summary: 'Delete a role',
  description: 'Only a role that nobody has.',
  tags,
  access: tenant('rbac:write'),
  params: RoleParams,
  success: { status: 204 },
  errors: ['ROLE_NOT_FOUND', 'ROLE_IN_USE', 'SYSTEM_ROLE_FIXED'],
  audit: 'role.deleted',
  handler: ({ roles }, { params, ctx }) => roles.remove(ctx, params.id),
});

export const roleEndpoints = [
  listPermissions,
  checkPermissions,
  listRoles,
  createRole,
  getRole,
  updateRole,
  setRolePermissions,
  deleteRole,
] as const;
