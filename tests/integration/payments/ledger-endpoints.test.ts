import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aMethod, anOpenInvoice, aPayment, inTenantOf, paymentRow } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant, type TestTenant } from '../../support/people.ts';

const PATH = '/api/payments/ledger';
let world: PaymentsApp;
let tenant: TestTenant;
let paymentId: string;
let invoiceId: unknown;

beforeAll(async () => {
  world = await startPaymentsApp();
  tenant = await aTenant(world.app, world.operator);
  paymentId = await aPayment(tenant, await aMethod(tenant, 'ok', { isDefault: true }));
  invoiceId = (await paymentRow(world.app, paymentId)).invoice_id;
  await anOpenInvoice(world.hillside, '5.00');
});

afterAll(() => world.close());

const causes = (body: { data: { cause: string }[] }): string[] => body.data.map(({ cause }) => cause);

describe('the ledger of a tenant', () => {
  test('is listed from the newest booking, with its lines', async () => {
    const { status, body } = await tenant.owner.get(PATH);
    expect(status).toBe(200);
    expect(causes(body)).toEqual([`payment.captured:${paymentId}`, `invoice.finalized:${invoiceId}`]);
    expect(body.data[0]).toMatchObject({
      ...{ tenantId: tenant.id, subjectType: 'payment', subjectId: paymentId, reversesId: null },
      entries: [
        { account: 'gateway', currency: 'INR', amount: '100.00' },
        { account: 'receivable', currency: 'INR', amount: '-100.00' },
      ],
    });
    expect(body.meta).toEqual({ limit: 20, nextCursor: null });
  });

  test('is walked by the cursor without a gap', async () => {
    const first = await tenant.owner.get(`${PATH}?limit=1`);
    const second = await tenant.owner.get(`${PATH}?limit=1&cursor=${first.body.meta.nextCursor}`);
    expect([...causes(first.body), ...causes(second.body)]).toEqual([
      `payment.captured:${paymentId}`,
      `invoice.finalized:${invoiceId}`,
    ]);
    expect(second.body.meta.nextCursor).toBeNull();
  });

  test.each([
    ['account=revenue', 1],
    ['account=revenue&currency=INR', 1],
    ['account=revenue&currency=USD', 0],
    ['currency=INR', 2],
    ['subjectType=payment', 1],
    [`subjectId=${randomUUID()}`, 0],
    ['from=2999-01-01T00:00:00Z', 0],
    ['to=2999-01-01T00:00:00Z', 2],
    ['from=2999-01-01T00:00:00Z&account=revenue&currency=INR', 0],
  ])('is filtered by %s', async (query, count) => {
    const { status, body } = await tenant.owner.get(`${PATH}?${query}`);
    expect(status).toBe(200);
    expect(body.data).toHaveLength(count);
  });

  test.each(['account=petty_cash', 'currency=XYZ', 'cursor=AAAA', 'limit=101', 'from=yesterday', 'subjectId=1', 'x=1'])(
    'refuses %s',
    async (query) => {
      const { status, body } = await tenant.owner.get(`${PATH}?${query}`);
      expect(status).toBe(400);
      expect(body.error.code).toBe('VALIDATION_FAILED');
    },
  );

  test('finds both conditions in one line', async () => {
    const { infrastructure, services } = world.app.container;
    const other = await aTenant(world.app, world.operator);
    const id = randomUUID();
    const line = (account: 'bank' | 'gateway', currency: string, amount: string) => ({ account, currency, amount });
    await infrastructure.tx.run(inTenantOf(other), (ctx) =>
      services.ledger.book(ctx, {
        ...{ cause: `test:${id}`, subjectType: 'payment', subjectId: id },
        entries: [
          ...[line('bank', 'INR', '1'), line('bank', 'INR', '-1')],
          ...[line('gateway', 'USD', '1'), line('gateway', 'USD', '-1')],
        ],
      }),
    );
    expect((await other.owner.get(`${PATH}?account=bank&currency=INR`)).body.data).toHaveLength(1);
    expect((await other.owner.get(`${PATH}?account=bank&currency=USD`)).body.data).toHaveLength(0);
  });

  test('is nobody else’s, and the operator’s', async () => {
    expect((await world.app.http.get(PATH)).status).toBe(401);
    const others = await world.hillside.owner.get(PATH);
    expect(others.body.data).toHaveLength(1);
    expect(others.body.data[0].tenantId).toBe(world.hillside.id);
    const all = await world.operator.get(PATH);
    expect(new Set(all.body.data.map(({ tenantId }: { tenantId: string }) => tenantId)).size).toBeGreaterThan(1);
  });
});

describe('the balances', () => {
  const balancesOf = async (query = '') => {
    const { status, body } = await tenant.owner.get(`${PATH}/balances${query}`);
    expect(status).toBe(200);
    return body.data;
  };

  test('are those of the tenant, now', async () => {
    expect((await balancesOf()).balances).toEqual([
      { account: 'gateway', currency: 'INR', amount: '100.00' },
      { account: 'receivable', currency: 'INR', amount: '0.00' },
      { account: 'revenue', currency: 'INR', amount: '-100.00' },
    ]);
  });

  test('are those of a moment', async () => {
    expect(await balancesOf('?at=2020-01-01T00:00:00Z')).toEqual({ at: '2020-01-01T00:00:00.000Z', balances: [] });
    expect((await tenant.owner.get(`${PATH}/balances?at=never`)).status).toBe(400);
    expect((await world.app.http.get(`${PATH}/balances`)).status).toBe(401);
  });
});
