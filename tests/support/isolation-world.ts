import pg from 'pg';
import { type Catalog, readCatalog, type TableFacts } from './catalog-reader.ts';
import { type Row, seedTenant, type TenantRows } from './isolation-rows.ts';
import type { ClonedDatabase } from './template-database.ts';

/** What an attempt came to: rows, or the SQLSTATE that refused it. Nothing of it stays. */
export type Outcome =
  | { readonly refused: null; readonly count: number; readonly rows: readonly Row[] }
  | { readonly refused: string; readonly message: string };

export interface Session {
  /** Runs one statement in a transaction of its own and rolls it back. */
  attempt(text: string, values?: readonly unknown[]): Promise<Outcome>;
}

/** Two tenants with a row of everything, and every role that could reach them. */
export interface IsolationWorld {
  /** What the checks expect there to be. */
  readonly catalog: Catalog;
  readonly a: TenantRows;
  readonly b: TenantRows;
  /** The tenant role, its setting `app.tenant_id` as given; null leaves it unset. */
  tenant(setting: string | null): Session;
  readonly platform: Session;
  readonly owner: Session;
  readonly superuser: Session;
}

type Urls = Pick<ClonedDatabase, 'adminUrl' | 'ownerUrl' | 'tenantUrl' | 'platformUrl'>;

/** Inserts the two tenants of the world. Once per database: its copies have them as well. */
export async function seedWorld(adminUrl: string): Promise<{ a: TenantRows; b: TenantRows }> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    return { a: await seedTenant(admin), b: await seedTenant(admin) };
  } finally {
    await admin.end();
  }
}

/** The world as each role sees it that logs in. */
export async function openWorld(
  urls: Urls,
  rows: { a: TenantRows; b: TenantRows },
): Promise<IsolationWorld & { close(): Promise<void> }> {
  const logins = {
    superuser: new pg.Client({ connectionString: urls.adminUrl }),
    owner: new pg.Client({ connectionString: urls.ownerUrl }),
    platform: new pg.Client({ connectionString: urls.platformUrl }),
    tenant: new pg.Client({ connectionString: urls.tenantUrl }),
  };
  const clients = Object.values(logins);
  await Promise.all(clients.map((client) => client.connect()));
  const sessionOf = (client: pg.Client, setting: string | null): Session => ({
    attempt: (text, values) => attemptBetween(client, ['begin'], 'rollback', setting, text, values),
  });
  return {
    ...rows,
    catalog: await readCatalog(logins.superuser),
    tenant: (setting) => sessionOf(logins.tenant, setting),
    platform: sessionOf(logins.platform, null),
    owner: sessionOf(logins.owner, null),
    superuser: sessionOf(logins.superuser, null),
    async close() {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}

/**
 * The world inside a superuser's open transaction, where the roles are put on instead of logged in with: row-level security and
 * privileges go by the current role alike, and what the transaction has changed before is gone with its end.
 * @param catalog of the database before the transaction changed it
 */
export function worldWithin(
  client: pg.Client,
  rows: { a: TenantRows; b: TenantRows },
  catalog: Catalog,
): IsolationWorld {
  const sessionAs = (role: string | null, setting: string | null): Session => ({
    attempt: (text, values) =>
      attemptBetween(
        client,
        ['savepoint attempt', ...(role === null ? [] : [`set local role ${role}`])],
        'rollback to savepoint attempt; release savepoint attempt',
        setting,
        text,
        values,
      ),
  });
  return {
    ...rows,
    catalog,
    tenant: (setting) => sessionAs('rowhouse_tenant', setting),
    platform: sessionAs('rowhouse_platform', null),
    owner: sessionAs('rowhouse_owner', null),
    superuser: sessionAs(null, null),
  };
}

async function attemptBetween(
  client: pg.Client,
  before: readonly string[],
  after: string,
  setting: string | null,
  text: string,
  values: readonly unknown[] = [],
): Promise<Outcome> {
  await client.query(before.join('; '));
  try {
    if (setting !== null) await client.query("select set_config('app.tenant_id', $1, true)", [setting]);
    const result: pg.QueryResult<Row> = await client.query(text, [...values]);
    return { refused: null, count: result.rowCount ?? 0, rows: result.rows };
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    return { refused: error.code ?? '', message: error.message };
  } finally {
    await client.query(after);
  }
}

/** The row of a table, as seeded. */
export function rowOf(rows: TenantRows, { name }: Pick<TableFacts, 'name'>): Row {
  const row = rows[name];
  if (row === undefined) {
    throw new Error(
      `The table ${name} has no factory: add a valid row of it to rowFactories in tests/support/isolation-rows.ts`,
    );
  }
  return row;
}
