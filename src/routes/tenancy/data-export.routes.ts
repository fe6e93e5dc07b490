import type { DataExportController } from '../../controllers/tenancy/data-export.controller.ts';
import type { TenantPurgeController } from '../../controllers/tenancy/tenant-purge.controller.ts';
import { platform, tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  DataExportResponse,
  ExportPlatformUsersRequest,
  ExportTenantQuery,
  ListDataExportsQuery,
  TenantPurgeResponse,
} from '../../validators/tenancy/data-export.schema.ts';

export interface DataExportRouteDeps {
  readonly dataExports: DataExportController;
  readonly tenantPurges: TenantPurgeController;
}

const endpoint = endpointsFor<DataExportRouteDeps>();
const tags = ['Exports'] as const;

/** Said once, at the list. */
const WHO_MAY = 'An archive of all the data is there only for those who also have `tenants:export`.';

export const exportPlatformUsers = endpoint({
  method: 'post',
  path: '/api/platform-users/bulk-export',
  operationId: 'exportPlatformUsers',
  summary: 'Export people to CSV or Excel',
  description:
    'All of them, or those that the filters of the list find. The file is made in the background and kept for seven days. In CSV, text that a spreadsheet would take for a formula begins with an apostrophe; in Excel every cell is text.',
  tags,
  access: tenant('platform-users:read'),
  body: ExportPlatformUsersRequest,
  success: { status: 202, schema: DataExportResponse },
  errors: ['EXPORT_LIMIT_REACHED'],
  idempotent: true,
  audit: 'export.requested',
  handler: ({ dataExports }, { body, ctx }) => dataExports.requestPlatformUsers(ctx, body),
});

export const exportTenant = endpoint({
  method: 'get',
  path: '/api/tenants/:id/export',
  operationId: 'exportTenant',
  summary: "Export all of a tenant's data",
  description:
    'Answers with the newest archive, whatever its status: one that waits or is being made, or one whose file can be had at `contentPath` until it expires. Where there is none, or with `fresh=true` and none on its way, a new one is queued, which the audit log shows. The ZIP has a file of JSON lines for each table (data/), the files (files/), documents (documents/), and manifest.json with the SHA-256 of each of them and with what is left out. Secrets are in none of them. Cookies do not come along from other sites (SameSite=Strict), so that no foreign page can queue one.',
  tags,
  access: tenant('tenants:export'),
  params: IdParams,
  query: ExportTenantQuery,
  success: { status: 202, schema: DataExportResponse },
  errors: ['TENANT_NOT_FOUND', 'EXPORT_LIMIT_REACHED'],
  rateLimit: 'write',
  handler: ({ dataExports }, { params, query, ctx }) => dataExports.requestTenant(ctx, params.id, query.fresh),
});

export const listExports = endpoint({
  method: 'get',
  path: '/api/exports',
  operationId: 'listExports',
  summary: 'List exports',
  description: WHO_MAY,
  tags,
  access: tenant('platform-users:read'),
  query: ListDataExportsQuery,
  success: { status: 200, page: DataExportResponse },
  handler: ({ dataExports }, { query, ctx }) => dataExports.list(ctx, query),
});

export const getExport = endpoint({
  method: 'get',
  path: '/api/exports/:id',
  operationId: 'getExport',
  summary: 'Get what has become of an export',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 200, schema: DataExportResponse },
  errors: ['EXPORT_NOT_FOUND'],
  handler: ({ dataExports }, { params, ctx }) => dataExports.get(ctx, params.id),
});

export const downloadExport = endpoint({
  method: 'get',
  path: '/api/exports/:id/content',
  operationId: 'downloadExport',
  summary: 'Download the file of an export',
  description: 'All of it, or the range that is asked for.',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 200, file: { contentType: 'application/octet-stream', seekable: true } },
  errors: ['EXPORT_NOT_FOUND', 'EXPORT_NOT_READY', 'STORAGE_UNAVAILABLE'],
  handler: ({ dataExports }, { params, ctx }) => dataExports.download(ctx, params.id),
});

export const deleteExport = endpoint({
  method: 'delete',
  path: '/api/exports/:id',
  operationId: 'deleteExport',
  summary: 'Delete an export and its file',
  description: 'One that is waiting or being made is given up.',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 204 },
  errors: ['EXPORT_NOT_FOUND'],
  audit: 'export.deleted',
  handler: ({ dataExports }, { params, ctx }) => dataExports.remove(ctx, params.id),
});

export const getTenantPurge = endpoint({
  method: 'get',
  path: '/api/tenants/:id/purge',
  operationId: 'getTenantPurge',
  summary: 'Get what was deleted of a tenant for good',
  description:
    'Once its retention period is over, the data of a deleted tenant goes: all but the books and the audit log. The record is there from its first row on.',
  tags,
  access: platform('tenants:read'),
  params: IdParams,
  success: { status: 200, schema: TenantPurgeResponse },
  errors: ['TENANT_PURGE_NOT_FOUND'],
  handler: ({ tenantPurges }, { params, ctx }) => tenantPurges.get(ctx, params.id),
});

export const dataExportEndpoints = [
  exportPlatformUsers,
  exportTenant,
  listExports,
  getExport,
  downloadExport,
  deleteExport,
  getTenantPurge,
] as const;
