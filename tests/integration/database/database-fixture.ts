import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { createDatabaseConnections } from '../../../src/config/database.ts';
import { createDatabase } from '../../../src/repositories/base/database.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import { createTransactionRunner } from '../../../src/repositories/base/transaction-runner.ts';
import type { Context, PlatformScope, TenantScope } from '../../../src/types/context.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';

export interface ServingUrls {
  readonly adminUrl: string;
  readonly tenantUrl: string;
  readonly platformUrl: string;
}

export interface FixtureOptions {
  readonly lanes?: number;
  readonly transactions?: number;
  readonly statementTimeoutMs?: number;
  readonly pipeline?: boolean;
}

export const contextOf = (tenantId: TenantId): Context<TenantScope> => systemContext(tenantScope(tenantId), uuidv7());

export const platformContext = (): Context<PlatformScope> => systemContext(platformScope, uuidv7());

export type DatabaseFixture = ReturnType<typeof openFixture>;

/** The product's own pools, database and transactions on a database of the test, with a superuser beside them. */
export function openFixture(urls: ServingUrls, options: FixtureOptions = {}) {
  const connections = createDatabaseConnections({
    DATABASE_TENANT_URL: urls.tenantUrl,
    DATABASE_PLATFORM_URL: urls.platformUrl,
    DATABASE_LANES: options.lanes ?? 1,
    DATABASE_TRANSACTIONS: options.transactions ?? 4,
    DATABASE_STATEMENT_TIMEOUT_MS: options.statementTimeoutMs ?? 10_000,
    DATABASE_PIPELINE: options.pipeline ?? true,
  });
  connections.pool.on('error', () => undefined);
  const effectFailures: unknown[] = [];
  const admin = new pg.Pool({ connectionString: urls.adminUrl, max: 2 });
  admin.on('error', () => undefined);
  const rows = async <Row extends pg.QueryResultRow = Record<string, unknown>>(
    text: string,
    values: unknown[] = [],
  ) => {
    const result: pg.QueryResult<Row> = await admin.query(text, values);
    return result.rows;
  };

  return {
    connections,
    database: createDatabase(connections),
    tx: createTransactionRunner(connections, (error) => effectFailures.push(error)),
    effectFailures,
    /** Runs SQL as a superuser: what really stands in the tables. */
    rows,
    /** Makes tenants with `invoices` draft invoices each, numbered from 1 in `customer_name`. */
    async makeTenants(count: number, invoices: number): Promise<TenantId[]> {
      const ids = Array.from({ length: count }, () => asTenantId(uuidv7()));
      await rows(
        `insert into tenants (id, name, slug, email, address_lines, country, currency, time_zone, updated_at)
         select id, 'Tenant', 't-' || replace(id::text, '-', ''), 'owner@tenant.example', '{}', 'IN', 'INR', 'Asia/Kolkata', now()
         from unnest($1::uuid[]) id`,
        [ids],
      );
      await rows(
        `insert into invoices (tenant_id, id, currency, customer_name, customer_email, customer_address_lines, subtotal,
           discount_total, tax_total, total, payment_terms, updated_at)
         select id, gen_random_uuid(), 'INR', n::text, 'customer@tenant.example', '{}', n, 0, 0, n, 14, now()
         from unnest($1::uuid[]) id, generate_series(1, $2::int) n`,
        [ids, invoices],
      );
      return ids;
    },
    /** The superuser's view of the product's connections of a role. */
    backends: (role: 'rowhouse_tenant' | 'rowhouse_platform') =>
      rows<{ pid: number; state: string }>(
        'select pid, state from pg_stat_activity where datname = current_database() and usename = $1',
        [role],
      ),
    async close(): Promise<void> {
      await connections.close();
      await admin.end();
    },
  };
}

export const SCOPE_SETTING = statement(
  "select current_setting('app.tenant_id', true) as setting, pg_backend_pid() as pid",
);
export const ALL_INVOICES = statement('select tenant_id as "tenantId", id, customer_name as name from invoices');
export const COUNT_INVOICES = statement('select count(*) as count from invoices');
export const SLEEP = statement('select pg_sleep($1::float8)');
export const INSERT_PLAN = statement(`
  insert into plans (id, code, name, currency, monthly_price, annual_price, updated_at)
  values (gen_random_uuid(), $1, 'Plan', 'INR', 1, 10, now())`);

export const planCodes = async ({ rows }: Pick<DatabaseFixture, 'rows'>): Promise<string[]> =>
  (await rows<{ code: string }>('select code from plans order by code')).map(({ code }) => code);

/** Waits until `condition` holds; the test's own time limit ends it. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** What a promise failed with. */
export const failureOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value: unknown) => {
      throw new Error(`Expected a failure and got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );

/** A value that a test has just made sure to be there. */
export function given<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('The test did not get what it made');
  return value;
}
