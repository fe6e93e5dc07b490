import type { InvitationController } from '../../controllers/identity/invitation.controller.ts';
import { publicBecause, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  AcceptInvitationRequest,
  AcceptInvitationResponse,
  InvitationParams,
  InvitationResponse,
  InviteMemberRequest,
  ListInvitationsQuery,
} from '../../validators/identity/invitation.schema.ts';

export interface InvitationRouteDeps {
  readonly invitations: InvitationController;
}

const endpoint = endpointsFor<InvitationRouteDeps>();
const tags = ['Members'] as const;

export const inviteMember = endpoint({
  method: 'post',
  path: '/api/tenants/:id/members/invite',
  operationId: 'inviteMember',
  summary: 'Invite somebody',
  description:
    'Sends a link that is good for seven days and one use. Inviting an address again sends another link, and the one before is dead. Nobody gives a rank above their own or permissions they do not have. At most 50 invitations a day, and 3 an hour to one address.',
  tags,
  access: tenantOrPlatform('members:write'),
  params: IdParams,
  body: InviteMemberRequest,
  success: { status: 201, schema: InvitationResponse },
  errors: ['TENANT_NOT_FOUND', 'RANK_TOO_LOW', 'PERMISSION_NOT_HELD', 'ALREADY_MEMBER', 'INVITATION_LIMIT_REACHED'],
  audit: 'invitation.created',
  handler: ({ invitations }, { params, body, ctx }) => invitations.invite(ctx, params.id, body),
});

export const listInvitations = endpoint({
  method: 'get',
  path: '/api/tenants/:id/invitations',
  operationId: 'listInvitations',
  summary: 'List invitations',
  tags,
  access: tenantOrPlatform('members:read'),
  params: IdParams,
  query: ListInvitationsQuery,
  success: { status: 200, page: InvitationResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ invitations }, { params, query, ctx }) => invitations.list(ctx, params.id, query),
});

export const revokeInvitation = endpoint({
  method: 'delete',
  path: '/api/tenants/:id/invitations/:invitationId',
  operationId: 'revokeInvitation',
  summary: 'Take an invitation back',
  description: 'Its link is dead at once; the invitation stays in the list.',
  tags,
  access: tenantOrPlatform('members:write'),
  params: InvitationParams,
  success: { status: 204 },
  errors: ['TENANT_NOT_FOUND', 'INVITATION_NOT_FOUND', 'INVITATION_NOT_PENDING', 'RANK_TOO_LOW'],
  audit: 'invitation.revoked',
  handler: ({ invitations }, { params, ctx }) => invitations.revoke(ctx, params.id, params.invitationId),
});

export const acceptInvitation = endpoint({
  method: 'post',
  path: '/api/auth/accept-invitation',
  operationId: 'acceptInvitation',
  summary: 'Accept an invitation',
  description:
    'By the token of the mailed link. An account that is there gets the membership and stays as it is; otherwise the account is opened with the name and password given. A request that is refused for them leaves the token good. Opens no session: sign in afterwards. Invitations of operators are accepted here too.',
  tags,
  access: publicBecause('the invited person may have no account yet; the mailed token is the proof'),
  body: AcceptInvitationRequest,
  success: { status: 200, schema: AcceptInvitationResponse },
  errors: [
    'ONE_TIME_TOKEN_INVALID',
    'INVITATION_VOID',
    'ACCOUNT_DETAILS_REQUIRED',
    'PASSWORD_REFUSED',
    'EMAIL_TAKEN',
    'SIGN_IN_BUSY',
  ],
  rateLimit: 'auth',
  audit: 'invitation.accepted',
  handler: ({ invitations }, { body, ctx }) => invitations.accept(ctx, body),
});

export const invitationEndpoints = [inviteMember, listInvitations, revokeInvitation, acceptInvitation] as const;
