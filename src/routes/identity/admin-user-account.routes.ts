import type { AdminUserController } from '../../controllers/identity/admin-user.controller.ts';
import { platform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  AdminUserResponse,
  AdminUserSessionParams,
  AdminUserSessionResponse,
  ListAdminUserSessionsQuery,
  SetAdminUserTwoFactorRequest,
} from '../../validators/identity/admin-user.schema.ts';

export interface AdminUserAccountRouteDeps {
  readonly adminUsers: AdminUserController;
}

const endpoint = endpointsFor<AdminUserAccountRouteDeps>();
const tags = ['Admin users'] as const;

export const inviteAdminUser = endpoint({
  method: 'post',
  path: '/api/admin-users/:id/invite',
  operationId: 'inviteAdminUser',
  summary: 'Send an invitation again',
  description:
    'To an operator who has not chosen a password yet. The link that was mailed before ends with the new one.',
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  success: { status: 200, schema: AdminUserResponse },
  errors: ['OPERATOR_NOT_FOUND', 'OPERATOR_OUTRANKED', 'PERMISSION_NOT_HELD', 'OPERATOR_ALREADY_JOINED'],
  idempotent: true,
  audit: 'operator.invited',
  handler: ({ adminUsers }, { params, ctx }) => adminUsers.invite(ctx, params.id),
});

export const resetAdminUserPassword = endpoint({
  method: 'post',
  path: '/api/admin-users/:id/reset-password',
  operationId: 'resetAdminUserPassword',
  summary: 'Mail an operator a link to choose another password',
  description: 'Nobody sets or sees the password of somebody else; the one they have works until they choose another.',
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  success: { status: 200, schema: AdminUserResponse },
  errors: ['OPERATOR_NOT_FOUND', 'OPERATOR_OUTRANKED', 'OPERATOR_NOT_ACTIVE', 'OPERATOR_INVITATION_OPEN'],
  idempotent: true,
  audit: 'operator.password_reset_requested',
  handler: ({ adminUsers }, { params, ctx }) => adminUsers.resetPassword(ctx, params.id),
});

export const setAdminUserTwoFactor = endpoint({
  method: 'post',
  path: '/api/admin-users/:id/toggle-mfa',
  operationId: 'setAdminUserTwoFactor',
  summary: "Require an operator's second factor, or take it away",
  description:
    'With `enabled` they have to set one up when they sign in next. Without, none is asked for, and the authenticator and the recovery codes that were there are gone: for somebody who has lost them. Either way they are signed out everywhere. Their own second factor is set up and disabled under /api/auth.',
  tags,
  access: platform('admin-users:write'),
  params: IdParams,
  body: SetAdminUserTwoFactorRequest,
  success: { status: 200, schema: AdminUserResponse },
  errors: ['OPERATOR_NOT_FOUND', 'OPERATOR_OUTRANKED', 'OWN_STANDING_FIXED'],
  audit: 'operator.two_factor_changed',
  handler: ({ adminUsers }, { params, body, ctx }) => adminUsers.setTwoFactor(ctx, params.id, body),
});

export const listAdminUserSessions = endpoint({
  method: 'get',
  path: '/api/admin-users/:id/sessions',
  operationId: 'listAdminUserSessions',
  summary: 'List where an operator is signed in',
  tags,
  access: platform('admin-users:read'),
  params: IdParams,
  query: ListAdminUserSessionsQuery,
  success: { status: 200, page: AdminUserSessionResponse },
  errors: ['OPERATOR_NOT_FOUND'],
  handler: ({ adminUsers }, { params, query, ctx }) => adminUsers.listSessions(ctx, params.id, query),
});

export const revokeAdminUserSession = endpoint({
  method: 'delete',
  path: '/api/admin-users/:id/sessions/:sessionId',
  operationId: 'revokeAdminUserSession',
  summary: 'Sign an operator out on one device',
  tags,
  access: platform('admin-users:write'),
  params: AdminUserSessionParams,
  success: { status: 204 },
  errors: ['OPERATOR_NOT_FOUND', 'OPERATOR_OUTRANKED', 'SESSION_NOT_FOUND'],
  audit: 'session.revoked',
  handler: ({ adminUsers }, { params, ctx }) => adminUsers.revokeSession(ctx, params.id, params.sessionId),
});

export const adminUserAccountEndpoints = [
  inviteAdminUser,
  resetAdminUserPassword,
  setAdminUserTwoFactor,
  listAdminUserSessions,
  revokeAdminUserSession,
] as const;
