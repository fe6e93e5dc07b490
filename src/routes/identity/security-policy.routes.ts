import type { SecurityPolicyController } from '../../controllers/identity/security-policy.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  ReplaceSecurityPolicyRequest,
  SecurityPolicyResponse,
} from '../../validators/identity/security-policy.schema.ts';

export interface SecurityPolicyRouteDeps {
  readonly securityPolicy: SecurityPolicyController;
}

const endpoint = endpointsFor<SecurityPolicyRouteDeps>();
const tags = ['Security'] as const;

export const getSecurityPolicy = endpoint({
  method: 'get',
  path: '/api/security/policy',
  operationId: 'getSecurityPolicy',
  summary: 'Get the security policy',
  description: "The tenant's; for operators who name no tenant, the platform's.",
  tags,
  access: tenantOrPlatform('security:read'),
  success: { status: 200, schema: SecurityPolicyResponse },
  handler: ({ securityPolicy }, { ctx }) => securityPolicy.get(ctx),
});

export const updateSecurityPolicy = endpoint({
  method: 'put',
  path: '/api/security/policy',
  operationId: 'updateSecurityPolicy',
  summary: 'Set the security policy',
  description:
    'Replaces all of it, and holds from the next sign-in or refresh on. It can only be stricter than what it stands under. Who asks for a second factor must have one where it is asked of them too. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenantOrPlatform('security:write'),
  body: ReplaceSecurityPolicyRequest,
  success: { status: 200, schema: SecurityPolicyResponse },
  errors: ['POLICY_WEAKER_THAN_PLATFORM', 'TWO_FACTOR_NOT_ENABLED', 'VERSION_CONFLICT'],
  audit: 'policy.updated',
  handler: ({ securityPolicy }, { body, ctx }) => securityPolicy.replace(ctx, body),
});

export const securityPolicyEndpoints = [getSecurityPolicy, updateSecurityPolicy] as const;
