import type { TenantBrandingController } from '../../controllers/tenancy/tenant-branding.controller.ts';
import { tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  TenantBrandingResponse,
  UpdateTenantBrandingRequest,
} from '../../validators/tenancy/tenant-branding.schema.ts';

export interface TenantBrandingRouteDeps {
  readonly tenantBranding: TenantBrandingController;
}

const endpoint = endpointsFor<TenantBrandingRouteDeps>();
const tags = ['Tenants'] as const;

export const getTenantBranding = endpoint({
  method: 'get',
  path: '/api/tenants/:id/branding',
  operationId: 'getTenantBranding',
  summary: "Get a tenant's branding",
  description: 'Design tokens and where the logo is; what was not set has its default.',
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: TenantBrandingResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ tenantBranding }, { params, ctx }) => tenantBranding.get(ctx, params.id),
});

export const updateTenantBranding = endpoint({
  method: 'put',
  path: '/api/tenants/:id/branding',
  operationId: 'updateTenantBranding',
  summary: "Change a tenant's branding",
  description:
    'What is absent stays; null gives the default back. Text on its background, and `onPrimary` on `primary`, need a contrast of at least 4.5 to 1. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenantOrPlatform('tenants:write'),
  params: IdParams,
  body: UpdateTenantBrandingRequest,
  success: { status: 200, schema: TenantBrandingResponse },
  errors: ['TENANT_NOT_FOUND', 'VERSION_CONFLICT', 'CONTRAST_TOO_LOW'],
  audit: 'tenant_branding.updated',
  handler: ({ tenantBranding }, { params, body, ctx }) => tenantBranding.update(ctx, params.id, body),
});

export const uploadTenantLogo = endpoint({
  method: 'post',
  path: '/api/tenants/:id/branding/logo',
  operationId: 'uploadTenantLogo',
  summary: "Replace a tenant's logo",
  description:
    'A PNG, JPEG, WebP or GIF of at most 5 MB and 25 megapixels. It is drawn anew, upright and within 1024 by 1024 pixels, without its metadata; of an animation the first picture is taken.',
  tags,
  access: tenantOrPlatform('tenants:write'),
  params: IdParams,
  upload: { fieldName: 'file' },
  success: { status: 200, schema: TenantBrandingResponse },
  errors: [
    'TENANT_NOT_FOUND',
    'IMAGE_TYPE_UNSUPPORTED',
    'IMAGE_TOO_LARGE',
    'IMAGE_UNREADABLE',
    'IMAGE_PROCESSING_BUSY',
    'STORAGE_UNAVAILABLE',
  ],
  audit: 'tenant_branding.logo_replaced',
  handler: ({ tenantBranding }, { params, upload, ctx }) => tenantBranding.replaceLogo(ctx, params.id, upload),
});

export const downloadTenantLogo = endpoint({
  method: 'get',
  path: '/api/tenants/:id/branding/logo',
  operationId: 'downloadTenantLogo',
  summary: "Download a tenant's logo",
  description: 'A PNG or a WebP.',
  tags,
  access: tenantOrPlatform('tenants:read'),
  params: IdParams,
  success: { status: 200, file: { contentType: 'image/*' } },
  errors: ['TENANT_NOT_FOUND', 'BRANDING_LOGO_NOT_FOUND', 'STORAGE_UNAVAILABLE'],
  handler: ({ tenantBranding }, { params, ctx }) => tenantBranding.openLogo(ctx, params.id),
});

export const tenantBrandingEndpoints = [
  getTenantBranding,
  updateTenantBranding,
  uploadTenantLogo,
  downloadTenantLogo,
] as const;
