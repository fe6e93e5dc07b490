import type { ContextController } from '../../controllers/identity/context.controller.ts';
import { user } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { SwitchContextRequest, SwitchContextResponse } from '../../validators/identity/context.schema.ts';

export interface ContextRouteDeps {
  readonly contexts: ContextController;
}

const endpoint = endpointsFor<ContextRouteDeps>();

export const switchContext = endpoint({
  method: 'post',
  path: '/api/auth/switch-context',
  operationId: 'switchContext',
  summary: 'Work in another tenant',
  description:
    'Gives an access token of the same session for another tenant that the user is an active member of. Tokens that are out go on where they are, so that two tabs can work in two tenants; with cookies, all tabs of a browser share one. The refresh token stays, and gives a token for the same place when `tenantId` is sent along. Operators always work on the platform: they name a tenant in X-Tenant-Id.',
  tags: ['Authentication'],
  access: user(),
  body: SwitchContextRequest,
  success: { status: 200, schema: SwitchContextResponse },
  errors: ['TENANT_ACCESS_DENIED', 'OPERATOR_CONTEXT_FIXED', 'TWO_FACTOR_REQUIRED', 'REAUTHENTICATION_REQUIRED'],
  audit: 'session.context_switched',
  handler: ({ contexts }, { body, ctx, cookies }) => contexts.switchContext(ctx, body, cookies),
});

export const contextEndpoints = [switchContext] as const;
