import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isConnectionFailure } from '../../../src/config/connection-failure.ts';
import { statement } from '../../../src/repositories/base/statement.ts';
import type { Context, TenantScope } from '../../../src/types/context.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import {
  ALL_INVOICES,
  COUNT_INVOICES,
  contextOf,
  type DatabaseFixture,
  failureOf,
  openFixture,
  platformContext,
  SCOPE_SETTING,
} from './database-fixture.ts';

type InvoiceRow = { tenantId: TenantId; id: string; name: string };

const INVOICES = 3;

/** A scope whose tenant came around the types. */
const forgedScope = (text: string): TenantScope => ({ kind: 'tenant', tenantId: JSON.parse(JSON.stringify(text)) });

describe.each([
  { mode: 'pipelined lanes', pipeline: true },
  { mode: 'plain transactions', pipeline: false },
])('the scoped pool on $mode', ({ pipeline }) => {
  let clone: ClonedDatabase;
  let fixture: DatabaseFixture;
  let tenantA: TenantId;
  let tenantB: TenantId;

  beforeAll(async () => {
    clone = await cloneTemplateDatabase();
    fixture = openFixture(clone, { pipeline, lanes: 1, transactions: 4 });
    const [first, second] = await fixture.makeTenants(2, INVOICES);
    if (first === undefined || second === undefined) throw new Error('There are no tenants');
    [tenantA, tenantB] = [first, second];
  });

  afterAll(async () => {
    await fixture.close();
    await clone.drop();
  });

  const readInvoices = (ctx: Context) => fixture.database.query<InvoiceRow>(ctx, ALL_INVOICES);

  const setting = async (ctx: Context) => {
    const [row] = await fixture.database.query<{ setting: string | null; pid: number }>(ctx, SCOPE_SETTING);
    if (row === undefined) throw new Error('There is no setting');
    return row;
  };

  test('a statement sees the rows of its tenant and of nobody else', async () => {
    for (const tenant of [tenantA, tenantB]) {
      const rows = await readInvoices(contextOf(tenant));
      expect(rows.map((row) => row.tenantId)).toEqual([tenant, tenant, tenant]);
    }
    expect(await fixture.database.query(platformContext(), COUNT_INVOICES)).toEqual([{ count: 2 * INVOICES }]);
  });

  test('calls of two tenants in the same tick get their own rows, through SQL and the ORM', async () => {
    const expected = new Map<TenantId, string[]>();
    for (const tenant of [tenantA, tenantB])
      expected.set(tenant, (await readInvoices(contextOf(tenant))).map(({ id }) => id).sort());
    const calls = Array.from({ length: 500 }).flatMap(() =>
      [tenantA, tenantB].flatMap((tenant) => {
        const ctx = contextOf(tenant);
        const id = expected.get(tenant)?.[0] ?? '';
        return [
          readInvoices(ctx).then((rows) => ({ tenant, ids: rows.map((row) => row.id).sort() })),
          fixture.database
            .orm(ctx, (orm) => orm.invoice.findMany({ select: { id: true } }))
            .then((rows) => ({ tenant, ids: rows.map((row) => row.id).sort() })),
          fixture.database
            .orm(ctx, (orm) => orm.invoice.findFirst({ where: { tenantId: tenant, id } }))
            .then((row) => ({ tenant, ids: row === null ? [] : [row.id, ...(expected.get(tenant)?.slice(1) ?? [])] })),
        ];
      }),
    );
    const answers = await Promise.all(calls);
    expect(answers).toHaveLength(3000);
    expect(answers.filter(({ tenant, ids }) => ids.join() !== expected.get(tenant)?.join())).toEqual([]);
  });

  test('without a scope the ORM throws and reads nothing', async () => {
    const failure = await failureOf(fixture.connections.orm.invoice.findMany());
    expect(String(failure)).toContain('No scope');
  });

  test('a call that is awaited outside of its scope throws', async () => {
    let escaped: PromiseLike<unknown> | undefined;
    await fixture.database.orm(contextOf(tenantA), async (orm) => {
      escaped = orm.invoice.findMany();
    });
    expect(String(await failureOf(Promise.resolve(escaped)))).toContain('No scope');
  });

  test('nothing of a tenant is left on the connection', async () => {
    const inScope = await setting(contextOf(tenantA));
    expect(inScope.setting).toBe(tenantA);
    const backends = await Promise.all(Array.from({ length: 20 }, () => setting(contextOf(tenantA))));
    const client = await fixture.connections.pool.checkOut({ kind: 'tenant', tenantId: tenantA });
    const outside = await client.query("select current_setting('app.tenant_id', true) as setting");
    expect(['', null]).toContain(outside.rows[0].setting);
    const { rows } = await client.query('select count(*)::int as count from invoices');
    expect(rows).toEqual([{ count: 0 }]);
    client.release();
    expect(new Set(backends.map((row) => row.setting))).toEqual(new Set([tenantA]));
    expect(['', null]).toContain((await setting(platformContext())).setting);
  });

  test('another tenant and then none at all on the very same backend', async () => {
    const pids = new Map<number, Array<string | null>>();
    for (const ctx of [contextOf(tenantA), contextOf(tenantB), contextOf(tenantA)]) {
      const { pid, setting: value } = await setting(ctx);
      pids.set(pid, [...(pids.get(pid) ?? []), value]);
    }
    expect([...pids.values()]).toEqual([[tenantA, tenantB, tenantA]]);
  });

  test('a malformed tenant is an error and no row', async () => {
    const failure = await failureOf(fixture.connections.pool.run(forgedScope("' or true --"), ALL_INVOICES));
    expect(failure).toMatchObject({ code: '22P02' });
    expect(await readInvoices(contextOf(tenantA))).toHaveLength(INVOICES);
  });

  test('an empty tenant sees nothing', async () => {
    const { rows } = await fixture.connections.pool.run(forgedScope(''), ALL_INVOICES);
    expect(rows).toEqual([]);
  });

  test.each([
    { failing: 'a syntax error', sql: 'selec 1', values: [], code: '42601' },
    { failing: 'a value of the wrong type', sql: 'select $1::int', values: ['x'], code: '22P02' },
    {
      failing: 'a unique violation',
      sql: 'insert into plans select gen_random_uuid(), code, name from plans where $1::text is not null',
      values: ['x'],
      code: '42501',
    },
    { failing: 'an unknown table', sql: 'select * from no_such_table where id = $1', values: [1], code: '42P01' },
    { failing: 'a division by zero', sql: 'select 1 / $1::int', values: [0], code: '22012' },
    { failing: 'too few values', sql: 'select $1::int, $2::int', values: [1], code: '08P01' },
    { failing: 'two statements in one', sql: 'select 1; select 2', values: [], code: '42601' },
  ])('$failing harms nobody else in the same tick', async ({ sql, values, code }) => {
    const neighbours = (tenant: TenantId) => Array.from({ length: 50 }, () => readInvoices(contextOf(tenant)));
    const before = neighbours(tenantA);
    const failing = [1, 2, 3].map(() => failureOf(fixture.database.query(contextOf(tenantB), statement(sql), values)));
    const after = neighbours(tenantB);
    const failures = await Promise.all(failing);
    expect(failures).toEqual([1, 2, 3].map(() => expect.objectContaining({ code })));
    expect(failures.some(isConnectionFailure)).toBe(false);
    const answers = await Promise.all([...before, ...after]);
    expect(
      answers
        .slice(0, 50)
        .flat()
        .every((row) => row.tenantId === tenantA),
    ).toBe(true);
    expect(
      answers
        .slice(50)
        .flat()
        .every((row) => row.tenantId === tenantB),
    ).toBe(true);
    expect(answers.every((rows) => rows.length === INVOICES)).toBe(true);
  });
});

test.each([
  'begin',
  'START transaction',
  ' commit',
  'rollback',
  'savepoint a',
  'set role rowhouse_platform',
  'reset all',
  'discard all',
  "select set_config('app.tenant_id', $1, false)",
  'with a as (select SET_CONFIG ($1, $2, true)) select from a',
])('%s is no statement: it would outlive itself on a shared connection', (sql) => {
  expect(() => statement(sql)).toThrow('Not for a shared connection');
});
