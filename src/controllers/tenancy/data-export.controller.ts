import type { z } from 'zod';
import type { DataExportService } from '../../services/tenancy/data-export.service.ts';
import type { ByteRange } from '../../types/byte-range.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { DataExport } from '../../types/tenancy/data-export.ts';
import type {
  DataExportResponse,
  ExportPlatformUsersRequest,
  ListDataExportsQuery,
} from '../../validators/tenancy/data-export.schema.ts';

type DataExportAnswer = z.input<typeof DataExportResponse>;

export interface DataExportControllerDeps {
  readonly exports: DataExportService;
}

export type DataExportController = ReturnType<typeof createDataExportController>;

export function createDataExportController({ exports }: DataExportControllerDeps) {
  return {
    async list(ctx: TenantContext, query: z.output<typeof ListDataExportsQuery>): Promise<Page<DataExportAnswer>> {
      const page = await exports.list(ctx, query);
      return { ...page, items: page.items.map(toAnswer) };
    },

    async get(ctx: TenantContext, id: string): Promise<DataExportAnswer> {
      return toAnswer(await exports.get(ctx, id));
    },

    async requestPlatformUsers(
      ctx: TenantContext,
      body: z.output<typeof ExportPlatformUsersRequest>,
    ): Promise<DataExportAnswer> {
      return toAnswer(await exports.requestPlatformUsers(ctx, body));
    },

    async requestTenant(ctx: TenantContext, tenantId: string, fresh: boolean): Promise<DataExportAnswer> {
      return toAnswer(await exports.requestTenant(ctx, tenantId, fresh));
    },

    async download(ctx: TenantContext, id: string) {
      const { size, sha256, contentType, fileName, open } = await exports.content(ctx, id);
      return { size, contentType, filename: fileName, etag: `"${sha256}"`, open: (range?: ByteRange) => open(range) };
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await exports.remove(ctx, id);
    },
  };
}

const toAnswer = ({ storageKey: _storageKey, ...fields }: DataExport): DataExportAnswer => ({
  ...fields,
  contentPath: fields.status === 'succeeded' ? `/api/exports/${fields.id}/content` : null,
});
