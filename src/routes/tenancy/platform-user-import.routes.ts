import type { PlatformUserImportController } from '../../controllers/tenancy/platform-user-import.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ImportErrorResponse,
  ListImportErrorsQuery,
  ListImportsQuery,
  PlatformUserImportResponse,
  RequestImportQuery,
} from '../../validators/tenancy/platform-user-import.schema.ts';

export interface PlatformUserImportRouteDeps {
  readonly platformUserImports: PlatformUserImportController;
}

const endpoint = endpointsFor<PlatformUserImportRouteDeps>();
const tags = ['Platform users'] as const;

export const importPlatformUsers = endpoint({
  method: 'post',
  path: '/api/platform-users/bulk-import',
  operationId: 'importPlatformUsers',
  summary: 'Import people from a file',
  description: `A form with the one field \`file\`: CSV, a JSON array of objects, or one JSON object per line; up to 100,000 rows, in UTF-8.
The columns are \`kind\`, \`name\` and \`email\`, which every row has, and \`phone\`, \`status\`, \`library_id\`, \`reference\`, \`notes\` and
\`student_emails\`, in any order; in CSV the first line names them, and several addresses have a semicolon or space between them. The
rules are those of adding one person. Students that a parent names stand in the same file, or are there already.

The import runs in the background: ask for its progress. All its people are added at once, at its end.`,
  tags,
  access: tenant('platform-users:write'),
  query: RequestImportQuery,
  upload: { fieldName: 'file' },
  success: { status: 202, schema: PlatformUserImportResponse },
  errors: [
    'FILE_TOO_LARGE',
    'IMPORT_FILE_EMPTY',
    'IMPORT_FORMAT_UNSUPPORTED',
    'IMPORT_ENCODING_UNSUPPORTED',
    'IMPORT_ID_TAKEN',
    'STORAGE_UNAVAILABLE',
  ],
  audit: 'platform_user_import.requested',
  handler: ({ platformUserImports }, { query, upload, ctx }) => platformUserImports.request(ctx, query, upload),
});

export const listPlatformUserImports = endpoint({
  method: 'get',
  path: '/api/platform-users/imports',
  operationId: 'listPlatformUserImports',
  summary: 'List imports',
  tags,
  access: tenant('platform-users:read'),
  query: ListImportsQuery,
  success: { status: 200, page: PlatformUserImportResponse },
  handler: ({ platformUserImports }, { query, ctx }) => platformUserImports.list(ctx, query),
});

export const getPlatformUserImport = endpoint({
  method: 'get',
  path: '/api/platform-users/imports/:id',
  operationId: 'getPlatformUserImport',
  summary: 'Get the progress of an import',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 200, schema: PlatformUserImportResponse },
  errors: ['IMPORT_NOT_FOUND'],
  handler: ({ platformUserImports }, { params, ctx }) => platformUserImports.get(ctx, params.id),
});

export const listPlatformUserImportErrors = endpoint({
  method: 'get',
  path: '/api/platform-users/imports/:id/errors',
  operationId: 'listPlatformUserImportErrors',
  summary: 'List what is wrong with the rows of an import',
  description: 'In the order in which it was found, the first 10,000 errors.',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  query: ListImportErrorsQuery,
  success: { status: 200, slice: ImportErrorResponse },
  errors: ['IMPORT_NOT_FOUND'],
  handler: ({ platformUserImports }, { params, query, ctx }) => platformUserImports.errors(ctx, params.id, query),
});

export const downloadPlatformUserImportErrors = endpoint({
  method: 'get',
  path: '/api/platform-users/imports/:id/errors/csv',
  operationId: 'downloadPlatformUserImportErrors',
  summary: 'Download what is wrong with the rows of an import',
  description: 'All of it in one CSV file. What a spreadsheet would take for a formula has an apostrophe in front.',
  tags,
  access: tenant('platform-users:read'),
  params: IdParams,
  success: { status: 200, file: { contentType: 'text/csv' } },
  errors: ['IMPORT_NOT_FOUND'],
  handler: ({ platformUserImports }, { params, ctx }) => platformUserImports.errorsFile(ctx, params.id),
});

export const platformUserImportEndpoints = [
  importPlatformUsers,
  listPlatformUserImports,
  getPlatformUserImport,
  listPlatformUserImportErrors,
  downloadPlatformUserImportErrors,
] as const;
