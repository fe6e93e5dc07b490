import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, endTrial, startBillingScene } from '../../support/billing-scene.ts';
import { signIn, type TestTenant } from '../../support/people.ts';

let scene: BillingScene;
let basic: string;
let neighbour: TestTenant;

const START = '2027-11-01T00:00:00.000Z';
const at = (date: string): void => scene.clock.set(`${date}T00:00:00.000Z`);

beforeAll(async () => {
  scene = await startBillingScene();
  basic = await scene.plan();
  neighbour = await scene.tenant();
});

afterAll(() => scene.close());

const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);
const movementsOf = (tenantId: string) =>
  rowsOf('select kind, amount, mrr from mrr_movements where tenant_id = $1 order by occurred_at, id', tenantId);
const invoicesOf = (tenantId: string) =>
  rowsOf(
    'select billing_reason, subtotal, total, status from invoices where tenant_id = $1 order by created_at, id',
    tenantId,
  );

describe('subscribing', () => {
  test('a paid plan is invoiced in advance, and leaves a history, a movement, an event and an audit entry', async () => {
    at('2027-11-01');
    const { tenant, id, path } = await scene.subscriber(basic, { quantity: 3, metadata: { crmId: 'A-1' } });
    const answer = await tenant.owner.get(path);
    expect(answer.body.data).toMatchObject({
      status: 'active',
      unitPrice: '5.00',
      quantity: 3,
      currentPeriodStart: START,
      currentPeriodEnd: '2027-12-01T00:00:00.000Z',
      pending: null,
      metadata: { crmId: 'A-1' },
    });
    expect(await invoicesOf(tenant.id)).toEqual([
      { billing_reason: 'subscription_create', subtotal: '15.0000', total: '15.0000', status: 'open' },
    ]);
    expect(await movementsOf(tenant.id)).toEqual([{ kind: 'new', amount: '15.0000', mrr: '15.0000' }]);
    const changes = await tenant.owner.get(`${path}/changes`);
    expect(changes.body.data).toMatchObject([{ kind: 'created', changedByName: 'Owner', effectiveAt: START }]);
    const invoices = await tenant.owner.get(`${path}/invoices`);
    expect(invoices.body.data).toMatchObject([{ id: changes.body.data[0].invoiceId, total: '15.00' }]);
    const events = await rowsOf("select type from outbox_events where subject = $1 and type like 'subscription.%'", id);
    expect(events).toEqual([{ type: 'subscription.created' }]);
    const entries = await rowsOf('select action from audit_entries where resource_id = $1', id);
    expect(entries).toEqual([{ action: 'subscription.created' }]);
  });

  test('the first time a plan with a trial is taken, nothing is billed', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ trialDays: 14 });
    const { tenant, id, path } = await scene.subscriber(plan);
    expect((await tenant.owner.get(path)).body.data).toMatchObject({
      status: 'trialing',
      trialEndsAt: '2027-11-15T00:00:00.000Z',
      currentPeriodEnd: '2027-11-15T00:00:00.000Z',
    });
    expect(await invoicesOf(tenant.id)).toEqual([]);
    expect(await movementsOf(tenant.id)).toEqual([]);
    await tenant.owner.post(`${path}/cancel`, { when: 'now' });
    const again = await tenant.owner.post('/api/subscriptions', { planId: plan });
    expect(again.body.data.status).toBe('active');
    expect(again.body.data.id).not.toBe(id);
  });

  test('of twenty at once, one subscribes', async () => {
    at('2027-11-01');
    const tenant = await scene.tenant();
    await endTrial(tenant);
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => tenant.owner.post('/api/subscriptions', { planId: basic })),
    );
    const codes = answers.map(({ status, body }) => (status === 201 ? 201 : body.error.code)).toSorted();
    expect(codes).toEqual([201, ...Array.from({ length: 19 }, () => 'SUBSCRIPTION_EXISTS')]);
    expect(await invoicesOf(tenant.id)).toHaveLength(1);
  });

  test('a request with a key is done once', async () => {
    at('2027-11-01');
    const tenant = await scene.tenant();
    await endTrial(tenant);
    const key = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      [1, 2, 3].map(() => tenant.operator.post('/api/subscriptions', { planId: basic }, key)),
    );
    const done = answers.filter(({ status }) => status === 201);
    const repeated = await tenant.operator.post('/api/subscriptions', { planId: basic }, key);
    expect(repeated.status).toBe(201);
    expect(new Set([...done, repeated].map(({ body }) => body.data.id)).size).toBe(1);
    expect(await invoicesOf(tenant.id)).toHaveLength(1);
  });

  test.each([
    ['quantity 0', { quantity: 0 }, 400, 'body.quantity'],
    ['a negative quantity', { quantity: -1 }, 400, 'body.quantity'],
    ['a huge quantity', { quantity: 1e12 }, 400, 'body.quantity'],
    ['a part of a unit', { quantity: 1.5 }, 400, 'body.quantity'],
    ['an unknown cycle', { billingCycle: 'weekly' }, 400, 'body.billingCycle'],
    ['an unknown plan', { planId: randomUUID() }, 404, 'PLAN_NOT_FOUND'],
    ['another currency', { currency: 'EUR' }, 422, 'CURRENCY_MISMATCH'],
    ['no currency', { currency: 'XYZ' }, 400, 'body.currency'],
    ['an unknown coupon', { couponCode: 'NOSUCH' }, 422, 'COUPON_UNKNOWN'],
    ['no coupon code', { couponCode: 'a b; drop' }, 400, 'body.couponCode'],
    ['an unknown payment method', { paymentMethodId: randomUUID() }, 404, 'PAYMENT_METHOD_NOT_FOUND'],
  ])('refuses %s, and leaves nothing behind', async (_what, order, status, said) => {
    at('2027-11-01');
    const tenant = await scene.tenant();
    await endTrial(tenant);
    const answer = await tenant.owner.post('/api/subscriptions', { planId: basic, ...order });
    const { error } = answer.body;
    expect([answer.status, status === 400 ? error.details[0].path : error.code]).toEqual([status, said]);
    expect(await invoicesOf(tenant.id)).toEqual([]);
    const live = await rowsOf('select from subscriptions where tenant_id = $1 and ended_at is null', tenant.id);
    expect(live).toEqual([]);
  });

  test('an archived plan is not subscribed to', async () => {
    at('2027-11-01');
    const plan = await scene.plan();
    await rowsOf("update plans set status = 'archived' where id = $1", plan);
    const { tenant, path } = await scene.subscriber(basic);
    const change = await tenant.owner.post(`${path}/change-plan`, { planId: plan });
    expect([change.status, change.body.error.code]).toEqual([422, 'PLAN_UNAVAILABLE']);
    const other = await scene.tenant();
    await endTrial(other);
    const answer = await other.owner.post('/api/subscriptions', { planId: plan });
    expect([answer.status, answer.body.error.code]).toEqual([422, 'PLAN_UNAVAILABLE']);
  });
});

describe('who may', () => {
  test.each([
    ['get', '', undefined],
    ['put', '', { quantity: 2 }],
    ['post', '/cancel', {}],
    ['post', '/pause', {}],
    ['post', '/resume', undefined],
    ['post', '/change-plan', { quantity: 2 }],
    ['post', '/preview-change', { quantity: 2 }],
    ['post', '/renew', undefined],
    ['get', '/changes', undefined],
    ['get', '/invoices', undefined],
    ['get', '/usage', undefined],
    ['post', '/usage', { events: [{ source: 's', eventId: 'e', metric: 'm', quantity: '1', occurredAt: START }] }],
  ] as const)('%s %s: nobody without a session, and no other tenant', async (method, suffix, body) => {
    at('2027-11-01');
    const { path } = await scene.subscriber(basic);
    const call = (client: TestTenant['owner']) =>
      method === 'get' ? client.get(`${path}${suffix}`) : client[method](`${path}${suffix}`, body);
    expect((await call(scene.app.http)).status).toBe(401);
    const foreign = await call(await signIn(scene.app, neighbour.ownerEmail));
    expect([foreign.status, foreign.body.error.code]).toEqual([404, 'SUBSCRIPTION_NOT_FOUND']);
  });

  test('operators see those of all tenants', async () => {
    at('2027-11-01');
    const { id } = await scene.subscriber(basic);
    const operator = await scene.operator();
    const { body } = await operator.get('/api/subscriptions?status=active&limit=100');
    expect(body.data.map((item: { id: string }) => item.id)).toContain(id);
    expect(new Set(body.data.map((item: { status: string }) => item.status))).toEqual(new Set(['active']));
  });
});
