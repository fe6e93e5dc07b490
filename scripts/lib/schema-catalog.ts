import type { Client } from 'pg';

/** One table, column, index, key or enum of a database. */
export type CatalogEntry = {
  /** What it is and what it is called: `column invoices.total`. */
  name: string;
  definition: string;
  /** Of a kind that a Prisma schema can't describe in full, so it may stand in the migrations alone. */
  handWritten: boolean;
};

export type Catalog = Map<string, CatalogEntry>;

/** The tables of Rowhouse: not Prisma's own, not those of extensions, of a partitioned table only the parent. */
const TABLES = `
  select c.oid, c.relname from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    and c.relname <> '_prisma_migrations'
    and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

const QUERIES = [
  `select 'table ' || t.relname as name, 'exists' as definition, false as "handWritten" from (${TABLES}) t`,

  /* PostgreSQL computes a generated column: Prisma knows its type at most. */
  `select 'column ' || t.relname || '.' || a.attname as name,
     case when a.attgenerated <> '' then format_type(a.atttypid, a.atttypmod)
     else concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
       'default ' || pg_get_expr(d.adbin, d.adrelid), case when a.attidentity <> '' then 'identity' end) end as definition,
     a.attgenerated <> '' as "handWritten"
   from (${TABLES}) t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum`,

  /* A Prisma schema has neither predicates, expressions, included columns, operator classes nor generated columns. */
  `select 'index ' || t.relname || '.' || c.relname as name,
     replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as definition,
     i.indpred is not null or i.indexprs is not null or i.indnkeyatts <> i.indnatts or i.indnullsnotdistinct
       or i.indisexclusion or m.amname <> 'btree'
       or exists (select from unnest(i.indclass) k join pg_opclass o on o.oid = k where not o.opcdefault)
       or exists (select from pg_attribute a where a.attrelid = t.oid and a.attnum = any (i.indkey) and a.attgenerated <> '')
       as "handWritten"
   from (${TABLES}) t join pg_index i on i.indrelid = t.oid and not i.indisprimary
     join pg_class c on c.oid = i.indexrelid join pg_am m on m.oid = c.relam`,

  `select case k.contype when 'p' then 'primary key ' else 'foreign key ' end || t.relname || '.' || k.conname as name,
     pg_get_constraintdef(k.oid) as definition, false as "handWritten"
   from (${TABLES}) t join pg_constraint k on k.conrelid = t.oid and k.contype in ('p', 'f')`,

  `select 'enum ' || y.typname as name, string_agg(e.enumlabel, ', ' order by e.enumsortorder) as definition,
     false as "handWritten"
   from pg_type y join pg_enum e on e.enumtypid = y.oid where y.typnamespace = 'public'::regnamespace group by y.typname`,
];

/** Everything of the schema `public` that Prisma knows of, by name. */
export const readCatalog = async (client: Client): Promise<Catalog> => {
  const catalog: Catalog = new Map();
  for (const query of QUERIES) {
    const { rows } = await client.query<CatalogEntry>(query);
    for (const entry of rows) catalog.set(entry.name, entry);
  }
  return catalog;
};

const isSame = (migrated: CatalogEntry, declared: CatalogEntry): boolean =>
  migrated.definition === declared.definition ||
  (migrated.handWritten && migrated.name.startsWith('column ') && declared.definition.startsWith(migrated.definition));

const isOfMissingTable = (name: string, missing: string[]): boolean =>
  missing.some((table) => name.includes(` ${table}.`));

/**
 * Differences between the database that the migrations make and the one that the Prisma schema declares, a sentence
 * each. What no Prisma schema can express may be in the migrations alone; all else must be in both and equal.
 */
export const compareCatalogs = (migrated: Catalog, declared: Catalog): string[] => {
  const differences: string[] = [];
  const missingTables: string[] = [];
  const report = (name: string, text: string): void => {
    if (isOfMissingTable(name, missingTables)) return;
    if (name.startsWith('table ')) missingTables.push(name.slice('table '.length));
    differences.push(`${name} ${text}`);
  };
  for (const [name, entry] of declared) {
    const counterpart = migrated.get(name);
    if (!counterpart) report(name, 'is in prisma/schema, not in the migrations');
    else if (!isSame(counterpart, entry)) {
      report(name, `is "${entry.definition}" by prisma/schema, "${counterpart.definition}" by the migrations`);
    }
  }
  for (const [name, { handWritten }] of migrated) {
    if (!handWritten && !declared.has(name)) report(name, 'is in the migrations, not in prisma/schema');
  }
  return differences.sort();
};
