import { setImmediate } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { DatabaseUnavailableError } from '../../../src/config/lane.ts';
import { isConnectionFailure } from '../../../src/config/scoped-pool.ts';
import { toAppError } from '../../../src/middleware/error.middleware.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  ALL_INVOICES,
  COUNT_INVOICES,
  contextOf,
  type DatabaseFixture,
  type FixtureOptions,
  failureOf,
  INSERT_PLAN,
  openFixture,
  platformContext,
  planCodes,
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

const terminate = async (role: 'rowhouse_tenant' | 'rowhouse_platform'): Promise<number> => {
  const ended = await fixture.rows(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = $1',
    [role],
  );
  return ended.length;
};

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
});

afterAll(async () => {
  await clone.drop();
});

afterEach(async () => {
  await fixture.close();
});

describe.each([{ pipeline: true }, { pipeline: false }])('connections that break (pipeline $pipeline)', ({ pipeline }) => {
  test('killed under load: what was on the wire fails as a connection, everything after works', async () => {
    await use({ pipeline, lanes: 2 });
    let stop = false;
    const outcomes: unknown[] = [];
    const load = Array.from({ length: 20 }, async () => {
      while (!stop) {
        outcomes.push(await read().then((rows) => rows.length, (error: unknown) => error));
        await setImmediate();
      }
    });
    for (let round = 0; round < 15; round += 1) {
      const seen = outcomes.length;
      await until(async () => outcomes.length > seen + 100);
      await terminate('rowhouse_tenant');
    }
    stop = true;
    await Promise.all(load);
    const failures = outcomes.filter((outcome) => outcome !== 3);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.filter((failure) => !isConnectionFailure(failure))).toEqual([]);
    for (let call = 0; call < 50; call += 1) expect(await read()).toHaveLength(3);
  });

  test('no connection is left behind by those that broke', async () => {
    await use({ pipeline, lanes: 1, transactions: 2 });
    for (let round = 0; round < 20; round += 1) {
      await Promise.allSettled([read(), terminate('rowhouse_tenant'), read(), read()]);
      await Promise.allSettled([read(), read()]);
    }
    await until(async () => (await read().catch(() => null)) !== null);
    expect((await fixture.backends('rowhouse_tenant')).length).toBeLessThanOrEqual(pipeline ? 1 : 2);
  });

  test('a statement beyond its time is canceled, and its connection goes on', async () => {
    await use({ pipeline, statementTimeoutMs: 300 });
    const slow = failureOf(fixture.database.query(contextOf(tenant), SLEEP, [20]));
    const behind = read();
    expect(await slow).toMatchObject({ code: '57014' });
    expect(toAppError(await slow).code).toBe('DATABASE_UNAVAILABLE');
    expect(await behind).toHaveLength(3);
  });

  test('a killed connection is a 503 through the ORM too', async () => {
    await use({ pipeline, lanes: 1 });
    const sleeping = fixture.database.query(contextOf(tenant), SLEEP, [20]);
    const failures = Promise.all([failureOf(sleeping), failureOf(readWithOrm())]);
    await until(async () => (await fixture.backends('rowhouse_tenant')).some(({ state }) => state === 'active'));
    if (!pipeline) return void (await terminate('rowhouse_tenant'));
    await terminate('rowhouse_tenant');
    for (const failure of await failures) {
      expect(isConnectionFailure(failure)).toBe(true);
      expect(toAppError(failure).code).toBe('DATABASE_UNAVAILABLE');
    }
  });
});

const readWithOrm = () => fixture.database.orm(contextOf(tenant), (orm) => orm.invoice.findMany());
