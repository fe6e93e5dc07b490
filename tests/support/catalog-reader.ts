import type pg from 'pg';

export interface ColumnFacts {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
}

export interface IndexFacts {
  readonly name: string;
  /** An expression's place holds its SQL. */
  readonly columns: readonly string[];
  readonly unique: boolean;
  readonly partial: boolean;
}

export interface ForeignKeyFacts {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
}

export interface PolicyFacts {
  readonly name: string;
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly command: string;
  readonly using: string | null;
  readonly check: string | null;
}

export interface TriggerFacts {
  readonly name: string;
  readonly definition: string;
  readonly enabled: boolean;
}

export interface GrantFacts {
  readonly role: string;
  readonly privilege: string;
  /** Where the privilege is not for the whole table. */
  readonly columns: readonly string[] | null;
}

/** A table as the server's catalog has it. */
export interface TableFacts {
  readonly name: string;
  readonly owner: string;
  readonly rowSecurity: boolean;
  readonly forced: boolean;
  readonly columns: readonly ColumnFacts[];
  readonly primaryKey: readonly string[];
  readonly indexes: readonly IndexFacts[];
  readonly foreignKeys: readonly ForeignKeyFacts[];
  readonly policies: readonly PolicyFacts[];
  readonly triggers: readonly TriggerFacts[];
  readonly grants: readonly GrantFacts[];
}

export interface RoleFacts {
  readonly name: string;
  /** Attributes that would reach over the wall: SUPERUSER, BYPASSRLS and the like. */
  readonly powers: readonly string[];
  readonly memberOf: readonly string[];
  /** Schemas it may use besides those of PostgreSQL itself. */
  readonly schemas: readonly string[];
  readonly createsIn: readonly string[];
}

export interface ViewFacts {
  readonly name: string;
  readonly materialized: boolean;
  readonly securityInvoker: boolean;
  readonly grantees: readonly string[];
}

export interface FunctionFacts {
  readonly name: string;
  readonly securityDefiner: boolean;
  readonly leakproof: boolean;
  readonly source: string;
}

export interface Catalog {
  readonly tables: readonly TableFacts[];
  readonly roles: readonly RoleFacts[];
  readonly views: readonly ViewFacts[];
  readonly functions: readonly FunctionFacts[];
}

const columnNames = (relation: string, numbers: string): string => `(
  select coalesce(json_agg(a.attname order by key.place), '[]') from unnest(${numbers}) with ordinality key (number, place)
  join pg_attribute a on a.attrelid = ${relation} and a.attnum = key.number)`;

const GRANTEE = "case acl.grantee when 0 then 'public' else pg_get_userbyid(acl.grantee)::text end";

const TABLES = `
  select c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity as "rowSecurity", c.relforcerowsecurity as forced,
    (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull) order by a.attnum)
     from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    coalesce((select ${columnNames('c.oid', 'k.conkey')} from pg_constraint k where k.conrelid = c.oid and k.contype = 'p'), '[]') as "primaryKey",
    (select coalesce(json_agg(json_build_object('name', i.indexrelid::regclass::text, 'unique', i.indisunique, 'partial', i.indpred is not null,
        'columns', (select json_agg(pg_get_indexdef(i.indexrelid, n, true) order by n) from generate_series(1, i.indnkeyatts) n))), '[]')
     from pg_index i where i.indrelid = c.oid) as indexes,
    (select coalesce(json_agg(json_build_object('name', k.conname, 'target', k.confrelid::regclass::text,
        'columns', ${columnNames('k.conrelid', 'k.conkey')}, 'targetColumns', ${columnNames('k.confrelid', 'k.confkey')}) order by k.conname), '[]')
     from pg_constraint k where k.conrelid = c.oid and k.contype = 'f') as "foreignKeys",
    (select coalesce(json_agg(json_build_object('name', p.polname, 'permissive', p.polpermissive, 'command', p.polcmd,
        'roles', (select json_agg(case r when 0 then 'public' else pg_get_userbyid(r)::text end) from unnest(p.polroles) r),
        'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid)) order by p.polname), '[]')
     from pg_policy p where p.polrelid = c.oid) as policies,
    (select coalesce(json_agg(json_build_object('name', t.tgname, 'definition', pg_get_triggerdef(t.oid), 'enabled', t.tgenabled <> 'D') order by t.tgname), '[]')
     from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers,
    (select coalesce(json_agg(g), '[]') from (
       select ${GRANTEE} as role, acl.privilege_type as privilege, null::text[] as columns
       from aclexplode(c.relacl) acl where acl.grantee <> c.relowner
       union all
       select ${GRANTEE}, acl.privilege_type, array_agg(a.attname::text order by a.attname)
       from pg_attribute a, aclexplode(a.attacl) acl where a.attrelid = c.oid and acl.grantee <> c.relowner group by 1, 2) g) as grants
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  order by c.relname`;

const ROLES = `
  select r.rolname as name,
    (select coalesce(json_agg(power), '[]') from (values (r.rolsuper, 'SUPERUSER'), (r.rolbypassrls, 'BYPASSRLS'), (r.rolcreaterole, 'CREATEROLE'),
       (r.rolcreatedb, 'CREATEDB'), (r.rolreplication, 'REPLICATION')) as powers (has, power) where has) as powers,
    (select coalesce(json_agg(pg_get_userbyid(m.roleid)), '[]') from pg_auth_members m where m.member = r.oid) as "memberOf",
    (select coalesce(json_agg(n.nspname order by n.nspname), '[]') from pg_namespace n
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and has_schema_privilege(r.oid, n.oid, 'usage')) as schemas,
    (select coalesce(json_agg(n.nspname order by n.nspname), '[]') from pg_namespace n
     where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and has_schema_privilege(r.oid, n.oid, 'create')) as "createsIn"
  from pg_roles r where r.rolname like 'rowhouse%' order by r.rolname`;

const VIEWS = `
  select c.relname as name, c.relkind = 'm' as materialized,
    exists (select from unnest(c.reloptions) o where o in ('security_invoker=true', 'security_invoker=on', 'security_invoker=1')) as "securityInvoker",
    (select coalesce(json_agg(distinct ${GRANTEE}), '[]') from aclexplode(c.relacl) acl where acl.grantee <> c.relowner) as grantees
  from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('v', 'm')
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

const FUNCTIONS = `
  select p.proname as name, p.prosecdef as "securityDefiner", p.proleakproof as leakproof, coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid)) as source
  from pg_proc p where p.pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  order by p.proname`;

type Client = Pick<pg.ClientBase, 'query'>;

/** Reads the schema `public` of a database, and the product's roles, as a superuser. */
export async function readCatalog(client: Client): Promise<Catalog> {
  const tables = await client.query<TableFacts>(TABLES);
  const roles = await client.query<RoleFacts>(ROLES);
  const views = await client.query<ViewFacts>(VIEWS);
  const functions = await client.query<FunctionFacts>(FUNCTIONS);
  return { tables: tables.rows, roles: roles.rows, views: views.rows, functions: functions.rows };
}
