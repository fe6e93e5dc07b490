import type { PlatformUserController } from '../../controllers/tenancy/platform-user.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreatePlatformUserRequest,
  ListPlatformUserActivityQuery,
  ListPlatformUsersQuery,
  PlatformUserActivityResponse,
  PlatformUserAnalyticsResponse,
  PlatformUserResponse,
  PlatformUserSummaryResponse,
  UpdatePlatformUserRequest,
} from '../../validators/tenancy/platform-user.schema.ts';

export interface PlatformUserRouteDeps {
  readonly platformUsers: PlatformUserController;
}

const endpoint = endpointsFor<PlatformUserRouteDeps>();
const tags = ['Platform users'] as const;

export const listPlatformUsers = endpoint({
  method: 'get',
  path: '/api/platform-users',
  operationId: 'listPlatformUsers',
  summary: "List a tenant's owners, students, parents and staff",
  tags,
  access: tenant('platform-users:read'),
  query: ListPlatformUsersQuery,
  success: { status: 200, page: PlatformUserSummaryResponse },
  handler: ({ platformUsers }, { query, ctx }) => platformUsers.list(ctx, query),
});

export const createPlatformUser = endpoint({
  method: 'post',
  path: '/api/platform-users',
  operationId: 'createPlatformUser',
  summary: 'Add an owner, student, parent or member of staff',
  description: 'They get no login. A parent can be given their students right away.',
  tags,
  access: tenant('platform-users:write'),
  body: CreatePlatformUserRequest,
  success: { status: 201, schema: PlatformUserResponse },
  errors: ['PLATFORM_USER_EMAIL_TAKEN', 'LIBRARY_UNKNOWN', 'STUDENTS_UNKNOWN'],
  idempotent: true,
  audit: 'platform_user.created',
  handler: ({ platformUsers }, { body, ctx }) => platformUsers.create(ctx, body),
});

export const getPlatformUserAnalytics = endpoint({
  method: 'get',
  path: '/api/platform-users/analytics',
  operationId: 'getPlatformUserAnalytics',
  summary: 'Count people by kind, month and library',
  tags,
  access: tenant('platform-users:read'),
  success: { status: 200, schema: PlatformUserAnalyticsResponse },
  handler: ({ platformUsers }, { ctx }) => platformUsers.analytics(ctx),
});

export const getPlatformUser = endpoint({
  method: 'get',
  path: '/api/platform-users/:id',
  operationId: 'getPlatformUser',
  summary: 'Get a person with their students or parents',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 200, schema: PlatformUserResponse },
  errors: ['PLATFORM_USER_NOT_FOUND'],
  handler: ({ platformUsers }, { params, ctx }) => platformUsers.get(ctx, params.id),
});

export const updatePlatformUser = endpoint({
  method: 'put',
  path: '/api/platform-users/:id',
  operationId: 'updatePlatformUser',
  summary: 'Change a person',
  description:
    'The kind is for good. What is absent stays as it is; `studentIds` replaces all students of a parent. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenant('platform-users:write'),
  params: IdParams,
  body: UpdatePlatformUserRequest,
  success: { status: 200, schema: PlatformUserResponse },
  errors: [
    'PLATFORM_USER_NOT_FOUND',
    'PLATFORM_USER_EMAIL_TAKEN',
    'LIBRARY_UNKNOWN',
    'STUDENTS_UNKNOWN',
    'VERSION_CONFLICT',
  ],
  audit: 'platform_user.updated',
  handler: ({ platformUsers }, { params, body, ctx }) => platformUsers.update(ctx, params.id, body),
});

export const deletePlatformUser = endpoint({
  method: 'delete',
  path: '/api/platform-users/:id',
  operationId: 'deletePlatformUser',
  summary: 'Delete a person for good',
  description: 'Who looks after whom goes with them. The audit log keeps their name and e-mail address.',
  tags,
  access: tenant('platform-users:delete'),
  params: IdParams,
  success: { status: 204 },
  errors: ['PLATFORM_USER_NOT_FOUND'],
  audit: 'platform_user.deleted',
  handler: ({ platformUsers }, { params, ctx }) => platformUsers.remove(ctx, params.id),
});

export const activatePlatformUser = endpoint({
  method: 'post',
  path: '/api/platform-users/:id/activate',
  operationId: 'activatePlatformUser',
  summary: 'Activate a person',
  tags,
  access: tenant('platform-users:write'),
  params: IdParams,
  success: { status: 200, schema: PlatformUserResponse },
  errors: ['PLATFORM_USER_NOT_FOUND', 'PLATFORM_USER_STATE_CONFLICT'],
  audit: 'platform_user.activated',
  handler: ({ platformUsers }, { params, ctx }) => platformUsers.activate(ctx, params.id),
});

export const deactivatePlatformUser = endpoint({
  method: 'post',
  path: '/api/platform-users/:id/deactivate',
  operationId: 'deactivatePlatformUser',
  summary: 'Deactivate a person',
  tags,
  access: tenant('platform-users:write'),
  params: IdParams,
  success: { status: 200, schema: PlatformUserResponse },
  errors: ['PLATFORM_USER_NOT_FOUND', 'PLATFORM_USER_STATE_CONFLICT'],
  audit: 'platform_user.deactivated',
  handler: ({ platformUsers }, { params, ctx }) => platformUsers.deactivate(ctx, params.id),
});

export const listPlatformUserActivity = endpoint({
  method: 'get',
  path: '/api/platform-users/:id/activity',
  operationId: 'listPlatformUserActivity',
  summary: "List what was done to a person's record",
  description: 'The newest first.',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  query: ListPlatformUserActivityQuery,
  success: { status: 200, slice: PlatformUserActivityResponse },
  errors: ['PLATFORM_USER_NOT_FOUND'],
  handler: ({ platformUsers }, { params, query, ctx }) => platformUsers.activity(ctx, params.id, query),
});

export const platformUserEndpoints = [
  listPlatformUsers,
  createPlatformUser,
  getPlatformUserAnalytics,
  getPlatformUser,
  updatePlatformUser,
  deletePlatformUser,
  activatePlatformUser,
  deactivatePlatformUser,
  listPlatformUserActivity,
] as const;
