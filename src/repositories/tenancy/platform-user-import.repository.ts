import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type {
  ImportProgress,
  ImportRun,
  LeftImport,
  NewPlatformUserImport,
  PlatformUserImport,
} from '../../types/tenancy/platform-user-import.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import * as sql from './platform-user-import-statements.ts';

type ImportRow = Pick<PlatformUserImport, keyof PlatformUserImport>;

export type PlatformUserImportRepository = ReturnType<typeof createPlatformUserImportRepository>;

export function createPlatformUserImportRepository({ database }: { database: Database }) {
  return {
    async list(ctx: TenantContext, request: PageRequest): Promise<Page<PlatformUserImport>> {
      const { tenantId } = ctx.scope;
      const { direction } = parseSort(request.sort, ['createdAt']);
      const { page, limit } = request;
      const [items, counted] = await Promise.all([
        database.query<ImportRow>(ctx, sql.listStatement(direction), [tenantId, limit, offsetOf(request)]),
        database.query<{ total: number }>(ctx, sql.COUNT, [tenantId]),
      ]);
      return { items, page, limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<PlatformUserImport | null> {
      const [row] = await database.query<ImportRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** @returns null when the tenant has an import with this id */
    async insert(ctx: TenantTxContext, added: NewPlatformUserImport): Promise<PlatformUserImport | null> {
      const { id, format, mode, fileName, sha256, storageKey, fileSize, createdBy, createdAt } = added;
      const values = [id, format, mode, fileName, sha256, storageKey, fileSize, createdBy, createdAt];
      const [row] = await database.query<ImportRow>(ctx, sql.INSERT, [ctx.scope.tenantId, ...values]);
      return row ?? null;
    },

    /** Begins an import from its first row, and takes it over from a run before. @returns null when it has ended */
    async markStarted(ctx: TenantTxContext, id: string, now: string): Promise<PlatformUserImport | null> {
      const [row] = await database.query<ImportRow>(ctx, sql.MARK_STARTED, [ctx.scope.tenantId, id, now]);
      return row ?? null;
    },

    /** Keeps a run's import from being taken over or ended until the transaction ends. @returns whether it still is the run's */
    async lockRun(ctx: TenantTxContext, { importId, startedAt }: ImportRun): Promise<boolean> {
      return (await database.query(ctx, sql.LOCK_RUN, [ctx.scope.tenantId, importId, startedAt])).length > 0;
    },

    /** @returns whether the import has not ended; it does not until the transaction ends */
    async lockUnfinished(ctx: TenantTxContext, id: string): Promise<boolean> {
      return (await database.query(ctx, sql.LOCK_UNFINISHED, [ctx.scope.tenantId, id])).length > 0;
    },

    async updateProgress(ctx: TenantTxContext, id: string, progress: ImportProgress, now: string): Promise<void> {
      const { bytesRead, rowsRead, rowsInvalid, errorCount } = progress;
      const values = [ctx.scope.tenantId, id, bytesRead, rowsRead, rowsInvalid, errorCount, now];
      await database.execute(ctx, sql.UPDATE_PROGRESS, values);
    },

    /** Ends a locked import. */
    async markSucceeded(
      ctx: TenantTxContext,
      id: string,
      rowsImported: number,
      now: string,
    ): Promise<PlatformUserImport> {
      const values = [ctx.scope.tenantId, id, rowsImported, now];
      const [row] = await database.query<ImportRow>(ctx, sql.MARK_SUCCEEDED, values);
      return invariant(row, 'An import that is locked can be ended');
    },

    /** Ends a locked import. */
    async markFailed(ctx: TenantTxContext, id: string, failureCode: string, now: string): Promise<PlatformUserImport> {
      const values = [ctx.scope.tenantId, id, failureCode, now];
      const [row] = await database.query<ImportRow>(ctx, sql.MARK_FAILED, values);
      return invariant(row, 'An import that is locked can be ended');
    },

    /** Writes down that the file is no longer in the storage. */
    async setFileRemoved(ctx: TenantContext, id: string): Promise<void> {
      await database.execute(ctx, sql.SET_FILE_REMOVED, [ctx.scope.tenantId, id]);
    },

    /** The imports of all tenants that nobody has worked at since `before` and that are not finished, or still have their file. */
    listLeft(ctx: Context<PlatformScope>, before: string, limit: number): Promise<LeftImport[]> {
      return database.query<Pick<LeftImport, keyof LeftImport>>(ctx, sql.LIST_LEFT, [before, limit]);
    },
  };
}
