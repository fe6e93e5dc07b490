import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const SUMMARY_COLUMNS = `
  id, kind, name, email, phone, status, library_id as "libraryId", reference, version,
  created_at as "createdAt", updated_at as "updatedAt"`;

const COLUMNS = `${SUMMARY_COLUMNS}, notes`;

/** Relatives that are read of one person; a parent has no more students than a request can name. */
const MOST_RELATIVES = 100;

/** The column behind each field that lists may be sorted by. */
const SORT_COLUMNS = { createdAt: 'created_at', name: 'name' } as const;

export type PlatformUserSortField = keyof typeof SORT_COLUMNS;

/** What a list may ask for. */
export const filters = createFilters({
  tenantId: 'tenant_id = ?',
  kind: 'kind = ?',
  status: 'status = ?',
  libraryId: 'library_id = ?',
  search: "lower(name || ' ' || email) like ?",
});

/** Values: the filters', then limit and offset. */
export const listStatement = statementFamily(
  (given: string, field: PlatformUserSortField, direction: 'asc' | 'desc') => {
    const { text, next } = filters.clause(given);
    return `
      select ${SUMMARY_COLUMNS} from platform_users where ${text}
      order by ${SORT_COLUMNS[field]} ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
  },
);

export const countStatement = statementFamily(
  (given: string) => `select count(*) as total from platform_users where ${filters.clause(given).text}`,
);

export const FIND = statement(`select ${COLUMNS} from platform_users where tenant_id = $1 and id = $2`);
export const LOCK = statement(`select ${COLUMNS} from platform_users where tenant_id = $1 and id = $2 for update`);

/** The students of a parent and the parents of a student. */
export const FIND_RELATIVES = statement(`
  select relative.id, relative.kind, relative.name, relative.email, relative.phone, relative.status
  from (
    select student_id as id from guardianships where tenant_id = $1 and parent_id = $2
    union all
    select parent_id as id from guardianships where tenant_id = $1 and student_id = $2
  ) as related join platform_users relative on relative.tenant_id = $1 and relative.id = related.id
  order by relative.name, relative.id limit ${MOST_RELATIVES}`);

const PROFILE_COLUMNS = 'name, email, phone, library_id, reference, notes, updated_at';

/** $1 is the tenant, $2 the id, $3 to $9 the profile and the time, $10 the kind. */
export const INSERT = statement(`
  insert into platform_users (tenant_id, id, ${PROFILE_COLUMNS}, kind, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9)
  returning ${COLUMNS}`);

export const UPDATE_PROFILE = statement(`
  update platform_users set (${PROFILE_COLUMNS}) = row ($3, $4, $5, $6, $7, $8, $9), version = version + 1
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

export const SET_STATUS = statement(`
  update platform_users set status = $3, updated_at = $4, version = version + 1
  where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);

export const DELETE = statement('delete from platform_users where tenant_id = $1 and id = $2');
