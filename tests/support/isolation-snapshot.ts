import pg from 'pg';
import { type Catalog, readCatalog } from './catalog-reader.ts';
import { tenantColumn, walledTables } from './catalog-rules.ts';
import type { TestApp } from './test-app.ts';

/** How many rows a tenant has in each table, and a digest of them with the transactions that wrote them. */
export type BystanderRows = Readonly<Record<string, { readonly count: number; readonly digest: string | null }>>;

const catalogs = new WeakMap<TestApp, Catalog>();

async function catalogOf(app: TestApp): Promise<Catalog> {
  const known = catalogs.get(app);
  if (known !== undefined) return known;
  const client = new pg.Client({ connectionString: app.database.adminUrl });
  await client.connect();
  const catalog = await readCatalog(client);
  await client.end();
  catalogs.set(app, catalog);
  return catalog;
}

/** Everything a tenant has. An update that changes nothing shows as well: xmin is in the digest. */
export async function snapshotOf(app: TestApp, tenantId: string): Promise<BystanderRows> {
  const snapshot: Record<string, { count: number; digest: string | null }> = {};
  for (const table of walledTables(await catalogOf(app))) {
    const [row] = await app.rows<{ count: number; digest: string | null }>(
      `select count(*)::int as count, md5(string_agg(t::text || xmin::text, '|' order by t::text)) as digest
       from ${table.name} t where ${tenantColumn(table)} = $1`,
      [tenantId],
    );
    if (row !== undefined) snapshot[table.name] = row;
  }
  return snapshot;
}

/** The tenant's id and those of all its rows. */
export async function idsOf(app: TestApp, tenantId: string): Promise<string[]> {
  const ids = new Set([tenantId]);
  for (const table of walledTables(await catalogOf(app))) {
    if (!table.primaryKey.includes('id')) continue;
    const rows = await app.rows<{ id: string }>(`select id from ${table.name} where ${tenantColumn(table)} = $1`, [
      tenantId,
    ]);
    for (const { id } of rows) ids.add(id);
  }
  return [...ids];
}
