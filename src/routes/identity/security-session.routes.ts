import type { SecuritySessionController } from '../../controllers/identity/security-session.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ListSecuritySessionsQuery,
  SecuritySessionResponse,
} from '../../validators/identity/security-session.schema.ts';

export interface SecuritySessionRouteDeps {
  readonly securitySessions: SecuritySessionController;
}

const endpoint = endpointsFor<SecuritySessionRouteDeps>();
const tags = ['Security'] as const;

export const listSecuritySessions = endpoint({
  method: 'get',
  path: '/api/security/sessions',
  operationId: 'listSecuritySessions',
  summary: 'List live sessions',
  description: 'A tenant sees the sessions that were opened in it; operators see all of them.',
  tags,
  access: tenantOrPlatform('security:read'),
  query: ListSecuritySessionsQuery,
  success: { status: 200, page: SecuritySessionResponse },
  handler: ({ securitySessions }, { query, ctx }) => securitySessions.list(ctx, query),
});

export const revokeSecuritySession = endpoint({
  method: 'delete',
  path: '/api/security/sessions/:id',
  operationId: 'revokeSecuritySession',
  summary: 'End a session',
  description: 'It ends everywhere within a second. Nobody ends the session of somebody who ranks above them.',
  tags,
  access: tenantOrPlatform('security:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['SESSION_NOT_FOUND', 'RANK_TOO_LOW'],
  audit: 'session.revoked',
  handler: ({ securitySessions }, { params, ctx }) => securitySessions.revoke(ctx, params.id),
});

export const securitySessionEndpoints = [listSecuritySessions, revokeSecuritySession] as const;
