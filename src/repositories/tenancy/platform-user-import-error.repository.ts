import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { ImportReportEntry } from '../../types/tenancy/platform-user-import.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const INSERT = statement(`
  insert into platform_user_import_errors (tenant_id, import_id, position, line, column_name, code, message)
  select $1, $2, * from unnest($3::int[], $4::int[], $5::text[], $6::text[], $7::text[])`);

const LIST = statement(`
  select position, line, column_name as "column", code, message from platform_user_import_errors
  where tenant_id = $1 and import_id = $2 and position > $3 order by position limit $4`);

const DELETE_ALL = statement('delete from platform_user_import_errors where tenant_id = $1 and import_id = $2');

type EntryRow = Pick<ImportReportEntry, keyof ImportReportEntry>;

export type PlatformUserImportErrorRepository = ReturnType<typeof createPlatformUserImportErrorRepository>;

/** The reports of imports. */
export function createPlatformUserImportErrorRepository({ database }: { database: Database }) {
  return {
    async insert(ctx: TenantTxContext, importId: string, entries: readonly ImportReportEntry[]): Promise<void> {
      await database.execute(ctx, INSERT, [
        ctx.scope.tenantId,
        importId,
        entries.map(({ position }) => position),
        entries.map(({ line }) => line),
        entries.map(({ column }) => column),
        entries.map(({ code }) => code),
        entries.map(({ message }) => message),
      ]);
    },

    /** The errors that follow a position, in their order. */
    list(ctx: TenantContext, importId: string, after: number, limit: number): Promise<ImportReportEntry[]> {
      return database.query<EntryRow>(ctx, LIST, [ctx.scope.tenantId, importId, after, limit]);
    },

    async deleteAll(ctx: TenantTxContext, importId: string): Promise<void> {
      await database.execute(ctx, DELETE_ALL, [ctx.scope.tenantId, importId]);
    },
  };
}
