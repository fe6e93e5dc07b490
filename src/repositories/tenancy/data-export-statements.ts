import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = `
  id, kind, format, filter, status, rows_written as "rowsWritten", storage_key as "storageKey", size,
  encode(sha256, 'hex') as sha256, failure_code as "failureCode", created_by as "createdBy", created_at as "createdAt",
  started_at as "startedAt", finished_at as "finishedAt", expires_at as "expiresAt"`;

const IS_UNFINISHED = "status in ('queued', 'running')";

/** What a list may ask for. */
export const filters = createFilters({ tenantId: 'tenant_id = ?', kinds: 'kind = any(?)', status: 'status = ?' });

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `
    select ${COLUMNS} from data_exports where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from data_exports where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${COLUMNS} from data_exports where tenant_id = $1 and id = $2`);

export const FIND_NEWEST = statement(`
  select ${COLUMNS} from data_exports where tenant_id = $1 and kind = $2 order by created_at desc, id desc limit 1`);

/** One request for an export of a tenant at a time. */
export const LOCK_REQUESTS = statement("select pg_advisory_xact_lock(hashtextextended('exports ' || $1, 0))");

export const COUNT_UNFINISHED = statement(
  `select count(*) as unfinished from data_exports where tenant_id = $1 and ${IS_UNFINISHED}`,
);

export const INSERT = statement(`
  insert into data_exports (tenant_id, id, kind, format, filter, created_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $7)
  returning ${COLUMNS}`);

/** $3 is where it will be stored, which tells this run from every other one; $4 is the time. */
export const CLAIM = statement(`
  update data_exports set status = 'running', storage_key = $3, rows_written = 0, started_at = $4, updated_at = $4
  where tenant_id = $1 and id = $2 and ${IS_UNFINISHED}
    and exists (select from tenants where tenants.id = $1 and deleted_at is null)
  returning ${COLUMNS}`);

const IS_RUN = "tenant_id = $1 and id = $2 and storage_key = $3 and status = 'running'";

export const SET_PROGRESS = statement(`
  update data_exports set rows_written = $4, updated_at = $5 where ${IS_RUN}`);

export const COMPLETE = statement(`
  update data_exports set status = 'succeeded', rows_written = $4, size = $5, sha256 = decode($6, 'hex'),
    finished_at = $7, expires_at = $8, updated_at = $7
  where ${IS_RUN}
  returning ${COLUMNS}`);

export const FAIL = statement(`
  update data_exports set status = 'failed', failure_code = $4, finished_at = $5, expires_at = $6, updated_at = $5
  where ${IS_RUN}
  returning ${COLUMNS}`);

/** $2 is the code, $3 the time, $4 when they are forgotten; $5 is when they last showed signs of life. */
export const FAIL_ABANDONED_OF_TENANT = statement(`
  update data_exports set status = 'failed', failure_code = $2, finished_at = $3, expires_at = $4, updated_at = $3
  where tenant_id = $1 and ${IS_UNFINISHED} and updated_at < $5`);

export const FAIL_ABANDONED = statement(`
  update data_exports set status = 'failed', failure_code = $1, finished_at = $2, expires_at = $3, updated_at = $2
  where (tenant_id, id) in (
    select tenant_id, id from data_exports where ${IS_UNFINISHED} and updated_at < $4
    order by updated_at limit $5 for update skip locked)`);

export const DELETE = statement(`delete from data_exports where tenant_id = $1 and id = $2 returning ${COLUMNS}`);

export const LIST_EXPIRED = statement(`
  select tenant_id as "tenantId", id from data_exports
  where expires_at < $1 and status in ('succeeded', 'failed') and storage_key is not null
  order by expires_at limit $2`);

/** A failed one stays failed; none has a file any more. */
export const MARK_EXPIRED = statement(`
  update data_exports set status = case status when 'succeeded' then 'expired' else status end, storage_key = null, updated_at = $3
  where tenant_id = $1 and id = $2 and status in ('succeeded', 'failed')`);

export const DELETE_EXPIRED_BEFORE = statement(`
  delete from data_exports where (tenant_id, id) in (
    select tenant_id, id from data_exports where expires_at < $1 and storage_key is null order by expires_at limit $2)`);
