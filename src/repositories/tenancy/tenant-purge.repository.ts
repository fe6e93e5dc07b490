import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { TenantTable } from '../../types/tenancy/tenant-data.ts';
import type { ObjectTotals, TenantPurge } from '../../types/tenancy/tenant-purge.ts';
import type { Database } from '../base/database.ts';
import { statement, statementFamily } from '../base/statement.ts';

type PurgeRow = Pick<TenantPurge, keyof TenantPurge>;

const COLUMNS = `
  tenant_id as "tenantId", deleted_rows as "deletedRows", deleted_objects as "deletedObjects",
  deleted_bytes as "deletedBytes", kept_tables as "keptTables", started_at as "startedAt", finished_at as "finishedAt"`;

const IS_DUE = 'deleted_at < $1 and purged_at is null';

const LIST_DUE = statement(`select id from tenants where ${IS_DUE} order by deleted_at limit $2`);

/** Whoever else is at this tenant keeps it. */
const LOCK_DUE = statement(`select id from tenants where ${IS_DUE} and id = $2 for update skip locked`);

const FIND = statement(`select ${COLUMNS} from tenant_purges where tenant_id = $1`);

const START = statement(`
  insert into tenant_purges (tenant_id, kept_tables, started_at) values ($1, $2, $3) on conflict (tenant_id) do nothing`);

/** The parts are out of the data map. Row by row they are found by their places: not every key is the same. */
const deleteStatement = statementFamily(
  (table: string, where: string) => `
    delete from ${table} where ctid = any (array(
      select ctid from ${table} where tenant_id = $1 ${where === '' ? '' : `and ${where}`} limit $2))`,
);

const ADD_DELETED_ROWS = statement(`
  update tenant_purges
  set deleted_rows = deleted_rows || jsonb_build_object($2::text, coalesce((deleted_rows ->> $2)::bigint, 0) + $3::bigint)
  where tenant_id = $1`);

const SET_OBJECT_TOTALS = statement(`
  update tenant_purges set deleted_objects = $2, deleted_bytes = $3 where tenant_id = $1`);

/** What is left is nobody's name, address or number; currency and country stay with the books. */
const TURN_INTO_TOMBSTONE = statement(`
  update tenants set name = 'Purged tenant', slug = 'purged-' || id, email = 'purged@tenant.invalid', phone = null,
    address_lines = '{}', region = null, tax_id = null, suspend_reason = null, metadata = '{}', purged_at = $2,
    updated_at = $2, version = version + 1
  where id = $1`);

const FINISH = statement(`
  update tenant_purges set finished_at = $2 where tenant_id = $1 returning ${COLUMNS}`);

export type TenantPurgeRepository = ReturnType<typeof createTenantPurgeRepository>;

/** Works on tenants that have been deleted, with the platform's rights. */
export function createTenantPurgeRepository({ database }: { database: Database }) {
  return {
    /** Tenants that were deleted before `before` and are not purged, the longest gone first. */
    async listDue(ctx: Context<PlatformScope>, before: string, limit: number): Promise<TenantId[]> {
      const rows = await database.query<{ id: TenantId }>(ctx, LIST_DUE, [before, limit]);
      return rows.map(({ id }) => id);
    },

    /**
     * Keeps everybody else from purging a tenant until the transaction ends.
     * @returns false when somebody else does, or has done it, or it is not due
     */
    async lockDue(ctx: TxContext<PlatformScope>, tenantId: TenantId, before: string): Promise<boolean> {
      return (await database.query(ctx, LOCK_DUE, [before, tenantId])).length > 0;
    },

    async findRecord(ctx: Context<PlatformScope>, tenantId: TenantId): Promise<TenantPurge | null> {
      const [row] = await database.query<PurgeRow>(ctx, FIND, [tenantId]);
      return row ?? null;
    },

    /** Begins the record of a locked tenant, unless it was begun before. */
    async insertRecord(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      keptTables: Readonly<Record<string, string>>,
      now: string,
    ): Promise<void> {
      await database.execute(ctx, START, [tenantId, keptTables, now]);
    },

    /** Deletes rows of a locked tenant, and writes down how many. @returns how many, `limit` at the most */
    async deleteRows(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      { name, purge }: Pick<TenantTable, 'name' | 'purge'>,
      limit: number,
    ): Promise<number> {
      if (purge.kind === 'keep') throw new RangeError(`${name} is kept`);
      const where = purge.kind === 'delete_some' ? purge.where : '';
      const deleted = await database.execute(ctx, deleteStatement(name, where), [tenantId, limit]);
      if (deleted > 0) await database.execute(ctx, ADD_DELETED_ROWS, [tenantId, name, deleted]);
      return deleted;
    },

    async setObjectTotals(
      ctx: TxContext<PlatformScope>,
      tenantId: TenantId,
      { objects, bytes }: ObjectTotals,
    ): Promise<void> {
      await database.execute(ctx, SET_OBJECT_TOTALS, [tenantId, objects, bytes]);
    },

    /** Leaves of a locked tenant what refers to nobody, and closes its record. */
    async markPurged(ctx: TxContext<PlatformScope>, tenantId: TenantId, now: string): Promise<TenantPurge | null> {
      await database.execute(ctx, TURN_INTO_TOMBSTONE, [tenantId, now]);
      const [row] = await database.query<PurgeRow>(ctx, FINISH, [tenantId, now]);
      return row ?? null;
    },
  };
}
