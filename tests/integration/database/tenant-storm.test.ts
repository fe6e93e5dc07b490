import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { statement } from '../../../src/repositories/base/statement.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { contextOf, type DatabaseFixture, given, openFixture, platformContext } from './database-fixture.ts';

const TENANTS = 50;
const INVOICES = 2;
const CALLERS = 200;

const OWNERS = statement('select tenant_id as "tenantId" from invoices where $1::text is not null');
const FAILING = statement('select tenant_id as "tenantId" from invoices where 1 / $1::int > 0');
const FOREIGN_INSERT = statement(`
  insert into invoice_sequences (tenant_id, series, financial_year, last_number) values ($1, 'A', '2026', 1)`);
const FOREIGN_UPDATE = statement("update invoices set notes = 'touched' where tenant_id = $1 returning tenant_id");

/** The same calls in the same order on every run (mulberry32). */
const createRandom = (seed: number) => {
  let state = seed;
  return (below: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
};

describe.each([
  { mode: 'pipelined lanes', pipeline: true, calls: 100_000 },
  { mode: 'plain transactions', pipeline: false, calls: 10_000 },
])('$calls mixed calls of 50 tenants on $mode', ({ pipeline, calls }) => {
  let clone: ClonedDatabase;
  let fixture: DatabaseFixture;
  let tenants: TenantId[];

  beforeAll(async () => {
    clone = await cloneTemplateDatabase();
    fixture = openFixture(clone, { pipeline, lanes: 2, transactions: 4 });
    tenants = await fixture.makeTenants(TENANTS, INVOICES);
  });

  afterAll(async () => {
    await fixture.close();
    await clone.drop();
  });

  test('no foreign row is read or written, and none of one’s own is missing', async () => {
    const random = createRandom(20_261_120);
    const { database, tx } = fixture;
    const anyTenant = (): TenantId => given(tenants[random(TENANTS)]);
    const found = { reads: 0, rows: 0, foreign: 0, missing: 0, refused: 0, unrefused: 0, aborted: 0 };

    const count = (tenant: TenantId, owners: readonly string[]) => {
      found.reads += 1;
      found.rows += owners.length;
      found.foreign += owners.filter((owner) => owner !== tenant).length;
      found.missing += INVOICES - owners.filter((owner) => owner === tenant).length;
    };
    const owners = (rows: ReadonlyArray<{ tenantId: string }>) => rows.map((row) => row.tenantId);
    const refused = (attempt: Promise<unknown>) =>
      attempt.then(
        () => {
          found.unrefused += 1;
        },
        () => {
          found.refused += 1;
        },
      );

    const call = async (kind: number): Promise<void> => {
      const tenant = anyTenant();
      const ctx = contextOf(tenant);
      if (kind < 820) return count(tenant, owners(await database.query<{ tenantId: string }>(ctx, OWNERS, ['x'])));
      if (kind < 880) {
        const read = (value: string) => database.query<{ tenantId: string }>(ctx, OWNERS, [value]).then(owners);
        for (const rows of await Promise.all([read('a'), read('b'), read('c')])) count(tenant, rows);
        return;
      }
      if (kind < 900)
        return count(
          tenant,
          owners(await database.orm(ctx, (orm) => orm.invoice.findMany({ select: { tenantId: true } }))),
        );
      if (kind < 920) return refused(database.query(ctx, FAILING, [0]));
      if (kind < 930) return refused(database.execute(ctx, FOREIGN_INSERT, [otherThan(tenant)]));
      if (kind < 950) {
        found.foreign += await database.execute(ctx, FOREIGN_UPDATE, [otherThan(tenant)]);
        return;
      }
      if (kind < 960) {
        const rows = await database.query<{ tenantId: string }>(platformContext(), OWNERS, ['x']);
        found.missing += TENANTS * INVOICES - rows.length;
        return;
      }
      await tx
        .run(ctx, async (txCtx) => {
          count(tenant, owners(await database.query<{ tenantId: string }>(txCtx, OWNERS, ['x'])));
          if (kind < 980) throw new Error('aborted');
          if (kind < 985) await database.query(txCtx, FAILING, [0]);
        })
        .catch(() => {
          found.aborted += 1;
        });
    };
    const otherThan = (tenant: TenantId): TenantId => {
      const other = anyTenant();
      return other === tenant ? otherThan(tenant) : other;
    };

    let left = calls;
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await call(random(1000));
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));

    expect(found).toMatchObject({ foreign: 0, missing: 0, unrefused: 0 });
    expect(found.reads).toBeGreaterThan(calls * 0.9);
    expect(found.rows).toBe(found.reads * INVOICES);
    expect(found.refused).toBeGreaterThan(calls * 0.02);
    expect(found.aborted).toBeGreaterThan(calls * 0.01);
    expect(await fixture.rows("select from invoices where notes = 'touched'")).toEqual([]);
    expect(await fixture.rows('select from invoice_sequences')).toEqual([]);
  }, 60_000);
});
