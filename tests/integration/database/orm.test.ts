import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import type { OrmClient } from '../../../src/config/orm.ts';
import type { TxContext } from '../../../src/types/context.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import { type ClonedDatabase, cloneTemplateDatabase } from '../../support/template-database.ts';
import { contextOf, type DatabaseFixture, failureOf, openFixture, platformContext } from './database-fixture.ts';

let clone: ClonedDatabase;
let fixture: DatabaseFixture;
let tenantA: TenantId;
let tenantB: TenantId;

beforeAll(async () => {
  clone = await cloneTemplateDatabase();
  fixture = openFixture(clone);
  const [first, second] = await fixture.makeTenants(2, 1);
  if (first === undefined || second === undefined) throw new Error('There are no tenants');
  [tenantA, tenantB] = [first, second];
});

beforeEach(async () => {
  await fixture.rows('delete from invoices');
});

afterAll(async () => {
  await fixture.close();
  await clone.drop();
});

describe('calls that leak between tenants', () => {
  test('are not in the type', () => {
    const unused = (orm: OrmClient) => [
      // @ts-expect-error Prisma merges findUnique calls of one tick: it has no place in the type
      orm.invoice.findUnique,
      // @ts-expect-error as findUnique
      orm.invoice.findUniqueOrThrow,
      // @ts-expect-error raw SQL goes through Database.query
      orm.$queryRaw,
      // @ts-expect-error raw SQL goes through Database.execute
      orm.$executeRawUnsafe,
      // @ts-expect-error transactions are begun by the TransactionRunner
      orm.$transaction,
      // @ts-expect-error an extension would build a client with all of the above
      orm.$extends,
      // @ts-expect-error the pool opens and closes connections
      orm.$disconnect,
    ];
    expect(unused).toBeInstanceOf(Function);
  });

  const models = ['invoice', 'tenant', 'user', 'membership', 'auditEntry', 'outboxEvent'] as const;

  test.each(models)('findUnique of %s throws at run time, within a transaction too', async (model) => {
    for (const call of ['findUnique', 'findUniqueOrThrow']) {
      const attempt = (orm: OrmClient) => Reflect.get(orm[model], call)({ where: { id: uuidv7() } });
      const outside = fixture.database.orm(contextOf(tenantA), async (orm) => attempt(orm));
      expect(String(await failureOf(outside))).toContain('merged across tenants');
      const inside = fixture.tx.run(contextOf(tenantA), (ctx) =>
        fixture.database.orm(ctx, async (orm) => attempt(orm)),
      );
      expect(String(await failureOf(inside))).toContain('merged across tenants');
    }
  });

  test.each([
    '$queryRaw',
    '$queryRawUnsafe',
    '$executeRaw',
    '$executeRawUnsafe',
    '$transaction',
    '$extends',
    '$connect',
    '$on',
  ])('%s throws at run time', (name) => {
    expect(() => Reflect.get(fixture.connections.orm, name)).toThrow('repositories/base');
  });

  test('a fluent call that Prisma turns into findUnique is not there', async () => {
    const found = await fixture.database.orm(contextOf(tenantA), async (orm) =>
      Object.keys(orm.invoice.findFirst({ where: { tenantId: tenantA } })),
    );
    expect(found).not.toContain('findUnique');
  });
});

const draft = (tenantId: TenantId, positions: readonly number[]) => ({
  data: {
    tenantId,
    id: uuidv7(),
    currency: 'INR',
    customerName: 'Customer',
    customerEmail: 'customer@tenant.example',
    customerLines: [],
    subtotal: '1',
    discountTotal: '0',
    taxTotal: '0',
    total: '1',
    paymentTerms: 14,
    items: {
      create: positions.map((position) => ({
        id: uuidv7(),
        position,
        description: 'Item',
        quantity: '1',
        unitPrice: '1',
        taxRate: '0',
        amount: '1',
        discountAmount: '0',
        taxAmount: '0',
        total: '1',
      })),
    },
  },
});

const written = async () => {
  const [row] = await fixture.rows<{ invoices: number; items: number }>(
    'select (select count(*)::int from invoices) as invoices, (select count(*)::int from invoice_items) as items',
  );
  return row;
};

describe('nested writes', () => {
  const create = (ctx: TxContext, positions: readonly number[]) =>
    fixture.database.orm(ctx, (orm) => orm.invoice.create(draft(tenantA, positions)));

  test('outside of a transaction are refused and leave nothing', async () => {
    const attempt = fixture.database.orm(contextOf(tenantA), (orm) => orm.invoice.create(draft(tenantA, [1])));
    expect(String(await failureOf(attempt))).toContain('Transactions start in repositories/base only');
    expect(await written()).toEqual({ invoices: 0, items: 0 });
  });

  test('commit with their transaction', async () => {
    await fixture.tx.run(contextOf(tenantA), (ctx) => create(ctx, [1, 2]));
    expect(await written()).toEqual({ invoices: 1, items: 2 });
  });

  test('roll back with their transaction', async () => {
    const attempt = fixture.tx.run(contextOf(tenantA), async (ctx) => {
      await create(ctx, [1, 2]);
      throw new Error('no');
    });
    await failureOf(attempt);
    expect(await written()).toEqual({ invoices: 0, items: 0 });
  });

  test('that fail undo themselves only, and the transaction goes on', async () => {
    await fixture.tx.run(contextOf(tenantA), async (ctx) => {
      await create(ctx, [1]);
      expect(await failureOf(create(ctx, [1, 1]))).toMatchObject({ code: 'P2002' });
      await create(ctx, [1, 2]);
    });
    expect(await written()).toEqual({ invoices: 2, items: 3 });
  });

  test('at once within one transaction undo none but their own', async () => {
    await fixture.tx.run(contextOf(tenantA), async (ctx) => {
      const all = await Promise.allSettled(
        [[1], [1, 1], [1, 2], [3, 3], [1, 2, 3]].map((positions) => create(ctx, positions)),
      );
      expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    });
    expect(await written()).toEqual({ invoices: 3, items: 6 });
  });

  test('that fail undo no other write of the ORM at the same time', async () => {
    await fixture.tx.run(contextOf(tenantA), async (ctx) => {
      const plain = () =>
        fixture.database.orm(ctx, (orm) =>
          orm.invoice.createMany({ data: [{ ...draft(tenantA, []).data, items: undefined }] }),
        );
      const all = await Promise.allSettled([create(ctx, [1, 1]), plain(), create(ctx, [2, 2]), plain()]);
      expect(all.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    });
    expect(await written()).toEqual({ invoices: 2, items: 0 });
  });

  test('can not write into another tenant', async () => {
    const attempt = fixture.tx.run(contextOf(tenantA), (ctx) =>
      fixture.database.orm(ctx, (orm) => orm.invoice.create(draft(tenantB, [1]))),
    );
    expect(await failureOf(attempt)).toBeInstanceOf(Error);
    expect(await written()).toEqual({ invoices: 0, items: 0 });
  });
});

test('transactions of two tenants at once each see their own rows', async () => {
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => {
      const tenant = index % 2 === 0 ? tenantA : tenantB;
      return fixture.tx.run(contextOf(tenant), async (ctx) => {
        await fixture.database.orm(ctx, (orm) => orm.invoice.create(draft(tenant, [1])));
        const seen = await fixture.database.orm(ctx, (orm) =>
          orm.invoice.findMany({ include: { items: true, tenant: true } }),
        );
        expect(
          new Set(seen.flatMap((row) => [row.tenantId, row.tenant.id, ...row.items.map((item) => item.tenantId)])),
        ).toEqual(new Set([tenant]));
      });
    }),
  );
  expect(await fixture.database.orm(platformContext(), (orm) => orm.invoice.count())).toBe(40);
});
