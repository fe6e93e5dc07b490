import type { z } from 'zod';
import type { FileService } from '../../services/tenancy/file.service.ts';
import type { ByteRange } from '../../types/byte-range.ts';
import type { TenantContext } from '../../types/context.ts';
import type { IncomingFile } from '../../types/incoming-file.ts';
import type { Page } from '../../types/page.ts';
import type { StoredFile } from '../../types/tenancy/file.ts';
import type { FileResponse, ListFilesQuery } from '../../validators/tenancy/file.schema.ts';

type FileAnswer = z.input<typeof FileResponse>;

export interface FileControllerDeps {
  readonly files: FileService;
}

export type FileController = ReturnType<typeof createFileController>;

export function createFileController({ files }: FileControllerDeps) {
  return {
    async list(ctx: TenantContext, query: z.output<typeof ListFilesQuery>): Promise<Page<FileAnswer>> {
      const page = await files.list(ctx, query);
      return { ...page, items: page.items.map(toFileAnswer) };
    },

    async get(ctx: TenantContext, id: string): Promise<FileAnswer> {
      return toFileAnswer(await files.get(ctx, id));
    },

    async upload(ctx: TenantContext, incoming: IncomingFile): Promise<FileAnswer> {
      return toFileAnswer(await files.upload(ctx, incoming));
    },

    async download(ctx: TenantContext, id: string) {
      const { file, open } = await files.content(ctx, id);
      return {
        size: file.size,
        contentType: file.contentType,
        filename: file.name,
        etag: `"${file.sha256}"`,
        open: (range?: ByteRange) => open(range),
      };
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await files.remove(ctx, id);
    },
  };
}

const toFileAnswer = ({ storageKey: _storageKey, ...file }: StoredFile): FileAnswer => file;
