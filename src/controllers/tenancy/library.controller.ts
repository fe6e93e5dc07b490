import type { z } from 'zod';
import type { LibraryService } from '../../services/tenancy/library.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { Library } from '../../types/tenancy/library.ts';
import type {
  CreateLibraryRequest,
  LibraryResponse,
  ListLibrariesQuery,
  UpdateLibraryRequest,
} from '../../validators/tenancy/library.schema.ts';

type LibraryAnswer = z.input<typeof LibraryResponse>;

export type LibraryController = ReturnType<typeof createLibraryController>;

export function createLibraryController({ libraries }: { readonly libraries: LibraryService }) {
  return {
    async list(ctx: TenantContext, query: z.output<typeof ListLibrariesQuery>): Promise<Page<LibraryAnswer>> {
      const page = await libraries.list(ctx, query);
      return { ...page, items: page.items.map(toLibraryAnswer) };
    },

    async get(ctx: TenantContext, id: string): Promise<LibraryAnswer> {
      return toLibraryAnswer(await libraries.get(ctx, id));
    },

    async create(ctx: TenantContext, body: z.output<typeof CreateLibraryRequest>): Promise<LibraryAnswer> {
      return toLibraryAnswer(await libraries.create(ctx, body));
    },

    async update(
      ctx: TenantContext,
      id: string,
      { version, ...changes }: z.output<typeof UpdateLibraryRequest>,
    ): Promise<LibraryAnswer> {
      return toLibraryAnswer(await libraries.update(ctx, id, version, changes));
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await libraries.remove(ctx, id);
    },
  };
}

const toLibraryAnswer = (library: Library): LibraryAnswer => ({
  ...library,
  addressLines: [...library.addressLines],
  openingHours: [...library.openingHours],
});
