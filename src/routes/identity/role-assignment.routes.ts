import type { RoleAssignmentController } from '../../controllers/identity/role-assignment.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  AssignRoleRequest,
  MemberRoleParams,
  MemberRolesParams,
  MemberRolesResponse,
} from '../../validators/identity/role.schema.ts';

export interface RoleAssignmentRouteDeps {
  readonly roleAssignments: RoleAssignmentController;
}

const endpoint = endpointsFor<RoleAssignmentRouteDeps>();
const tags = ['Roles'] as const;

export const listMemberRoles = endpoint({
  method: 'get',
  path: '/api/rbac/users/:userId/roles',
  operationId: 'listMemberRoles',
  summary: "List a member's roles",
  description: 'The roles somebody has in the tenant, and what they allow together.',
  tags,
  access: tenant('rbac:read'),
  params: MemberRolesParams,
  success: { status: 200, schema: MemberRolesResponse },
  errors: ['MEMBER_NOT_FOUND'],
  handler: ({ roleAssignments }, { params, ctx }) => roleAssignments.list(ctx, params.userId),
});

export const assignRole = endpoint({
  method: 'post',
  path: '/api/rbac/users/:userId/roles',
  operationId: 'assignRole',
  summary: 'Give a member a role',
  description:
    "A system role takes the place of the one they have; one of the tenant's own is added. Giving a role they have already changes nothing. Nobody gives a rank above their own or permissions they do not have, touches who ranks above them, or gives themselves anything.",
  tags,
  access: tenant('rbac:write'),
  params: MemberRolesParams,
  body: AssignRoleRequest,
  success: { status: 200, schema: MemberRolesResponse },
  errors: [
    'MEMBER_NOT_FOUND',
    'ROLE_NOT_FOUND',
    'RANK_TOO_LOW',
    'PERMISSION_NOT_HELD',
    'OWN_ROLES_FIXED',
    'LAST_OWNER',
  ],
  audit: 'role.assigned',
  handler: ({ roleAssignments }, { params, body, ctx }) => roleAssignments.assign(ctx, params.userId, body),
});

export const removeMemberRole = endpoint({
  method: 'delete',
  path: '/api/rbac/users/:userId/roles/:roleId',
  operationId: 'removeMemberRole',
  summary: 'Take a role from a member',
  description: 'Without their system role they are a plain member. An active owner stays.',
  tags,
  access: tenant('rbac:write'),
  params: MemberRoleParams,
  success: { status: 204 },
  errors: ['MEMBER_NOT_FOUND', 'ROLE_NOT_ASSIGNED', 'BASE_ROLE_FIXED', 'RANK_TOO_LOW', 'LAST_OWNER'],
  audit: 'role.unassigned',
  handler: ({ roleAssignments }, { params, ctx }) => roleAssignments.unassign(ctx, params.userId, params.roleId),
});

export const roleAssignmentEndpoints = [listMemberRoles, assignRole, removeMemberRole] as const;
