import type { OwnSessionController } from '../../controllers/identity/own-session.controller.ts';
import { user } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { OwnSessionList } from '../../validators/identity/account.schema.ts';

export interface OwnSessionRouteDeps {
  readonly ownSessions: OwnSessionController;
}

const endpoint = endpointsFor<OwnSessionRouteDeps>();
const tags = ['Accounts'] as const;

export const listOwnSessions = endpoint({
  method: 'get',
  path: '/api/auth/sessions',
  operationId: 'listOwnSessions',
  summary: 'List the own sessions',
  description: 'Where the user is signed in now, newest first, at most 100.',
  tags,
  access: user(),
  success: { status: 200, schema: OwnSessionList },
  handler: ({ ownSessions }, { ctx }) => ownSessions.list(ctx),
});

export const revokeOwnSession = endpoint({
  method: 'delete',
  path: '/api/auth/sessions/:id',
  operationId: 'revokeOwnSession',
  summary: 'End one of the own sessions',
  description: 'Its refresh token ends at once, its access tokens within a second.',
  tags,
  access: user(),
  params: IdParams,
  success: { status: 204 },
  errors: ['SESSION_NOT_FOUND'],
  audit: 'session.revoked',
  handler: ({ ownSessions }, { params, ctx }) => ownSessions.revoke(ctx, params.id),
});

export const revokeOtherSessions = endpoint({
  method: 'delete',
  path: '/api/auth/sessions',
  operationId: 'revokeOtherSessions',
  summary: 'End all other own sessions',
  tags,
  access: user(),
  success: { status: 204 },
  audit: 'user.sessions_revoked',
  handler: ({ ownSessions }, { ctx }) => ownSessions.revokeOthers(ctx),
});

export const ownSessionEndpoints = [listOwnSessions, revokeOwnSession, revokeOtherSessions] as const;
