import { Readable } from 'node:stream';
import type { z } from 'zod';
import type { PlatformUserImportService } from '../../services/tenancy/platform-user-import.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { IncomingFile } from '../../types/incoming-file.ts';
import type { Page, Slice, SliceRequest } from '../../types/page.ts';
import type { ImportReportEntry, PlatformUserImport } from '../../types/tenancy/platform-user-import.ts';
import type {
  ListImportsQuery,
  PlatformUserImportResponse,
  RequestImportQuery,
} from '../../validators/tenancy/platform-user-import.schema.ts';

type ImportAnswer = z.input<typeof PlatformUserImportResponse>;

export interface PlatformUserImportControllerDeps {
  readonly imports: PlatformUserImportService;
}

export type PlatformUserImportController = ReturnType<typeof createPlatformUserImportController>;

export function createPlatformUserImportController({ imports }: PlatformUserImportControllerDeps) {
  return {
    async request(
      ctx: TenantContext,
      query: z.output<typeof RequestImportQuery>,
      upload: IncomingFile,
    ): Promise<ImportAnswer> {
      return toImportAnswer(await imports.request(ctx, query, upload));
    },

    async list(ctx: TenantContext, query: z.output<typeof ListImportsQuery>): Promise<Page<ImportAnswer>> {
      const page = await imports.list(ctx, query);
      return { ...page, items: page.items.map(toImportAnswer) };
    },

    async get(ctx: TenantContext, id: string): Promise<ImportAnswer> {
      return toImportAnswer(await imports.get(ctx, id));
    },

    errors(ctx: TenantContext, id: string, query: SliceRequest): Promise<Slice<ImportReportEntry>> {
      return imports.errors(ctx, id, query);
    },

    async errorsFile(ctx: TenantContext, id: string) {
      const content = Buffer.from(await imports.errorsCsv(ctx, id));
      return {
        size: content.length,
        contentType: 'text/csv; charset=utf-8',
        filename: `import-errors-${id}.csv`,
        body: Readable.from([content], { objectMode: false }),
      };
    },
  };
}

const toImportAnswer = ({ storageKey: _storageKey, ...of }: PlatformUserImport): ImportAnswer => of;
