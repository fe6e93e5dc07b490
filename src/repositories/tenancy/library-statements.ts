import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const COLUMNS = `
  id, name, code, description, address_lines as "addressLines", phone, email, seats, opening_hours as "openingHours",
  time_zone as "timeZone", status, version, created_at as "createdAt", updated_at as "updatedAt"`;

/** The column behind each field that lists may be sorted by. */
const SORT_COLUMNS = { createdAt: 'created_at', name: 'name' } as const;

export type LibrarySortField = keyof typeof SORT_COLUMNS;

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  status: 'status = ?',
  search: "lower(name || ' ' || code) like ?",
});

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily((given: string, field: LibrarySortField, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `
    select ${COLUMNS} from libraries where ${text}
    order by ${SORT_COLUMNS[field]} ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from libraries where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${COLUMNS} from libraries where tenant_id = $1 and id = $2`);
export const LOCK = statement(`select ${COLUMNS} from libraries where tenant_id = $1 and id = $2 for update`);
export const LOCK_KEY = statement('select id from libraries where tenant_id = $1 and id = $2 for key share');

const PROFILE_COLUMNS =
  'name, code, description, address_lines, phone, email, seats, opening_hours, time_zone, status, updated_at';

/** $1 is the tenant, $2 the id, $3 to $13 the profile and the time. */
export const INSERT = statement(`
  insert into libraries (tenant_id, id, ${PROFILE_COLUMNS}, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)
  returning ${COLUMNS}`);

export const UPDATE = statement(`
  update libraries set (${PROFILE_COLUMNS}) = row ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13), version = version + 1
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

export const DELETE = statement('delete from libraries where tenant_id = $1 and id = $2');

export const FIND_PERSON = statement('select from platform_users where tenant_id = $1 and library_id = $2 limit 1');
