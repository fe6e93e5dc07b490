import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aMethod, aPayment } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';

let world: PaymentsApp;
let paid: string;
let declined: string;
let foreign: string;

beforeAll(async () => {
  world = await startPaymentsApp();
  const { lakeside, hillside } = world;
  paid = await aPayment(lakeside, await aMethod(lakeside, 'ok'));
  declined = await aPayment(lakeside, await aMethod(lakeside, 'soft'), '50.00');
  foreign = await aPayment(hillside, await aMethod(hillside, 'ok'));
});

afterAll(() => world.close());

const listed = async (query: string, who = world.lakeside.owner): Promise<string[]> => {
  const answer = await who.get(`/api/payments/transactions${query}`);
  expect(answer.status).toBe(200);
  return answer.body.data.map(({ id }: { id: string }) => id);
};

describe('the list', () => {
  test('has the newest first, and the other way round', async () => {
    expect(await listed('')).toEqual([declined, paid]);
    expect(await listed('?sort=createdAt')).toEqual([paid, declined]);
    expect(await listed('?limit=1&page=2')).toEqual([paid]);
  });

  test('is filtered', async () => {
    expect(await listed('?status=succeeded')).toEqual([paid]);
    expect(await listed('?status=failed&method=card&purpose=invoice')).toEqual([declined]);
    expect(await listed('?purpose=collection')).toEqual([]);
    expect(await listed('?method=upi')).toEqual([]);
    expect(await listed('?createdFrom=2999-01-01T00:00:00Z')).toEqual([]);
    expect(await listed(`?createdTo=${new Date(world.now().getTime() + 60_000).toISOString()}`)).toHaveLength(2);
    const [row] = await world.app.rows('select gateway_payment_id as id from payments where id = $1', [paid]);
    expect(await listed(`?search=${String(row?.id).toUpperCase()}`)).toContain(paid);
    expect(await listed('?search=100%25')).toEqual([]);
  });

  test("has every tenant's for an operator, who may name one", async () => {
    expect(await listed('', world.operator)).toEqual([foreign, declined, paid]);
    expect(await listed('?search=inv', world.operator)).toHaveLength(3);
    expect(await listed('', world.hillside.operator)).toEqual([foreign]);
  });

  test.each(['status=paid', 'sort=amount', 'limit=101', 'createdFrom=yesterday', 'color=red'])(
    'refuses %s',
    async (query) => {
      expect((await world.lakeside.owner.get(`/api/payments/transactions?${query}`)).status).toBe(400);
    },
  );

  test('is for those who may see it', async () => {
    expect((await world.app.http.get('/api/payments/transactions')).status).toBe(401);
    const foreignTenant = world.lakeside.owner.with({ 'x-tenant-id': world.hillside.id });
    expect((await foreignTenant.get('/api/payments/transactions')).status).toBe(403);
  });
});

describe('one payment', () => {
  test('comes with its attempts, refunds and disputes', async () => {
    const answer = await world.lakeside.owner.get(`/api/payments/transactions/${paid}`);
    expect(answer.body.data).toMatchObject({
      ...{ id: paid, tenantId: world.lakeside.id, status: 'succeeded', amount: '100.00', refunds: [], disputes: [] },
      attempts: [{ position: 1, operation: 'charge', outcome: 'succeeded', response: { outcome: expect.any(String) } }],
    });
    const seen = await world.operator.get(`/api/payments/transactions/${paid}`);
    expect(seen.body.data.id).toBe(paid);
  });

  test("is not there for another tenant's", async () => {
    for (const id of [foreign, randomUUID()]) {
      const answer = await world.lakeside.owner.get(`/api/payments/transactions/${id}`);
      expect([answer.status, answer.body.error.code]).toEqual([404, 'PAYMENT_NOT_FOUND']);
    }
    expect((await world.lakeside.owner.get('/api/payments/transactions/1')).status).toBe(400);
    expect((await world.app.http.get(`/api/payments/transactions/${paid}`)).status).toBe(401);
  });
});

describe("a tenant's payments", () => {
  test('are those of the tenant in scope, and of no other', async () => {
    const own = await world.lakeside.owner.get(`/api/tenants/${world.lakeside.id}/payments?status=succeeded`);
    expect(own.body.data).toMatchObject([{ id: paid }]);
    const other = await world.lakeside.owner.get(`/api/tenants/${world.hillside.id}/payments`);
    expect([other.status, other.body.error.code]).toEqual([404, 'TENANT_NOT_FOUND']);
    const operator = await world.operator.get(`/api/tenants/${world.hillside.id}/payments`);
    expect(operator.body.data).toMatchObject([{ id: foreign }]);
    expect((await world.app.http.get(`/api/tenants/${world.lakeside.id}/payments`)).status).toBe(401);
  });
});
