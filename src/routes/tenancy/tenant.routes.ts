import type { TenantController } from '../../controllers/tenancy/tenant.controller.ts';
import { invariant } from '../../errors/app-error.ts';
import { platform, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreateTenantRequest,
  ListTenantsQuery,
  SuspendTenantRequest,
  TenantResponse,
  UpdateTenantRequest,
} from '../../validators/tenancy/tenant.schema.ts';

export interface TenantRouteDeps {
  readonly tenants: TenantController;
}

const endpoint = endpointsFor<TenantRouteDeps>();
const tags = ['Tenants'] as const;

export const listTenants = endpoint({
  method: 'get',
  path: '/api/tenants',
  operationId: 'listTenants',
  summary: 'List tenants',
  description: 'Operators see all of them, everybody else their own one.',
  tags,
  access: tenantOrPlatform('tenants:read'),
  query: ListTenantsQuery,
  success: { status: 200, page: TenantResponse },
  handler: ({ tenants }, { query, ctx }) => tenants.list(ctx, query),
});

export const createTenant = endpoint({
  method: 'post',
  path: '/api/tenants',
  operationId: 'createTenant',
  summary: 'Create a tenant',
  description: 'Creates the tenant together with its owner, its wallet and its trial: all of it, or nothing.',
  tags,
  access: platform('tenants:write'),
  body: CreateTenantRequest,
  success: { status: 201, schema: TenantResponse },
  errors: [
    'TENANT_SLUG_TAKEN',
    'EMAIL_TAKEN',
    'PLAN_NOT_FOUND',
    'PLAN_UNAVAILABLE',
    'PASSWORD_REFUSED',
    'SIGN_IN_BUSY',
  ],
  idempotent: true,
  audit: 'tenant.created',
  prepare: ({ tenants }, { body }) => tenants.prepareOwner(body),
  handler: ({ tenants }, { body, ctx, prepared }) =>
    tenants.create(ctx, body, invariant(prepared, 'The owner is prepared')),
});

export const getTenant = endpoint({
  method: 'get',
  path: '/api/tenants/:id',
  operationId: 'getTenant',
  summary: 'Get a tenant',
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: TenantResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenants }, { params, ctx }) => tenants.get(ctx, params.id),
});

export const updateTenant = endpoint({
  method: 'put',
  path: '/api/tenants/:id',
  operationId: 'updateTenant',
  summary: 'Change a tenant',
  description: 'The slug is for good. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenantOrPlatform('tenants:write'),
  params: IdParams,
  body: UpdateTenantRequest,
  success: { status: 200, schema: TenantResponse },
  errors: ['TENANT_NOT_FOUND', 'VERSION_CONFLICT'],
  audit: 'tenant.updated',
  handler: ({ tenants }, { params, body, ctx }) => tenants.update(ctx, params.id, body),
});

export const deleteTenant = endpoint({
  method: 'delete',
  path: '/api/tenants/:id',
  operationId: 'deleteTenant',
  summary: 'Delete a tenant',
  description:
    'The tenant is gone for everybody at once; its rows and its slug stay until the retention period is over (`TENANT_RETENTION_DAYS`).',
  tags,
  access: platform('tenants:delete'),
  params: IdParams,
  success: { status: 204 },
  errors: ['TENANT_NOT_FOUND'],
  audit: 'tenant.deleted',
  handler: ({ tenants }, { params, ctx }) => tenants.remove(ctx, params.id),
});

export const suspendTenant = endpoint({
  method: 'post',
  path: '/api/tenants/:id/suspend',
  operationId: 'suspendTenant',
  summary: 'Suspend a tenant',
  description: "Within a second every call of the tenant's users is refused with TENANT_SUSPENDED.",
  tags,
  access: platform('tenants:write'),
  params: IdParams,
  body: SuspendTenantRequest,
  success: { status: 200, schema: TenantResponse },
  errors: ['TENANT_NOT_FOUND', 'TENANT_STATE_CONFLICT'],
  audit: 'tenant.suspended',
  handler: ({ tenants }, { params, body, ctx }) => tenants.suspend(ctx, params.id, body),
});

export const activateTenant = endpoint({
  method: 'post',
  path: '/api/tenants/:id/activate',
  operationId: 'activateTenant',
  summary: 'Activate a tenant',
  description: 'Ends a suspension or a trial.',
  tags,
  access: platform('tenants:write'),
  params: IdParams,
  success: { status: 200, schema: TenantResponse },
  errors: ['TENANT_NOT_FOUND', 'TENANT_STATE_CONFLICT'],
  audit: 'tenant.activated',
  handler: ({ tenants }, { params, ctx }) => tenants.activate(ctx, params.id),
});

export const tenantEndpoints = [
  listTenants,
  createTenant,
  getTenant,
  updateTenant,
  deleteTenant,
  suspendTenant,
  activateTenant,
] as const;
