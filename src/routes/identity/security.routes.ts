import type { SecurityController } from '../../controllers/identity/security.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ListLockoutsQuery,
  ListLoginAttemptsQuery,
  ListSecurityEventsQuery,
  LockoutResponse,
  LoginAttemptResponse,
  SecurityEventResponse,
  SecurityOverviewQuery,
  SecurityOverviewResponse,
} from '../../validators/identity/security.schema.ts';

export interface SecurityRouteDeps {
  readonly security: SecurityController;
}

const endpoint = endpointsFor<SecurityRouteDeps>();
const tags = ['Security'] as const;

export const getSecurityOverview = endpoint({
  method: 'get',
  path: '/api/security/overview',
  operationId: 'getSecurityOverview',
  summary: 'Get the security overview',
  description:
    'How people signed in, day by day, and how accounts are protected. Operators see the whole installation.',
  tags,
  access: tenantOrPlatform('security:read'),
  query: SecurityOverviewQuery,
  success: { status: 200, schema: SecurityOverviewResponse },
  handler: ({ security }, { query, ctx }) => security.getOverview(ctx, query),
});

export const listSecurityEvents = endpoint({
  method: 'get',
  path: '/api/security/events',
  operationId: 'listSecurityEvents',
  summary: 'List security events',
  description: 'The newest first. Operators see those of every tenant and of the platform itself.',
  tags,
  access: tenantOrPlatform('security:read'),
  query: ListSecurityEventsQuery,
  success: { status: 200, slice: SecurityEventResponse },
  handler: ({ security }, { query, ctx }) => security.listEvents(ctx, query),
});

export const listLoginAttempts = endpoint({
  method: 'get',
  path: '/api/security/login-attempts',
  operationId: 'listLoginAttempts',
  summary: 'List tries to sign in',
  description:
    'The newest first. Operators see those of every tenant, and those of accounts that do not exist or belong to no tenant.',
  tags,
  access: tenantOrPlatform('security:read'),
  query: ListLoginAttemptsQuery,
  success: { status: 200, slice: LoginAttemptResponse },
  handler: ({ security }, { query, ctx }) => security.listAttempts(ctx, query),
});

export const listLockouts = endpoint({
  method: 'get',
  path: '/api/security/lockouts',
  operationId: 'listLockouts',
  summary: 'List lock-outs',
  description:
    "Who has to wait now after too many attempts. A tenant sees its members', without operators; operators see everybody's, and those of network addresses.",
  tags,
  access: tenantOrPlatform('security:read'),
  query: ListLockoutsQuery,
  success: { status: 200, page: LockoutResponse },
  handler: ({ security }, { query, ctx }) => security.listLockouts(ctx, query),
});

export const removeLockout = endpoint({
  method: 'delete',
  path: '/api/security/lockouts/:id',
  operationId: 'removeLockout',
  summary: 'Unlock',
  description: 'Lets somebody try again at once. The attempts that led to the lock-out are forgotten.',
  tags,
  access: tenantOrPlatform('security:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['LOCKOUT_NOT_FOUND'],
  audit: 'lockout.removed',
  handler: ({ security }, { params, ctx }) => security.removeLockout(ctx, params.id),
});

export const securityEndpoints = [
  getSecurityOverview,
  listSecurityEvents,
  listLoginAttempts,
  listLockouts,
  removeLockout,
] as const;
