import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type {
  AbandonedUpload,
  ContentFacts,
  FileFilter,
  PendingFile,
  StorageLimits,
  StorageUsage,
  StoredFile,
} from '../../types/tenancy/file.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import * as sql from './file-statements.ts';

const SORTABLE = ['createdAt', 'name', 'size'] as const satisfies readonly sql.FileSortField[];

type FileRow = Pick<StoredFile, keyof StoredFile>;

export type FileRepository = ReturnType<typeof createFileRepository>;

/** Files whose upload has not been completed are not there, except for those who complete or discard it. */
export function createFileRepository({ database }: { database: Database }) {
  return {
    async list(ctx: TenantContext, filter: FileFilter): Promise<Page<StoredFile>> {
      const { field, direction } = parseSort(filter.sort, SORTABLE);
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.tenantId,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, counted] = await Promise.all([
        database.query<FileRow>(ctx, sql.listStatement(names, field, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<StoredFile | null> {
      const [row] = await database.query<FileRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** Writes down that a file is coming. @returns what the tenant has stored already */
    async insertPending(ctx: TenantContext, file: PendingFile): Promise<StorageUsage> {
      const { id, name, storageKey, createdBy, createdAt } = file;
      const values = [ctx.scope.tenantId, id, name, storageKey, createdBy, createdAt];
      const [usage] = await database.query<Pick<StorageUsage, keyof StorageUsage>>(ctx, sql.INSERT_PENDING, values);
      return invariant(usage, 'An aggregate has one row');
    },

    /**
     * Makes a pending file one of the tenant's, unless that would exceed its limits; one upload at a time.
     * @returns null when it would
     */
    async markStored(
      ctx: TenantTxContext,
      id: string,
      { contentType, size, sha256 }: ContentFacts,
      limits: StorageLimits,
      now: string,
    ): Promise<StoredFile | null> {
      const { tenantId } = ctx.scope;
      await database.query(ctx, sql.LOCK_USAGE, [tenantId]);
      const values = [tenantId, id, contentType, size, sha256, now, limits.files, limits.bytes];
      const [row] = await database.query<FileRow>(ctx, sql.MARK_STORED, values);
      return row ?? null;
    },

    async deleteStored(ctx: TenantTxContext, id: string): Promise<StoredFile | null> {
      const [row] = await database.query<FileRow>(ctx, sql.DELETE_STORED, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    async deletePending(ctx: Context, tenantId: TenantId, id: string): Promise<void> {
      await database.execute(ctx, sql.DELETE_PENDING, [tenantId, id]);
    },

    /** The oldest uploads of all tenants that were begun before `before` and are not complete. */
    listAbandoned(ctx: Context<PlatformScope>, before: string, limit: number): Promise<AbandonedUpload[]> {
      return database.query<Pick<AbandonedUpload, keyof AbandonedUpload>>(ctx, sql.LIST_ABANDONED, [before, limit]);
    },
  };
}
