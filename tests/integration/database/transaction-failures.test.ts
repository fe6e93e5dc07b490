import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { statement } from '../../../src/repositories/base/statement.ts';
import { writeAtCommit } from '../../../src/repositories/base/transaction.ts';
import type { Context, Scope, TxContext } from '../../../src/types/context.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  contextOf,
  type DatabaseFixture,
  failureOf,
  given,
  INSERT_PLAN,
  openFixture,
  planCodes,
  platformContext,
  SCOPE_SETTING,
  SLEEP,
  until,
} from './database-fixture.ts';

const CONNECTIONS = 4;

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenant: TenantId;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone, { transactions: CONNECTIONS });
  tenant = given((await fixture.makeTenants(1, 2))[0]);
});

beforeEach(async () => {
  await fixture.rows('delete from plans');
});

afterEach(() => {
  expect(fixture.connections.pool.stats('platform')).toMatchObject({ transactions: 0, waiting: 0 });
  expect(fixture.connections.pool.stats('tenant')).toMatchObject({ transactions: 0, waiting: 0 });
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

const insertPlan = (ctx: Context, code: string) => fixture.database.execute(ctx, INSERT_PLAN, [code]);
const backend = async (ctx: Context) => (await fixture.database.query<{ pid: number }>(ctx, SCOPE_SETTING))[0]?.pid;

describe('conflicts and failing connections', () => {
  const UPDATE = statement('update plans set name = name where code = $1');

  /** Both lock one plan, wait for the other to have done so, and then want the other's. */
  const crossing = async (lockSecond: (ctx: TxContext, code: string) => Promise<unknown>) => {
    await insertPlan(platformContext(), 'a');
    await insertPlan(platformContext(), 'b');
    const attempts = { a: 0, b: 0 };
    const locked = new Set<string>();
    const run = (own: 'a' | 'b', other: 'a' | 'b') =>
      fixture.tx.run(platformContext(), async (ctx) => {
        attempts[own] += 1;
        await fixture.database.execute(ctx, UPDATE, [own]);
        locked.add(own);
        await until(async () => locked.has(other));
        await lockSecond(ctx, other);
        return own;
      });
    const results = await Promise.all([run('a', 'b'), run('b', 'a')]);
    return { results, attempts: attempts.a + attempts.b };
  };

  test('a deadlock is run again', async () => {
    const { results, attempts } = await crossing((ctx, code) => fixture.database.execute(ctx, UPDATE, [code]));
    expect(results).toEqual(['a', 'b']);
    expect(attempts).toBe(3);
  });

  test('a deadlock that the ORM meets is run again', async () => {
    const { results, attempts } = await crossing((ctx, code) =>
      fixture.database.orm(ctx, (orm) => orm.plan.updateMany({ where: { code }, data: { name: 'Again' } })),
    );
    expect(results).toEqual(['a', 'b']);
    expect(attempts).toBe(3);
  });

  test.each(['40001', '40P01'])('%s is run again twice at the most', async (sqlState) => {
    let attempts = 0;
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      attempts += 1;
      await insertPlan(ctx, 'again');
      const raise = `do $$ begin raise exception 'conflict' using errcode = '${sqlState}'; end $$`;
      await fixture.database.execute(ctx, statement(raise));
    });
    expect(await failureOf(attempt)).toMatchObject({ code: sqlState });
    expect(attempts).toBe(3);
    expect(await planCodes(fixture)).toEqual([]);
  });

  test('no other failure is run again', async () => {
    let attempts = 0;
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      attempts += 1;
      await insertPlan(ctx, 'once');
      await insertPlan(ctx, 'once');
    });
    expect(await failureOf(attempt)).toMatchObject({ code: '23505' });
    expect(attempts).toBe(1);
  });

  test('a thousand failing transactions leak no connection', async () => {
    const failing = Array.from({ length: 1000 }, (_, index) =>
      failureOf(
        fixture.tx.run<Scope, void>(index % 2 === 0 ? platformContext() : contextOf(tenant), async (ctx) => {
          if (index % 3 === 0) throw new Error('the work failed');
          if (index % 3 === 1) await fixture.database.execute(ctx, statement('select 1 / $1::int'), [0]);
          writeAtCommit(ctx.tx, statement('select 1 / $1::int'), [0]);
        }),
      ),
    );
    await Promise.all(failing);
    for (const role of ['rowhouse_tenant', 'rowhouse_platform'] as const) {
      const open = await fixture.backends(role);
      expect(open.length).toBeLessThanOrEqual(CONNECTIONS + 1);
      expect(open.filter(({ state }) => state !== 'idle')).toEqual([]);
    }
  });

  test('a connection killed in a transaction fails it alone, and is replaced', async () => {
    const attempt = fixture.tx.run(platformContext(), async (ctx) => {
      await insertPlan(ctx, 'lost');
      const pid = await backend(ctx);
      await fixture.rows('select pg_terminate_backend($1)', [pid]);
      await until(async () => (await fixture.rows('select from pg_stat_activity where pid = $1', [pid])).length === 0);
      await insertPlan(ctx, 'never');
    });
    expect(await failureOf(attempt)).toBeInstanceOf(Error);
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        fixture.tx.run(platformContext(), (ctx) => insertPlan(ctx, `p${index}`)),
      ),
    );
    expect(await planCodes(fixture)).toHaveLength(20);
  });

  test('a statement beyond its time ends its transaction', async () => {
    const hasty = openFixture(clone, { statementTimeoutMs: 200 });
    const attempt = hasty.tx.run(platformContext(), async (ctx) => {
      await hasty.database.execute(ctx, INSERT_PLAN, ['slow']);
      await hasty.database.query(ctx, SLEEP, [20]);
    });
    expect(await failureOf(attempt)).toMatchObject({ code: '57014' });
    expect(await planCodes(fixture)).toEqual([]);
    await hasty.tx.run(platformContext(), (ctx) => hasty.database.execute(ctx, INSERT_PLAN, ['quick']));
    expect(await planCodes(fixture)).toEqual(['quick']);
    await hasty.close();
  });
});
