import type { UserDirectoryController } from '../../controllers/identity/user-directory.controller.ts';
import { platform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ListUsersQuery,
  UpdateUserRequest,
  UserDetailResponse,
  UserResponse,
} from '../../validators/identity/user-directory.schema.ts';

export interface UserRouteDeps {
  readonly userDirectory: UserDirectoryController;
}

const endpoint = endpointsFor<UserRouteDeps>();
const tags = ['Users'] as const;

export const listUsers = endpoint({
  method: 'get',
  path: '/api/users',
  operationId: 'listUsers',
  summary: 'List every user of the installation',
  description:
    'Operators, members of any tenant, and people on their own. `role` is one on the platform or in any tenant.',
  tags,
  access: platform('admin-users:read'),
  query: ListUsersQuery,
  success: { status: 200, page: UserResponse },
  handler: ({ userDirectory }, { query, ctx }) => userDirectory.list(ctx, query),
});

export const getUser = endpoint({
  method: 'get',
  path: '/api/users/:id',
  operationId: 'getUser',
  summary: 'Get a user',
  description: 'With their memberships in tenants that have not been deleted.',
  tags,
  access: platform('admin-users:read'),
  params: IdParams,
  success: { status: 200, schema: UserDetailResponse },
  errors: ['USER_NOT_FOUND'],
  handler: ({ userDirectory }, { params, ctx }) => userDirectory.get(ctx, params.id),
});

export const updateUser = endpoint({
  method: 'put',
  path: '/api/users/:id',
  operationId: 'updateUser',
  summary: 'Change a user',
  description:
    'Who gets another status is signed out everywhere within a second. Operators are changed under /api/admin-users.',
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  body: UpdateUserRequest,
  success: { status: 200, schema: UserDetailResponse },
  errors: ['USER_NOT_FOUND', 'USER_IS_OPERATOR'],
  audit: 'user.updated',
  handler: ({ userDirectory }, { params, body, ctx }) => userDirectory.update(ctx, params.id, body),
});

export const deleteUser = endpoint({
  method: 'delete',
  path: '/api/users/:id',
  operationId: 'deleteUser',
  summary: 'Delete a user',
  description:
    'Takes name, address, phone, picture, password and second factor from the account for good, ends its sessions and memberships, and lists it no longer. An empty row stays, since logs name it; what they say of it stays as long as they do. A tenant keeps an owner: its last one can not be deleted.',
  tags,
  access: platform('admin-users:delete'),
  params: IdParams,
  success: { status: 204 },
  errors: ['USER_NOT_FOUND', 'USER_IS_OPERATOR', 'LAST_OWNER'],
  audit: 'user.deleted',
  handler: ({ userDirectory }, { params, ctx }) => userDirectory.remove(ctx, params.id),
});

export const userEndpoints = [listUsers, getUser, updateUser, deleteUser] as const;
