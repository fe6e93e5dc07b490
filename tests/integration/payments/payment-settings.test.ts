import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aMethod, anOpenInvoice, aPayment, pay, refund } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant } from '../../support/people.ts';

let world: PaymentsApp;

beforeAll(async () => {
  world = await startPaymentsApp();
});

afterAll(() => world.close());

const FEES = {
  ...{ method: 'card', currency: 'INR', gatewayPercentage: '2', gatewayFixed: '3.00' },
  ...{ platformPercentage: '1.5', platformFixed: '0' },
};
const PATH = '/api/payments/settings/fees';

describe('fees', () => {
  test('of the platform hold for tenants without their own, in every process and at once', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const method = await aMethod(tenant, 'ok');
    const before = await pay(tenant, await anOpenInvoice(tenant), method);
    expect(before.body.data.gatewayFee).toBe('0.00');
    const set = await world.operator.put(PATH, FEES);
    expect(set.status).toBe(200);
    expect(set.body.data).toMatchObject({ ...FEES, platformFixed: '0.00', version: 1 });
    const after = await pay(tenant, await anOpenInvoice(tenant), method);
    expect(after.body.data.gatewayFee).toBe('5.00');
    const seen = await tenant.owner.get('/api/payments/settings');
    expect(seen.body.data).toMatchObject({
      fees: [{ method: 'card', currency: 'INR', gatewayPercentage: '2', gatewayFixed: '3.00', inherited: true }],
      settlements: { cycle: 'weekly', minimumAmount: '0', holdDays: 3, automatic: true, version: 0 },
    });
    const own = await tenant.operator.put(PATH, { ...FEES, gatewayPercentage: '1', gatewayFixed: '0' });
    expect(own.body.data).toMatchObject({ gatewayPercentage: '1', version: 1 });
    const last = await pay(tenant, await anOpenInvoice(tenant), method);
    expect(last.body.data.gatewayFee).toBe('1.00');
    const settings = await tenant.owner.get('/api/payments/settings');
    expect(settings.body.data.fees).toMatchObject([{ gatewayPercentage: '1', inherited: false }]);
    const platform = await world.operator.get('/api/payments/settings');
    expect(platform.body.data.fees).toMatchObject([{ gatewayPercentage: '2', inherited: false }]);
    const audited = await world.app.rows(
      "select changes from audit_entries where tenant_id = $1 and action = 'payment_settings.fees_set'",
      [tenant.id],
    );
    expect(audited).toMatchObject([{ changes: { after: { gatewayPercentage: '1' } } }]);
  });

  test('are not overwritten by whoever read an older version', async () => {
    const { operator } = await aTenant(world.app, world.operator);
    expect((await operator.put(PATH, { ...FEES, version: 0 })).body.data.version).toBe(1);
    expect((await operator.put(PATH, { ...FEES, version: 1, gatewayFixed: '4' })).body.data.version).toBe(2);
    const stale = await operator.put(PATH, { ...FEES, version: 1 });
    expect([stale.status, stale.body.error.code]).toEqual([409, 'VERSION_CONFLICT']);
    expect(stale.body.error.details).toEqual({ current: { version: 2 } });
    const answers = await Promise.all(Array.from({ length: 8 }, () => operator.put(PATH, { ...FEES, version: 2 })));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test.each([
    ['more than all', { gatewayPercentage: '100.01' }, 400],
    ['less than nothing', { platformFixed: '-1' }, 400],
    ['an unknown currency', { currency: 'XXY' }, 400],
    ['an unknown method', { method: 'barter' }, 400],
    ['a number', { gatewayFixed: 3 }, 400],
    ['an exponent', { gatewayFixed: '1e400' }, 400],
    ['too many decimals', { gatewayFixed: '3.001' }, 422],
    ['too many decimals of yen', { currency: 'JPY', gatewayFixed: '3.5' }, 422],
  ])('%s is refused', async (_name, fields, status) => {
    expect((await world.operator.put(PATH, { ...FEES, ...fields })).status).toBe(status);
  });

  test("are the operator's to set", async () => {
    expect((await world.app.http.put(PATH, FEES)).status).toBe(401);
    expect((await world.lakeside.owner.put(PATH, FEES)).status).toBe(403);
    expect((await world.app.http.get('/api/payments/settings')).status).toBe(401);
  });
});

describe('figures', () => {
  test('are those of the tenant, by currency', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const method = await aMethod(tenant, 'ok');
    await tenant.operator.put(PATH, { ...FEES, gatewayPercentage: '2', gatewayFixed: '0' });
    const paymentId = await aPayment(tenant, method, '100.00');
    await aPayment(tenant, method, '50.00');
    await aPayment(tenant, await aMethod(tenant, 'soft'), '10.00');
    await refund(tenant, { paymentId, amount: '20.00' });
    const answer = await tenant.owner.get('/api/payments/analytics');
    expect(answer.body.data.currencies).toEqual([
      {
        currency: 'INR',
        succeeded: { count: 2, amount: '150.00' },
        failed: { count: 1, amount: '10.00' },
        refunded: { count: 1, amount: '20.00' },
        disputed: { count: 0, amount: '0.00' },
        ...{ gatewayFees: '3.00', platformFees: '0.00', netAmount: '147.00', successRate: '66.67' },
        methods: [{ method: 'card', count: 2, amount: '150.00' }],
        failures: [{ failureClass: 'soft', count: 1, amount: '10.00' }],
      },
    ]);
    const foreign = await world.hillside.owner.get('/api/payments/analytics');
    expect(foreign.body.data.currencies).toEqual([]);
    const report = await tenant.owner.get('/api/payments/reports?groupBy=month&timeZone=Asia/Kolkata');
    expect(report.body.data).toEqual([
      {
        ...{ period: expect.stringMatching(/^\d{4}-\d{2}$/), currency: 'INR', purpose: 'invoice', method: 'card' },
        ...{ payments: 2, amount: '150.00', refunded: '20.00' },
        ...{ gatewayFees: '3.00', platformFees: '0.00', netAmount: '147.00' },
      },
    ]);
    const csv = await tenant.owner.get('/api/payments/reports', { headers: { accept: 'text/csv' } });
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="getPaymentReport.csv"');
    const [header, line, ...rest] = csv.text.split('\r\n');
    expect(header).toBe('period,currency,purpose,method,payments,amount,refunded,gatewayFees,platformFees,netAmount');
    expect(line).toMatch(/^\d{4}-\d{2}-\d{2},INR,invoice,card,2,150\.00,20\.00,3\.00,0\.00,147\.00$/);
    expect(rest).toEqual(['']);
    const other = await tenant.owner.get('/api/payments/reports', { headers: { accept: 'image/png' } });
    expect([other.status, other.body.error.code]).toEqual([406, 'NOT_ACCEPTABLE']);
  });

  test.each([
    'from=2026-01-01T00:00:00Z&to=2025-01-01T00:00:00Z',
    'from=2020-01-01T00:00:00Z&to=2025-01-01T00:00:00Z',
    'from=soon',
  ])('of %s are refused', async (query) => {
    for (const name of ['analytics', 'reports']) {
      const answer = await world.lakeside.owner.get(`/api/payments/${name}?${query}`);
      expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_FAILED']);
    }
  });

  test('are for those who may see payments', async () => {
    for (const name of ['analytics', 'reports'])
      expect((await world.app.http.get(`/api/payments/${name}`)).status).toBe(401);
  });
});
