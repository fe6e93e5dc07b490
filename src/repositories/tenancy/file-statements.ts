import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** What lists may be sorted by, and the column behind it. */
const SORT_COLUMNS = { createdAt: 'created_at', name: 'name', size: 'size' } as const;

export type FileSortField = keyof typeof SORT_COLUMNS;

/** What a list may ask for. */
export const filters = createFilters({ tenantId: 'tenant_id = ?', search: 'lower(name) like ?' });

const COLUMNS = `id, name, content_type as "contentType", size, encode(sha256, 'hex') as sha256, storage_key as "storageKey",
  created_by as "createdBy", created_at as "createdAt"`;

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, field: FileSortField, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `
    select ${COLUMNS} from files where ${text} and stored_at is not null
    order by ${SORT_COLUMNS[field]} ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) =>
    `select count(*) as total from files where ${filters.clause(given).text} and stored_at is not null`,
);

export const FIND = statement(`
  select ${COLUMNS} from files where tenant_id = $1 and id = $2 and stored_at is not null`);

/** Size and hash are not known yet. */
export const INSERT_PENDING = statement(`
  with pending as (
    insert into files (tenant_id, id, name, storage_key, created_by, created_at, content_type, size, sha256)
    values ($1, $2, $3, $4, $5, $6, 'application/octet-stream', 0, '')
  )
  select count(*) as files, coalesce(sum(size), 0)::bigint as bytes
  from files where tenant_id = $1 and stored_at is not null`);

export const LOCK_USAGE = statement("select pg_advisory_xact_lock(hashtextextended('files ' || $1, 0))");

/** $3 to $6 are the content and the time, $7 the most files and $8 the most bytes of the tenant. */
export const MARK_STORED = statement(`
  update files set content_type = $3, size = $4::bigint, sha256 = decode($5, 'hex'), stored_at = $6
  where tenant_id = $1 and id = $2 and stored_at is null
    and (select count(*) < $7::bigint and coalesce(sum(size), 0) + $4::bigint <= $8::bigint
      from files where tenant_id = $1 and stored_at is not null)
  returning ${COLUMNS}`);

export const DELETE_STORED = statement(`
  delete from files where tenant_id = $1 and id = $2 and stored_at is not null returning ${COLUMNS}`);

export const DELETE_PENDING = statement('delete from files where tenant_id = $1 and id = $2 and stored_at is null');

export const LIST_ABANDONED = statement(`
  select tenant_id as "tenantId", id, storage_key as "storageKey"
  from files where stored_at is null and created_at < $1 order by created_at limit $2`);
