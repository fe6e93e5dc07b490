import type { AdminUserController } from '../../controllers/identity/admin-user.controller.ts';
import { platform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  AdminUserActionResponse,
  AdminUserAnalyticsResponse,
  AdminUserPermissionsResponse,
  AdminUserResponse,
  CreateAdminUserRequest,
  ListAdminUserActivityQuery,
  ListAdminUsersQuery,
  SetAdminUserPermissionsRequest,
  UpdateAdminUserRequest,
} from '../../validators/identity/admin-user.schema.ts';

export interface AdminUserRouteDeps {
  readonly adminUsers: AdminUserController;
}

const endpoint = endpointsFor<AdminUserRouteDeps>();
const tags = ['Admin users'] as const;

const RULES =
  'Nobody gives a permission they do not have, changes an operator who ranks above them, or changes what they may do themselves.';

export const listAdminUsers = endpoint({
  method: 'get',
  path: '/api/admin-users',
  operationId: 'listAdminUsers',
  summary: 'List operators',
  description: 'The people who run the platform, and those who have been invited to.',
  tags,
  access: platform('admin-users:read'),
  query: ListAdminUsersQuery,
  success: { status: 200, page: AdminUserResponse },
  handler: ({ adminUsers }, { query, ctx }) => adminUsers.list(ctx, query),
});

export const createAdminUser = endpoint({
  method: 'post',
  path: '/api/admin-users',
  operationId: 'createAdminUser',
  summary: 'Invite somebody to run the platform',
  description: `Mails a link by which they choose a password; until then they are \`pending\`. ${RULES}`,
  tags,
  access: platform('admin-users:write'),
  body: CreateAdminUserRequest,
  success: { status: 201, schema: AdminUserResponse },
  errors: ['EMAIL_TAKEN', 'OPERATOR_OUTRANKED', 'PERMISSION_NOT_HELD'],
  idempotent: true,
  audit: 'operator.invited',
  handler: ({ adminUsers }, { body, ctx }) => adminUsers.create(ctx, body),
});

export const getAdminUserAnalytics = endpoint({
  method: 'get',
  path: '/api/admin-users/analytics',
  operationId: 'getAdminUserAnalytics',
  summary: 'Count the operators',
  description: 'By role and status, by second factor and last sign-in, and by the month in which they were invited.',
  tags,
  access: platform('admin-users:read'),
  success: { status: 200, schema: AdminUserAnalyticsResponse },
  handler: ({ adminUsers }, { ctx }) => adminUsers.analytics(ctx),
});

export const getAdminUserPermissions = endpoint({
  method: 'get',
  path: '/api/admin-users/permissions',
  operationId: 'getAdminUserPermissions',
  summary: 'Get every permission there is',
  description: 'In groups, and what each role of operators has of them.',
  tags,
  access: platform('admin-users:read'),
  success: { status: 200, schema: AdminUserPermissionsResponse },
  handler: ({ adminUsers }) => adminUsers.permissions(),
});

export const getAdminUser = endpoint({
  method: 'get',
  path: '/api/admin-users/:id',
  operationId: 'getAdminUser',
  summary: 'Get an operator',
  tags,
  access: platform('admin-users:read'),
  params: IdParams,
  success: { status: 200, schema: AdminUserResponse },
  errors: ['OPERATOR_NOT_FOUND'],
  handler: ({ adminUsers }, { params, ctx }) => adminUsers.get(ctx, params.id),
});

export const updateAdminUser = endpoint({
  method: 'put',
  path: '/api/admin-users/:id',
  operationId: 'updateAdminUser',
  summary: 'Change an operator',
  description: `Another role brings its own permissions. Who can do less afterwards is signed out everywhere, and whatever they do in the place of others ends. ${RULES} The last active super admin stays one.`,
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  body: UpdateAdminUserRequest,
  success: { status: 200, schema: AdminUserResponse },
  errors: [
    'OPERATOR_NOT_FOUND',
    'OPERATOR_OUTRANKED',
    'OWN_STANDING_FIXED',
    'PERMISSION_NOT_HELD',
    'LAST_SUPER_ADMIN',
    'OPERATOR_INVITATION_OPEN',
  ],
  audit: 'operator.updated',
  handler: ({ adminUsers }, { params, body, ctx }) => adminUsers.update(ctx, params.id, body),
});

export const deleteAdminUser = endpoint({
  method: 'delete',
  path: '/api/admin-users/:id',
  operationId: 'deleteAdminUser',
  summary: 'Take the role of an operator away',
  description:
    'They are signed out everywhere, can not sign in any more and are listed no longer. The account itself stays, inactive, since the audit log names it; `DELETE /api/users/:id` takes everything personal from it. The last active super admin can not be deleted.',
  tags,
  access: platform('admin-users:delete'),
  params: IdParams,
  success: { status: 204 },
  errors: ['OPERATOR_NOT_FOUND', 'OPERATOR_OUTRANKED', 'OWN_STANDING_FIXED', 'LAST_SUPER_ADMIN'],
  audit: 'operator.deleted',
  handler: ({ adminUsers }, { params, ctx }) => adminUsers.remove(ctx, params.id),
});

export const setAdminUserPermissions = endpoint({
  method: 'put',
  path: '/api/admin-users/:id/permissions',
  operationId: 'setAdminUserPermissions',
  summary: 'Choose what an operator may do',
  description: `In the place of what the role \`admin\` gives; null gives that back. A super admin always has every permission. ${RULES}`,
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  body: SetAdminUserPermissionsRequest,
  success: { status: 200, schema: AdminUserResponse },
  errors: [
    'OPERATOR_NOT_FOUND',
    'OPERATOR_OUTRANKED',
    'OWN_STANDING_FIXED',
    'PERMISSION_NOT_HELD',
    'SUPER_ADMIN_UNLIMITED',
  ],
  audit: 'operator.permissions_changed',
  handler: ({ adminUsers }, { params, body, ctx }) => adminUsers.setPermissions(ctx, params.id, body),
});

export const listAdminUserActivity = endpoint({
  method: 'get',
  path: '/api/admin-users/:id/activity',
  operationId: 'listAdminUserActivity',
  summary: 'List what an operator did',
  description:
    'The entries of the audit log, the newest first: on the platform and in every tenant, in their own name and in the place of others.',
  tags,
  access: platform('admin-users:read'),
  params: IdParams,
  query: ListAdminUserActivityQuery,
  success: { status: 200, slice: AdminUserActionResponse },
  errors: ['OPERATOR_NOT_FOUND'],
  handler: ({ adminUsers }, { params, query, ctx }) => adminUsers.activity(ctx, params.id, query),
});

export const adminUserEndpoints = [
  listAdminUsers,
  createAdminUser,
  getAdminUserAnalytics,
  getAdminUserPermissions,
  getAdminUser,
  updateAdminUser,
  deleteAdminUser,
  setAdminUserPermissions,
  listAdminUserActivity,
] as const;
