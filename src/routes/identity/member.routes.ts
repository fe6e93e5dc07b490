import type { MemberController } from '../../controllers/identity/member.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ListMembersQuery,
  MemberParams,
  MemberResponse,
  UpdateMemberRequest,
} from '../../validators/identity/member.schema.ts';

export interface MemberRouteDeps {
  readonly members: MemberController;
}

const endpoint = endpointsFor<MemberRouteDeps>();
const tags = ['Members'] as const;

export const listMembers = endpoint({
  method: 'get',
  path: '/api/tenants/:id/members',
  operationId: 'listMembers',
  summary: 'List members',
  tags,
  access: tenantOrPlatform('members:read'),
  params: IdParams,
  query: ListMembersQuery,
  success: { status: 200, page: MemberResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ members }, { params, query, ctx }) => members.list(ctx, params.id, query),
});

export const updateMember = endpoint({
  method: 'put',
  path: '/api/tenants/:id/members/:userId',
  operationId: 'updateMember',
  summary: 'Change a member',
  description:
    "Role and status. It holds for the member's sessions within a second. Nobody touches who ranks above them, or gives a rank above their own or permissions they do not have. An active owner stays.",
  tags,
  access: tenantOrPlatform('members:write'),
  params: MemberParams,
  body: UpdateMemberRequest,
  success: { status: 200, schema: MemberResponse },
  errors: ['TENANT_NOT_FOUND', 'MEMBER_NOT_FOUND', 'RANK_TOO_LOW', 'PERMISSION_NOT_HELD', 'LAST_OWNER'],
  audit: 'member.updated',
  handler: ({ members }, { params, body, ctx }) => members.update(ctx, params.id, params.userId, body),
});

export const removeMember = endpoint({
  method: 'delete',
  path: '/api/tenants/:id/members/:userId',
  operationId: 'removeMember',
  summary: 'Remove a member',
  description:
    'Ends the sessions they opened in the tenant; within a second their other sessions and their API keys no longer reach it. An active owner stays.',
  tags,
  access: tenantOrPlatform('members:write'),
  params: MemberParams,
  success: { status: 204 },
  errors: ['TENANT_NOT_FOUND', 'MEMBER_NOT_FOUND', 'RANK_TOO_LOW', 'LAST_OWNER'],
  audit: 'member.removed',
  handler: ({ members }, { params, ctx }) => members.remove(ctx, params.id, params.userId),
});

export const memberEndpoints = [listMembers, updateMember, removeMember] as const;
