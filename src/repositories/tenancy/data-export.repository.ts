import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type {
  DataExport,
  DataExportFilter,
  DataExportKind,
  FinishedExport,
  NewDataExport,
} from '../../types/tenancy/data-export.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import * as sql from './data-export-statements.ts';

type ExportRow = Pick<DataExport, keyof DataExport>;

/** One run of the job that writes an export. */
export interface ExportRun {
  readonly id: string;
  /** Where this run stores its file: no other run stores anything there. */
  readonly storageKey: string;
}

/** How and when exports end that nobody works at any more. */
export interface AbandonedExports {
  readonly failureCode: string;
  readonly now: string;
  readonly expiresAt: string;
  /** They have shown no signs of life since. */
  readonly before: string;
}

export type DataExportRepository = ReturnType<typeof createDataExportRepository>;

export function createDataExportRepository({ database }: { database: Database }) {
  return {
    /** @param kinds those that the caller may see */
    async list(
      ctx: TenantContext,
      filter: DataExportFilter,
      kinds: readonly DataExportKind[],
    ): Promise<Page<DataExport>> {
      const { direction } = parseSort(filter.sort, ['createdAt']);
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.tenantId,
        kinds: [kinds],
        status: filter.status,
      });
      const [items, counted] = await Promise.all([
        database.query<ExportRow>(ctx, sql.listStatement(names, direction), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<DataExport | null> {
      const [row] = await database.query<ExportRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    async findNewest(ctx: TenantContext, kind: DataExportKind): Promise<DataExport | null> {
      const [row] = await database.query<ExportRow>(ctx, sql.FIND_NEWEST, [ctx.scope.tenantId, kind]);
      return row ?? null;
    },

    /** Lets nobody else ask for an export of the tenant until the transaction ends. */
    async lockRequests(ctx: TenantTxContext): Promise<void> {
      await database.query(ctx, sql.LOCK_REQUESTS, [ctx.scope.tenantId]);
    },

    async countUnfinished(ctx: TenantTxContext): Promise<number> {
      const [row] = await database.query<{ unfinished: number }>(ctx, sql.COUNT_UNFINISHED, [ctx.scope.tenantId]);
      return row?.unfinished ?? 0;
    },

    async insert(ctx: TenantTxContext, asked: NewDataExport): Promise<DataExport> {
      const { id, kind, format, filter, createdBy, createdAt } = asked;
      const values = [ctx.scope.tenantId, id, kind, format, filter, createdBy, createdAt];
      const [row] = await database.query<ExportRow>(ctx, sql.INSERT, values);
      return invariant(row, 'An insert returns its row');
    },

    /**
     * Makes a run the one that may finish the export.
     * @returns null when it has ended, or its tenant is gone
     */
    async markRunning(ctx: TenantContext, { id, storageKey }: ExportRun, now: string): Promise<DataExport | null> {
      const [row] = await database.query<ExportRow>(ctx, sql.CLAIM, [ctx.scope.tenantId, id, storageKey, now]);
      return row ?? null;
    },

    /** @returns false when the run is not the export's any more */
    async setProgress(ctx: TenantContext, run: ExportRun, rowsWritten: number, now: string): Promise<boolean> {
      const values = [ctx.scope.tenantId, run.id, run.storageKey, rowsWritten, now];
      return (await database.execute(ctx, sql.SET_PROGRESS, values)) > 0;
    },

    /** @returns null when the run is not the export's any more */
    async markSucceeded(ctx: TenantTxContext, run: ExportRun, finished: FinishedExport): Promise<DataExport | null> {
      const { rowsWritten, size, sha256, finishedAt, expiresAt } = finished;
      const values = [ctx.scope.tenantId, run.id, run.storageKey, rowsWritten, size, sha256, finishedAt, expiresAt];
      const [row] = await database.query<ExportRow>(ctx, sql.COMPLETE, values);
      return row ?? null;
    },

    /** @returns null when the run is not the export's any more */
    async markFailed(
      ctx: TenantTxContext,
      run: ExportRun,
      failureCode: string,
      now: string,
      expiresAt: string,
    ): Promise<DataExport | null> {
      const values = [ctx.scope.tenantId, run.id, run.storageKey, failureCode, now, expiresAt];
      const [row] = await database.query<ExportRow>(ctx, sql.FAIL, values);
      return row ?? null;
    },

    async markAbandonedFailed(ctx: TenantTxContext, abandoned: AbandonedExports): Promise<void> {
      const { failureCode, now, expiresAt, before } = abandoned;
      await database.execute(ctx, sql.FAIL_ABANDONED_OF_TENANT, [
        ctx.scope.tenantId,
        failureCode,
        now,
        expiresAt,
        before,
      ]);
    },

    /** Of all tenants. @returns how many there were, `limit` at the most */
    markAllAbandonedFailed(ctx: Context<PlatformScope>, abandoned: AbandonedExports, limit: number): Promise<number> {
      const { failureCode, now, expiresAt, before } = abandoned;
      return database.execute(ctx, sql.FAIL_ABANDONED, [failureCode, now, expiresAt, before, limit]);
    },

    async delete(ctx: TenantTxContext, id: string): Promise<DataExport | null> {
      const [row] = await database.query<ExportRow>(ctx, sql.DELETE, [ctx.scope.tenantId, id]);
      return row ?? null;
    },

    /** The oldest exports of all tenants whose files have had their time. */
    listExpired(
      ctx: Context<PlatformScope>,
      now: string,
      limit: number,
    ): Promise<{ tenantId: TenantId; id: string }[]> {
      return database.query(ctx, sql.LIST_EXPIRED, [now, limit]);
    },

    /** The files are gone. */
    async markExpired(ctx: Context<PlatformScope>, tenantId: TenantId, id: string, now: string): Promise<void> {
      await database.execute(ctx, sql.MARK_EXPIRED, [tenantId, id, now]);
    },

    /** Forgets exports whose files have been gone for long. @returns how many there were, `limit` at the most */
    deleteExpiredBefore(ctx: Context<PlatformScope>, before: string, limit: number): Promise<number> {
      return database.execute(ctx, sql.DELETE_EXPIRED_BEFORE, [before, limit]);
    },
  };
}
