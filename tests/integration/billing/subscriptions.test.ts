import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, endTrial, startBillingScene } from '../../support/billing-scene.ts';
import { signIn, type TestTenant } from '../../support/people.ts';

let scene: BillingScene;
let basic: string;
let pro: string;
let neighbour: TestTenant;

const START = '2027-11-01T00:00:00.000Z';
const at = (date: string): void => scene.clock.set(`${date}T00:00:00.000Z`);

beforeAll(async () => {
  scene = await startBillingScene();
  basic = await scene.plan();
  pro = await scene.plan({ name: 'Pro', monthlyPrice: '20.00', annualPrice: '200.00' });
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

describe('changing', () => {
  test('an upgrade is billed to the second, and the preview says exactly what', async () => {
    at('2027-11-01');
    const { tenant, path, owner } = await scene.subscriber(basic);
    at('2027-11-02');
    const client = await owner();
    const preview = await client.post(`${path}/preview-change`, { planId: pro });
    expect(preview.body.data).toMatchObject({
      policy: 'prorate',
      lines: [
        { kind: 'proration_credit', unitPrice: '-4.83' },
        { kind: 'proration_charge', unitPrice: '19.33' },
      ],
      invoice: { subtotal: '14.50', total: '14.50' },
      waiting: [],
    });
    const change = await client.post(`${path}/change-plan`, { planId: pro });
    const { subscription, invoiceId, ...said } = change.body.data;
    expect({ ...said, invoice: { ...said.invoice, lines: sorted(said.invoice.lines) } }).toEqual({
      ...preview.body.data,
      invoice: { ...preview.body.data.invoice, lines: sorted(preview.body.data.invoice.lines) },
    });
    expect(subscription).toMatchObject({
      planId: pro,
      unitPrice: '20.00',
      currentPeriodEnd: '2027-12-01T00:00:00.000Z',
    });
    expect(await rowsOf('select total, billing_reason from invoices where id = $1', invoiceId)).toEqual([
      { total: '14.5000', billing_reason: 'subscription_update' },
    ]);
    expect(await movementsOf(tenant.id)).toEqual([
      { kind: 'new', amount: '5.0000', mrr: '5.0000' },
      { kind: 'expansion', amount: '15.0000', mrr: '20.0000' },
    ]);
  });

  test('what a downgrade gives back is taken off the next invoices, and none is negative', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ name: 'Grand', monthlyPrice: '20.00', annualPrice: '200.00' });
    const { tenant, path, owner } = await scene.subscriber(plan);
    at('2027-11-02');
    const change = await (await owner()).post(`${path}/change-plan`, { planId: basic });
    expect(change.body.data).toMatchObject({
      policy: 'prorate',
      invoice: null,
      invoiceId: null,
      waiting: [{ amount: '-14.50' }],
    });
    at('2028-01-01');
    expect(await scene.renewAll()).toMatchObject({ failed: 0 });
    expect((await invoicesOf(tenant.id)).map(({ total }) => total)).toEqual(['20.0000', '0.0000', '0.0000']);
    const open = await rowsOf(
      'select unit_price from pending_invoice_items where tenant_id = $1 and invoice_id is null',
      tenant.id,
    );
    expect(open).toEqual([{ unit_price: '-4.5000' }]);
    const all = await rowsOf(
      'select sum(unit_price) as total from pending_invoice_items where tenant_id = $1',
      tenant.id,
    );
    expect(all).toEqual([{ total: '-14.5000' }]);
  });

  test('with next_period a change waits, a later one supersedes it, and the old terms withdraw it', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ monthlyPrice: '30.00', downgradePolicy: 'next_period' });
    const { tenant, path, owner } = await scene.subscriber(plan);
    at('2027-11-10');
    const client = await owner();
    const first = await client.post(`${path}/change-plan`, { planId: pro });
    expect(first.body.data).toMatchObject({
      policy: 'next_period',
      effectiveAt: '2027-12-01T00:00:00.000Z',
      lines: [],
    });
    const second = await client.post(`${path}/change-plan`, { planId: basic, quantity: 2 });
    expect(second.body.data.subscription.pending).toEqual({ planId: basic, billingCycle: 'monthly', quantity: 2 });
    const back = await client.post(`${path}/change-plan`, { planId: plan });
    expect(back.body.data).toMatchObject({ policy: 'withdrawn', subscription: { pending: null, planId: plan } });
    const none = await client.post(`${path}/change-plan`, { planId: plan });
    expect([none.status, none.body.error.code]).toEqual([422, 'SUBSCRIPTION_UNCHANGED']);
    await client.post(`${path}/change-plan`, { planId: basic, quantity: 2 });
    at('2027-12-01');
    await scene.renewAll();
    expect((await (await owner()).get(path)).body.data).toMatchObject({
      planId: basic,
      quantity: 2,
      unitPrice: '5.00',
    });
    expect((await invoicesOf(tenant.id)).map(({ total }) => total)).toEqual(['30.0000', '10.0000']);
  });

  test('full_price begins a period anew', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ upgradePolicy: 'full_price' });
    const { path, owner } = await scene.subscriber(plan);
    at('2027-11-16');
    const change = await (await owner()).post(`${path}/change-plan`, { planId: pro });
    expect(change.body.data).toMatchObject({
      policy: 'full_price',
      invoice: { total: '20.00', lines: [{ kind: 'subscription' }] },
      subscription: { currentPeriodStart: '2027-11-16T00:00:00.000Z', currentPeriodEnd: '2027-12-16T00:00:00.000Z' },
    });
  });

  test('a longer cycle is an upgrade: it begins now, and what is unused of the month comes off', async () => {
    at('2027-11-01');
    const { tenant, path, owner } = await scene.subscriber(pro);
    at('2027-11-16');
    const answer = await (await owner()).put(path, { billingCycle: 'annual', version: 1 });
    expect(answer.body.data).toMatchObject({
      billingCycle: 'annual',
      unitPrice: '200.00',
      currentPeriodEnd: '2028-11-16T00:00:00.000Z',
    });
    expect((await invoicesOf(tenant.id)).map(({ total }) => total)).toEqual(['20.0000', '190.0000']);
    expect(await movementsOf(tenant.id)).toEqual([
      { kind: 'new', amount: '20.0000', mrr: '20.0000' },
      { kind: 'contraction', amount: '-3.3333', mrr: '16.6667' },
    ]);
    const late = await (await owner()).put(path, { version: 1, metadata: {} });
    expect([late.status, late.body.error.code]).toEqual([409, 'VERSION_CONFLICT']);
  });

  test('a quantity keeps the agreed price, and a price change waits for the renewal', async () => {
    at('2027-11-01');
    const plan = await scene.plan();
    const { path, owner } = await scene.subscriber(plan);
    await (await scene.operator()).put(`/api/revenue/plans/${plan}`, { monthlyPrice: '9.00' });
    at('2027-11-16');
    const answer = await (await owner()).put(path, { quantity: 3 });
    expect(answer.body.data).toMatchObject({ quantity: 3, unitPrice: '5.00' });
    at('2027-12-01');
    await scene.renewAll();
    expect((await (await owner()).get(path)).body.data).toMatchObject({ quantity: 3, unitPrice: '9.00' });
  });

  test('a trial is changed without a bill', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ trialDays: 14 });
    const { tenant, path } = await scene.subscriber(plan);
    const change = await tenant.owner.post(`${path}/change-plan`, { planId: pro });
    expect(change.body.data).toMatchObject({
      policy: 'trial',
      invoice: null,
      subscription: { status: 'trialing', unitPrice: '20.00' },
    });
    expect(await movementsOf(tenant.id)).toEqual([]);
  });

  test('a plan of another currency is refused, and an order of nothing', async () => {
    at('2027-11-01');
    const { tenant, path } = await scene.subscriber(basic);
    const euros = await scene.plan({ currency: 'EUR' });
    const change = await tenant.owner.post(`${path}/change-plan`, { planId: euros });
    expect([change.status, change.body.error.code]).toEqual([422, 'CURRENCY_MISMATCH']);
    expect((await tenant.owner.post(`${path}/change-plan`, {})).status).toBe(400);
    expect((await tenant.owner.post(`${path}/preview-change`, { quantity: 0 })).status).toBe(400);
  });
});

const sorted = (lines: readonly { description: string }[]) =>
  lines.toSorted((a, b) => (a.description < b.description ? -1 : 1));
