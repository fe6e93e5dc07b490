import type { ImpersonationController } from '../../controllers/identity/impersonation.controller.ts';
import { platform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { ImpersonationResponse, StartImpersonationRequest } from '../../validators/identity/impersonation.schema.ts';

export interface ImpersonationRouteDeps {
  readonly impersonations: ImpersonationController;
}

const endpoint = endpointsFor<ImpersonationRouteDeps>();

export const startImpersonation = endpoint({
  method: 'post',
  path: '/api/tenants/:id/impersonate',
  operationId: 'startImpersonation',
  summary: "Work in the place of a tenant's user",
  description:
    "Answers a token (RFC 8693 `act`) for this tenant alone, with what both may do and, unless `full` is asked for, only what reads. Passwords, second factors, sessions, members, roles, API keys and security rules stay out of reach. Every request stands in the tenant's audit log under both names before it is done, and the tenant's owners are told by mail. Nothing extends it; `POST /api/auth/logout` ends it early, and so does whatever ends the operator's own rights. An operator who has a second factor must have shown it within five minutes, at sign-in or by `totpCode`.",
  tags: ['Impersonation'],
  access: platform('tenants:impersonate'),
  params: IdParams,
  body: StartImpersonationRequest,
  success: { status: 201, schema: ImpersonationResponse },
  errors: [
    'TENANT_NOT_FOUND',
    'IMPERSONATION_NOT_POSSIBLE',
    'TWO_FACTOR_REQUIRED',
    'TWO_FACTOR_CODE_INVALID',
    'TOO_MANY_ATTEMPTS',
  ],
  audit: 'impersonation.started',
  handler: ({ impersonations }, { params, body, ctx }) => impersonations.start(ctx, params.id, body),
});

export const impersonationEndpoints = [startImpersonation] as const;
