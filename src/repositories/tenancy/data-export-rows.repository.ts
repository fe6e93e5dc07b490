import type { Context, PlatformScope, TenantContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { ExportedPerson, PlatformUserExportFilter } from '../../types/tenancy/data-export.ts';
import type { ExportedRow, TenantTable } from '../../types/tenancy/tenant-data.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

type PersonRow = Pick<ExportedPerson, keyof ExportedPerson>;
type Row = Pick<ExportedRow, keyof ExportedRow>;

/** A file of a tenant whose content goes into an archive. */
export interface ExportedFile {
  readonly id: string;
  readonly name: string;
  readonly storageKey: string;
}

const peopleFilters = createFilters({
  tenantId: 'p.tenant_id = ?',
  kind: 'p.kind = ?',
  status: 'p.status = ?',
  libraryId: 'p.library_id = ?',
  search: "lower(p.name || ' ' || p.email) like ?",
  after: 'p.id > ?',
});

const readPeople = statementFamily((given: string) => {
  const { text, next } = peopleFilters.clause(given);
  return `
    select p.id, p.kind, p.name, p.email, p.phone, p.status, p.library_id as "libraryId", l.name as library, p.reference, p.notes,
      array(
        select s.email from guardianships g join platform_users s on s.tenant_id = g.tenant_id and s.id = g.student_id
        where g.tenant_id = p.tenant_id and g.parent_id = p.id order by s.email
      ) as "studentEmails", p.created_at as "createdAt", p.updated_at as "updatedAt"
    from platform_users p left join libraries l on l.tenant_id = p.tenant_id and l.id = p.library_id
    where ${text} order by p.id limit $${next}`;
});

/** The parts are names of tables and columns out of the data map. */
const readTable = statementFamily((table: string, key: string, omitted: string, isFirst: boolean) => {
  const columns = key === '' ? [] : key.split(',').map((column) => `"${column}"`);
  const places = columns.map((_, index) => `$${index + 3}`);
  const after = isFirst || columns.length === 0 ? '' : `and (${columns.join(', ')}) > (${places.join(', ')})`;
  const order = columns.length === 0 ? '' : `order by ${columns.join(', ')}`;
  return `
    select (to_jsonb(t) - '{${omitted}}'::text[])::text as json, array[${columns.map((column) => `${column}::text`)}]::text[] as key
    from ${table} t where tenant_id = $1 ${after} ${order} limit $2`;
});

const READ_TENANT = statement(`
  select (to_jsonb(t) - '{deleted_at,purged_at}'::text[])::text as json, '{}'::text[] as key from tenants t where id = $1`);

const MEMBER = `
  select json_build_object('user_id', u.id, 'name', u.name, 'email', u.email, 'phone', u.phone, 'role', m.role,
    'status', m.status, 'joined_at', m.created_at)::text as json, array[m.id::text] as key
  from memberships m join users u on u.id = m.user_id where m.tenant_id = $1`;

const READ_FIRST_MEMBERS = statement(`${MEMBER} order by m.id limit $2`);
const READ_MEMBERS = statement(`${MEMBER} and m.id > $3 order by m.id limit $2`);

const FILES = `select id, name, storage_key as "storageKey" from files where tenant_id = $1 and stored_at is not null`;

const READ_FIRST_FILES = statement(`${FILES} order by id limit $2`);
const READ_FILES = statement(`${FILES} and id > $3 order by id limit $2`);

export type DataExportRowsRepository = ReturnType<typeof createDataExportRowsRepository>;

/** Reads what exports have, a batch at a time, each in the order of its primary key and as of its own moment. */
export function createDataExportRowsRepository({ database }: { database: Database }) {
  return {
    /** @param after the id of the last one before; null for the beginning */
    readPeople(
      ctx: TenantContext,
      filter: PlatformUserExportFilter,
      after: string | null,
      limit: number,
    ): Promise<ExportedPerson[]> {
      const { names, values } = peopleFilters.given({
        tenantId: ctx.scope.tenantId,
        kind: filter.kind,
        status: filter.status,
        libraryId: filter.libraryId,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
        after: after ?? undefined,
      });
      return database.query<PersonRow>(ctx, readPeople(names), [...values, limit]);
    },

    /** @param after the key of the last row before; null for the beginning */
    readTable(
      ctx: TenantContext,
      { name, key, omitted }: Pick<TenantTable, 'name' | 'key'> & { readonly omitted: readonly string[] },
      after: readonly string[] | null,
      limit: number,
    ): Promise<ExportedRow[]> {
      const { tenantId } = ctx.scope;
      const text = readTable(name, key.join(','), omitted.join(','), after === null);
      return database.query<Row>(ctx, text, after === null ? [tenantId, limit] : [tenantId, limit, ...after]);
    },

    /** The tenant itself. */
    readTenant(ctx: TenantContext): Promise<ExportedRow[]> {
      return database.query<Row>(ctx, READ_TENANT, [ctx.scope.tenantId]);
    },

    /** Who works for a tenant, by name: people are in no tenant's own tables. */
    readMembers(
      ctx: Context<PlatformScope>,
      tenantId: TenantId,
      after: readonly string[] | null,
      limit: number,
    ): Promise<ExportedRow[]> {
      return after === null
        ? database.query<Row>(ctx, READ_FIRST_MEMBERS, [tenantId, limit])
        : database.query<Row>(ctx, READ_MEMBERS, [tenantId, limit, ...after]);
    },

    /** @param after the id of the last one before; null for the beginning */
    readFiles(ctx: TenantContext, after: string | null, limit: number): Promise<ExportedFile[]> {
      const { tenantId } = ctx.scope;
      return after === null
        ? database.query<Pick<ExportedFile, keyof ExportedFile>>(ctx, READ_FIRST_FILES, [tenantId, limit])
        : database.query<Pick<ExportedFile, keyof ExportedFile>>(ctx, READ_FILES, [tenantId, limit, after]);
    },
  };
}
