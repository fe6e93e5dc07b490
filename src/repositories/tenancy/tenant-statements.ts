import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = `
  id, name, slug, email, phone, address_lines as "addressLines", country, region, currency, time_zone as "timeZone", locale,
  tax_id as "taxId", status, suspended_at as "suspendedAt", suspend_reason as "suspendReason", metadata, version,
  created_at as "createdAt", updated_at as "updatedAt"`;

/** The column behind each field that lists may be sorted by. */
const SORT_COLUMNS = { createdAt: 'created_at', name: 'name' } as const;

export type TenantSortField = keyof typeof SORT_COLUMNS;

/** What a list may ask for. */
export const filters = createFilters({
  id: 'id = ?',
  status: 'status = ?',
  planId: 'exists (select from subscriptions where tenant_id = tenants.id and plan_id = ? and ended_at is null)',
  search: "lower(name || ' ' || slug || ' ' || email) like ?",
});

/**
 * Values: the filters', then limit and offset. Planned without knowing the pattern, a search would walk the sort order row by
 * row: its matches are found first, by tenants_search.
 */
export const listStatement = statementFamily((given: string, field: TenantSortField, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  const isSearch = given.split(',').includes('search');
  return `
    with matching as ${isSearch ? 'materialized' : 'not materialized'} (select * from tenants where deleted_at is null and ${text})
    select ${COLUMNS} from matching
    order by ${SORT_COLUMNS[field]} ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from tenants where deleted_at is null and ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${COLUMNS} from tenants where id = $1 and deleted_at is null`);
export const LOCK = statement(`select ${COLUMNS} from tenants where id = $1 and deleted_at is null for update`);
export const FIND_STATUS = statement('select status from tenants where id = $1 and deleted_at is null');

const PROFILE_COLUMNS =
  'name, email, phone, address_lines, country, region, currency, time_zone, locale, tax_id, metadata, updated_at';

/** $1 is the id, $2 to $13 the profile and the time, $14 the slug. */
export const INSERT = statement(`
  insert into tenants (id, ${PROFILE_COLUMNS}, slug, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $13)
  returning ${COLUMNS}`);

export const UPDATE_PROFILE = statement(`
  update tenants set (${PROFILE_COLUMNS}) = row ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13), version = version + 1
  where id = $1 and deleted_at is null
  returning ${COLUMNS}`);

export const UPDATE_STATE = statement(`
  update tenants set status = $2, suspended_at = $3, suspend_reason = $4, updated_at = $5, version = version + 1
  where id = $1 and deleted_at is null
  returning ${COLUMNS}`);

export const SOFT_DELETE = statement(`
  update tenants set status = 'inactive', deleted_at = $2, updated_at = $2, version = version + 1
  where id = $1 and deleted_at is null`);
