import type { TenantSettingsController } from '../../controllers/tenancy/tenant-settings.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  TenantSettingsResponse,
  UpdateTenantSettingsRequest,
} from '../../validators/tenancy/tenant-settings.schema.ts';

export interface TenantSettingsRouteDeps {
  readonly tenantSettings: TenantSettingsController;
}

const endpoint = endpointsFor<TenantSettingsRouteDeps>();
const tags = ['Tenants'] as const;

export const getTenantSettings = endpoint({
  method: 'get',
  path: '/api/tenants/:id/settings',
  operationId: 'getTenantSettings',
  summary: "Get a tenant's settings",
  description: "All of them: what was not set has its default. Locale and support contact default to the tenant's own.",
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: TenantSettingsResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenantSettings }, { params, ctx }) => tenantSettings.get(ctx, params.id),
});

export const updateTenantSettings = endpoint({
  method: 'put',
  path: '/api/tenants/:id/settings',
  operationId: 'updateTenantSettings',
  summary: "Change a tenant's settings",
  description:
    'What is absent stays; null gives the default back, of a field or a whole group. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenantOrPlatform('tenants:write'),
  params: IdParams,
  body: UpdateTenantSettingsRequest,
  success: { status: 200, schema: TenantSettingsResponse },
  errors: ['TENANT_NOT_FOUND', 'VERSION_CONFLICT'],
  audit: 'tenant_settings.updated',
  handler: ({ tenantSettings }, { params, body, ctx }) => tenantSettings.update(ctx, params.id, body),
});

export const tenantSettingsEndpoints = [getTenantSettings, updateTenantSettings] as const;
