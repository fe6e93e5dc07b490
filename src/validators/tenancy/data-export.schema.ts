import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';
import { PlatformUserKind, PlatformUserStatus } from './platform-user.schema.ts';

export const DataExportKind = z.enum(['platform_users', 'tenant']).meta({ id: 'DataExportKind', example: 'tenant' });

export const DataExportStatus = z
  .enum(['queued', 'running', 'succeeded', 'failed', 'expired'])
  .meta({ id: 'DataExportStatus', example: 'succeeded' });

const filter = {
  kind: PlatformUserKind.optional(),
  status: PlatformUserStatus.optional(),
  libraryId: id().optional(),
  search: search().meta({ description: 'In name and e-mail address', example: 'nair' }),
};

export const ExportPlatformUsersRequest = z
  .strictObject({ format: z.enum(['csv', 'xlsx']).meta({ example: 'csv' }), ...filter })
  .meta({ id: 'ExportPlatformUsersRequest' });

export const ExportTenantQuery = z.strictObject({
  fresh: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ description: 'Ask for a new archive, even if there is one.', example: 'true' }),
});

export const ListDataExportsQuery = pageQuery(['createdAt'], {
  kind: DataExportKind.optional(),
  status: DataExportStatus.optional(),
});

export const DataExportResponse = z
  .object({
    id: id(),
    kind: DataExportKind,
    format: z.enum(['csv', 'xlsx', 'zip']).meta({ example: 'zip' }),
    filter: z.object(filter).meta({ description: 'Which people were asked for.', example: { kind: 'student' } }),
    status: DataExportStatus,
    rowsWritten: z.number().int().meta({ description: 'So far, while it is being made.', example: 1250 }),
    size: z.number().int().nullable().meta({ description: 'Bytes; null until it has succeeded.', example: 482133 }),
    sha256: z.string().nullable().meta({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
    failureCode: z.string().nullable().meta({ description: 'Why it failed.', example: null }),
    createdBy: id().nullable(),
    createdAt: timestamp(),
    startedAt: timestamp().nullable(),
    finishedAt: timestamp().nullable(),
    expiresAt: timestamp().nullable().meta({ description: 'When its file is deleted.' }),
    contentPath: z.string().nullable().meta({
      description: 'Where its file is, once there is one and while there is.',
      example: '/api/exports/0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11/content',
    }),
  })
  .meta({ id: 'DataExport' });

export const TenantPurgeResponse = z
  .object({
    tenantId: id(),
    deletedRows: z
      .record(z.string(), z.number().int())
      .meta({ description: 'Rows that were deleted so far, by table.', example: { platform_users: 1250 } }),
    deletedObjects: z.number().int().meta({ description: 'Files that were deleted.', example: 37 }),
    deletedBytes: z.number().int().meta({ example: 48213312 }),
    keptTables: z.record(z.string(), z.string()).meta({
      description: 'Why the rest stays, by table or folder.',
      example: { invoice_sequences: 'Numbers that were given are never given again' },
    }),
    startedAt: timestamp(),
    finishedAt: timestamp().nullable(),
  })
  .meta({ id: 'TenantPurge' });
