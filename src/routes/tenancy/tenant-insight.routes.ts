import type { TenantAnalyticsController } from '../../controllers/tenancy/tenant-analytics.controller.ts';
import type { TenantUserController } from '../../controllers/tenancy/tenant-user.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { TenantAnalyticsResponse } from '../../validators/tenancy/tenant-analytics.schema.ts';
import { ListTenantUsersQuery, TenantUserResponse } from '../../validators/tenancy/tenant-user.schema.ts';

export interface TenantInsightRouteDeps {
  readonly tenantAnalytics: TenantAnalyticsController;
  readonly tenantUsers: TenantUserController;
}

const endpoint = endpointsFor<TenantInsightRouteDeps>();
const tags = ['Tenants'] as const;

export const getTenantAnalytics = endpoint({
  method: 'get',
  path: '/api/tenants/:id/analytics',
  operationId: 'getTenantAnalytics',
  summary: "Get a tenant's figures",
  description: 'Members, people, libraries, files and invoices; months are those of the time zone of the tenant.',
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: TenantAnalyticsResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenantAnalytics }, { params, ctx }) => tenantAnalytics.get(ctx, params.id),
});

export const listTenantUsers = endpoint({
  method: 'get',
  path: '/api/tenants/:id/users',
  operationId: 'listTenantUsers',
  summary: "List a tenant's users",
  description: 'Those who sign in to work for it. What may be changed about them is at the members.',
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  query: ListTenantUsersQuery,
  success: { status: 200, page: TenantUserResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenantUsers }, { params, query, ctx }) => tenantUsers.list(ctx, params.id, query),
});

export const tenantInsightEndpoints = [getTenantAnalytics, listTenantUsers] as const;
