import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = `
  id, format, mode, file_name as "fileName", encode(sha256, 'hex') as sha256, storage_key as "storageKey", status,
  file_size as "fileSize", bytes_read as "bytesRead", rows_read as "rowsRead", rows_imported as "rowsImported",
  rows_invalid as "rowsInvalid", error_count as "errorCount", failure_code as "failureCode", created_by as "createdBy",
  created_at as "createdAt", started_at as "startedAt", finished_at as "finishedAt"`;

export const listStatement = statementFamily(
  (direction: 'asc' | 'desc') => `
    select ${COLUMNS} from platform_user_imports where tenant_id = $1
    order by created_at ${direction}, id ${direction} limit $2 offset $3`,
);

export const COUNT = statement('select count(*) as total from platform_user_imports where tenant_id = $1');

export const FIND = statement(`select ${COLUMNS} from platform_user_imports where tenant_id = $1 and id = $2`);

export const INSERT = statement(`
  insert into platform_user_imports
    (tenant_id, id, format, mode, file_name, sha256, storage_key, file_size, created_by, created_at, updated_at)
  values ($1, $2, $3, $4, $5, decode($6, 'hex'), $7, $8, $9, $10, $10)
  on conflict (tenant_id, id) do nothing
  returning ${COLUMNS}`);

/** The time that a run begins tells it from those before it: it is later than theirs. */
export const MARK_STARTED = statement(`
  update platform_user_imports set status = 'running', bytes_read = 0, rows_read = 0, rows_invalid = 0, error_count = 0,
    started_at = greatest($3::timestamptz, started_at + interval '1 millisecond'), updated_at = $3
  where tenant_id = $1 and id = $2 and status in ('queued', 'running')
  returning ${COLUMNS}`);

export const LOCK_RUN = statement(`
  select id from platform_user_imports
  where tenant_id = $1 and id = $2 and status = 'running' and started_at = $3 for no key update`);

export const LOCK_UNFINISHED = statement(`
  select id from platform_user_imports
  where tenant_id = $1 and id = $2 and status in ('queued', 'running') for no key update`);

export const UPDATE_PROGRESS = statement(`
  update platform_user_imports
  set bytes_read = $3, rows_read = $4, rows_invalid = $5, error_count = $6, updated_at = $7
  where tenant_id = $1 and id = $2`);

export const MARK_SUCCEEDED = statement(`
  update platform_user_imports set status = 'succeeded', rows_imported = $3, finished_at = $4, updated_at = $4
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

export const MARK_FAILED = statement(`
  update platform_user_imports set status = 'failed', failure_code = $3, finished_at = $4, updated_at = $4
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

export const SET_FILE_REMOVED = statement(
  'update platform_user_imports set storage_key = null where tenant_id = $1 and id = $2',
);

export const LIST_LEFT = statement(`
  select tenant_id as "tenantId", id, storage_key as "storageKey", status from platform_user_imports
  where (status in ('queued', 'running') or storage_key is not null) and updated_at < $1
  order by updated_at, id limit $2`);
