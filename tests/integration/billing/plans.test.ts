import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let subscribedPlan: string;

beforeAll(async () => {
  app = await startTestApp();
  subscribedPlan = await aPlan(app);
  operator = await anOperator(app);
  tenant = await aTenant(app, operator);
});

afterAll(() => app.close());

const PLAN = { code: 'starter', name: 'Starter', currency: 'INR', monthlyPrice: '499', annualPrice: '4990.5' };

test('a plan is created with its prices at the currency’s exponent', async () => {
  const answer = await operator.post('/api/revenue/plans', PLAN);
  expect(answer.status).toBe(201);
  expect(answer.body.data).toMatchObject({
    monthlyPrice: '499.00',
    annualPrice: '4990.50',
    trialDays: 0,
    upgradePolicy: 'prorate',
    downgradePolicy: 'next_period',
    prorationUnit: 'second',
    taxRateId: null,
    features: [],
    limits: {},
    usagePrices: {},
    status: 'active',
  });
  const rows = await app.rows('select code, monthly_price from plans where id = $1', [answer.body.data.id]);
  expect(rows).toEqual([{ code: 'starter', monthly_price: '499.0000' }]);
  const again = await operator.post('/api/revenue/plans', PLAN);
  expect([again.status, again.body.error.code]).toEqual([409, 'PLAN_CODE_TAKEN']);
});

test.each([
  [
    'more decimals than the currency has',
    { ...PLAN, code: 'yen', currency: 'JPY', monthlyPrice: '1.50' },
    'body.monthlyPrice',
  ],
  ['a policy that is none', { ...PLAN, code: 'x2', upgradePolicy: 'never' }, 'body.upgradePolicy'],
  [
    'a price of a metric that is no number',
    { ...PLAN, code: 'x3', usagePrices: { sms: 'NaN' } },
    'body.usagePrices.sms',
  ],
  ['a tax that is not there', { ...PLAN, code: 'x4', taxRateId: randomUUID() }, 'body.taxRateId'],
  ['a code with capitals', { ...PLAN, code: 'Starter' }, 'body.code'],
  ['a trial of two years', { ...PLAN, code: 'long', trialDays: 730 }, 'body.trialDays'],
  ['an unknown field', { ...PLAN, code: 'x1', status: 'archived' }, 'body.status'],
])('refuses %s', async (_what, body, path) => {
  const answer = await operator.post('/api/revenue/plans', body);
  expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
});

test('only operators write; tenants see active plans', async () => {
  expect((await tenant.owner.post('/api/revenue/plans', PLAN)).status).toBe(403);
  expect((await app.http.get('/api/revenue/plans')).status).toBe(401);
  const created = await operator.post('/api/revenue/plans', { ...PLAN, code: 'old' });
  const { id } = created.body.data;
  await app.rows("update plans set status = 'archived' where id = $1", [id]);
  expect((await tenant.owner.get(`/api/revenue/plans/${id}`)).status).toBe(404);
  expect((await operator.get(`/api/revenue/plans/${id}`)).status).toBe(200);
  const codes = async (client: HttpClient) => (await client.get('/api/revenue/plans?search=old')).body.meta.total;
  expect([await codes(tenant.owner), await codes(operator)]).toEqual([0, 1]);
});

test('a change bumps the version, and an older one loses', async () => {
  const { body } = await operator.post('/api/revenue/plans', { ...PLAN, code: 'versions', description: 'First' });
  const path = `/api/revenue/plans/${body.data.id}`;
  const changed = await operator.put(path, { version: 1, monthlyPrice: '599.00' });
  expect(changed.body.data).toMatchObject({ version: 2, monthlyPrice: '599.00', description: 'First' });
  const late = await operator.put(path, { version: 1, description: null });
  expect([late.status, late.body.error.code]).toEqual([409, 'VERSION_CONFLICT']);
  expect(late.body.error.details.current.version).toBe(2);
  expect((await operator.put(path, {})).body.data).toMatchObject({ description: 'First', trialDays: 0 });
});

describe('deleting', () => {
  test('removes a plan that nobody subscribed to', async () => {
    const { body } = await operator.post('/api/revenue/plans', { ...PLAN, code: 'unused' });
    expect((await operator.delete(`/api/revenue/plans/${body.data.id}`)).status).toBe(204);
    expect(await app.rows('select 1 from plans where id = $1', [body.data.id])).toEqual([]);
    expect((await operator.delete(`/api/revenue/plans/${randomUUID()}`)).status).toBe(404);
  });

  test('archives one that has a subscription', async () => {
    expect((await operator.delete(`/api/revenue/plans/${subscribedPlan}`)).status).toBe(204);
    expect(await app.rows('select status from plans where id = $1', [subscribedPlan])).toEqual([
      { status: 'archived' },
    ]);
    const changed = await operator.put(`/api/revenue/plans/${subscribedPlan}`, { name: 'New name' });
    expect([changed.status, changed.body.error.code]).toEqual([409, 'PLAN_ARCHIVED']);
  });
});
