import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { isConnectionFailure } from '../../../src/config/connection-failure.ts';
import { toAppError } from '../../../src/middleware/error.middleware.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  ALL_INVOICES,
  contextOf,
  type DatabaseFixture,
  type FixtureOptions,
  failureOf,
  openFixture,
  platformContext,
  SCOPE_SETTING,
  SLEEP,
  until,
} from './database-fixture.ts';

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenant: TenantId;

const use = async (options: FixtureOptions): Promise<void> => {
  fixture = openFixture(clone, options);
  const [made] = await fixture.makeTenants(1, 3);
  if (made === undefined) throw new Error('There is no tenant');
  tenant = made;
};

const read = () => fixture.database.query(contextOf(tenant), ALL_INVOICES);
const readWithOrm = () => fixture.database.orm(contextOf(tenant), (orm) => orm.invoice.findMany());

const terminate = (where = 'true') =>
  fixture.rows(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and usename = 'rowhouse_tenant' and ${where}`,
  );

/** Runs `work` while another session holds every row of a table, and does so until it returns. */
const whileLocked = async (table: string, work: () => Promise<void>): Promise<void> => {
  const client = new pg.Client({ connectionString: clone.adminUrl });
  await client.connect();
  await client.query(`begin; lock table ${table} in access exclusive mode`);
  try {
    await work();
  } finally {
    await client.query('rollback');
    await client.end();
  }
};

const isWaiting = async (count: number) =>
  (await fixture.rows("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
    .length >= count;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
});

afterAll(async () => {
  await clone.drop();
});

afterEach(async () => {
  await fixture.close();
});

describe.each([
  { mode: 'pipelined lanes', pipeline: true },
  { mode: 'plain transactions', pipeline: false },
])('connections that break, on $mode', ({ pipeline }) => {
  test('killed under load: what was on the wire fails as a connection does, everything after works', async () => {
    await use({ pipeline, lanes: 2 });
    let stop = false;
    const outcomes: unknown[] = [];
    const load = Array.from({ length: 20 }, async () => {
      while (!stop) {
        outcomes.push(
          await read().then(
            (rows) => rows.length,
            (error: unknown) => error,
          ),
        );
        await setImmediate();
      }
    });
    for (let round = 0; round < 15; round += 1) {
      const seen = outcomes.length;
      await until(async () => outcomes.length > seen + 100);
      await terminate();
    }
    stop = true;
    await Promise.all(load);
    const failures = outcomes.filter((outcome) => outcome !== 3);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.filter((failure) => !isConnectionFailure(failure))).toEqual([]);
    await until(async () => (await read().catch(() => null)) !== null);
    for (let call = 0; call < 50; call += 1) expect(await read()).toHaveLength(3);
  });

  test('no connection is left over from those that broke', async () => {
    await use({ pipeline, lanes: 1, transactions: 2 });
    for (let round = 0; round < 20; round += 1) {
      await Promise.allSettled([read(), terminate(), read(), read()]);
      await Promise.allSettled([read(), read()]);
    }
    await until(async () => (await read().catch(() => null)) !== null);
    expect((await fixture.backends('rowhouse_tenant')).length).toBeLessThanOrEqual(pipeline ? 1 : 2);
  });

  test('a statement beyond its time is canceled and answers 503; its connection goes on', async () => {
    await use({ pipeline, statementTimeoutMs: 300 });
    const slow = failureOf(fixture.database.query(contextOf(tenant), SLEEP, [20]));
    const behind = read();
    expect(await slow).toMatchObject({ code: '57014' });
    expect(toAppError(await slow).code).toBe('DATABASE_UNAVAILABLE');
    expect(await behind).toHaveLength(3);
  });

  test('the ORM answers 503 for a killed connection and for a statement beyond its time', async () => {
    await use({ pipeline, statementTimeoutMs: 1000 });
    await readWithOrm();
    await whileLocked('invoices', async () => {
      const waiting = failureOf(readWithOrm());
      await until(() => isWaiting(1));
      await terminate("wait_event_type = 'Lock'");
      expect(toAppError(await waiting).code).toBe('DATABASE_UNAVAILABLE');
      const late = failureOf(readWithOrm());
      expect(toAppError(await late).code).toBe('DATABASE_UNAVAILABLE');
    });
    expect(await readWithOrm()).toHaveLength(3);
  });

  test('a prepared statement whose columns have changed is prepared anew', async () => {
    await use({ pipeline, lanes: 1, transactions: 1 });
    await fixture.rows('create table changing (value int); insert into changing values (1)');
    await fixture.rows('grant select on changing to rowhouse_tenant, rowhouse_platform');
    const select = statement('select * from changing');
    expect(await fixture.database.query(contextOf(tenant), select)).toEqual([{ value: 1 }]);
    await fixture.rows('alter table changing alter column value type text');
    const first = await fixture.database.query(contextOf(tenant), select).catch((error: unknown) => error);
    if (pipeline) expect(first).toEqual([{ value: '1' }]);
    expect(await fixture.database.query(contextOf(tenant), select)).toEqual([{ value: '1' }]);
    await fixture.rows('drop table changing');
  });

  test('a value that can not be written fails its own call only', async () => {
    await use({ pipeline, lanes: 1, transactions: 1 });
    const select = statement('select $1::jsonb as value');
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const value of [cycle, { big: 1n }, [cycle]])
      expect(await failureOf(fixture.database.query(contextOf(tenant), select, [value]))).toBeInstanceOf(TypeError);
    for (const ctx of [contextOf(tenant), platformContext()])
      expect(await fixture.database.query(ctx, select, [{ a: [1] }])).toEqual([{ value: { a: [1] } }]);
    await fixture.tx.run(contextOf(tenant), async (ctx) => {
      await failureOf(fixture.database.query(ctx, select, [cycle]));
      expect(await fixture.database.query(ctx, select, [{ a: 1 }])).toEqual([{ value: { a: 1 } }]);
    });
  });
});

describe('lanes', () => {
  test('a statement whose twin fails to parse on the same lane runs all the same', async () => {
    await use({ lanes: 1, statementTimeoutMs: 500 });
    await read();
    const twins = statement('select id, notes from invoices where tenant_id is not null');
    const run = () => fixture.database.query(contextOf(tenant), twins);
    await whileLocked('invoices', async () => {
      const first = failureOf(run());
      await until(() => isWaiting(1));
      const second = run();
      second.catch(() => undefined);
      await fixture.rows(
        "select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      expect(await first).toMatchObject({ code: '57014' });
      expect(await failureOf(second)).toMatchObject({ code: '57014' });
    });
    expect(await run()).toHaveLength(3);
  });

  test('a lane that the server refuses takes no work from those that are connected', async () => {
    await use({ lanes: 2, statementTimeoutMs: 5000 });
    const backend = async () =>
      (await fixture.database.query<{ pid: number }>(contextOf(tenant), SCOPE_SETTING))[0]?.pid ?? 0;
    await until(async () => {
      await Promise.all([read(), read()]);
      return fixture.connections.pool.stats('tenant').connectedLanes === 2;
    });
    const pid = await backend();
    await fixture.rows(`alter database ${clone.name} connection limit 0`);
    await terminate(`pid <> ${pid}`);
    await until(async () => fixture.connections.pool.stats('tenant').connectedLanes === 1);
    for (let call = 0; call < 100; call += 1) expect(await backend()).toBe(pid);
    await fixture.rows(`alter database ${clone.name} connection limit -1`);
    await until(async () => {
      expect(await read()).toHaveLength(3);
      return fixture.connections.pool.stats('tenant').connectedLanes === 2;
    });
  });

  test('statements spread over the lanes', async () => {
    await use({ lanes: 2 });
    await until(async () => {
      await Promise.all([read(), read()]);
      return fixture.connections.pool.stats('tenant').connectedLanes === 2;
    });
    const sleeping = fixture.database.query(contextOf(tenant), SLEEP, [1]);
    const answered = await Promise.race([read().then((rows) => rows.length), sleeping]);
    expect(answered).toBe(3);
    await sleeping;
  });

  test('closing waits for what is on the wire, and refuses what comes after', async () => {
    await use({ lanes: 1 });
    await read();
    const running = Promise.all([fixture.database.query(contextOf(tenant), SLEEP, [0.2]), read(), read()]);
    await fixture.connections.close();
    expect((await running)[2]).toHaveLength(3);
    expect(isConnectionFailure(await failureOf(read()))).toBe(true);
    expect(await fixture.backends('rowhouse_tenant')).toEqual([]);
    fixture = openFixture(clone);
  });
});
