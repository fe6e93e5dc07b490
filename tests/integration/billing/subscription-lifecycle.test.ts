import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, startBillingScene, tenantContext } from '../../support/billing-scene.ts';
import { aTenant } from '../../support/people.ts';

let scene: BillingScene;
let basic: string;

const at = (moment: string): void => scene.clock.set(moment.length === 10 ? `${moment}T00:00:00.000Z` : moment);
const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);
const kindsOf = async (id: string) =>
  (await rowsOf('select kind from subscription_changes where subscription_id = $1 order by created_at, id', id)).map(
    ({ kind }) => kind,
  );
const invoicesOf = (id: string) =>
  rowsOf(
    `select billing_reason as reason, total::text, period_start as "from", period_end as "to" from invoices
     where subscription_id = $1 order by created_at, number`,
    id,
  );
const movementsOf = (id: string) =>
  rowsOf('select kind, amount::text from mrr_movements where subscription_id = $1 order by occurred_at, id', id);

beforeAll(async () => {
  scene = await startBillingScene({ quiet: true });
  basic = await scene.plan();
});

afterAll(() => scene.close());

describe('a trial', () => {
  test('ends with the first invoice, at the price of its begin', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ trialDays: 14 });
    const { id, path, owner } = await scene.subscriber(plan);
    await (await scene.operator()).put(`/api/revenue/plans/${plan}`, { monthlyPrice: '9.00' });
    at('2027-11-15');
    expect(await scene.renewAll()).toMatchObject({ failed: 0 });
    expect((await (await owner()).get(path)).body.data).toMatchObject({
      status: 'active',
      unitPrice: '5.00',
      currentPeriodStart: '2027-11-15T00:00:00.000Z',
      currentPeriodEnd: '2027-12-15T00:00:00.000Z',
    });
    expect(await invoicesOf(id)).toMatchObject([{ reason: 'subscription_cycle', total: '5.0000' }]);
    expect(await kindsOf(id)).toEqual(['created', 'trial_ended']);
    expect(await movementsOf(id)).toEqual([{ kind: 'new', amount: '5.0000' }]);
    at('2027-12-15');
    await scene.renewAll();
    expect((await (await owner()).get(path)).body.data.unitPrice).toBe('9.00');
  });

  test('can be ended by hand; a running period can not', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ trialDays: 14 });
    const { path, owner } = await scene.subscriber(plan);
    at('2027-11-03');
    const client = await owner();
    expect((await client.post(`${path}/renew`)).body.data).toMatchObject({
      status: 'active',
      trialEndsAt: '2027-11-03T00:00:00.000Z',
      currentPeriodEnd: '2027-12-03T00:00:00.000Z',
    });
    const again = await client.post(`${path}/renew`);
    expect([again.status, again.body.error.code]).toEqual([409, 'SUBSCRIPTION_NOT_DUE']);
  });

  test('that is canceled ends without an invoice', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ trialDays: 14 });
    const { id, path, tenant } = await scene.subscriber(plan);
    expect((await tenant.owner.post(`${path}/cancel`, {})).body.data).toMatchObject({ cancelAtPeriodEnd: true });
    at('2027-11-20');
    await scene.renewAll();
    expect(await rowsOf('select status, ended_at from subscriptions where id = $1', id)).toEqual([
      { status: 'canceled', ended_at: new Date('2027-11-15T00:00:00.000Z') },
    ]);
    expect(await invoicesOf(id)).toEqual([]);
    expect(await movementsOf(id)).toEqual([]);
  });
});

describe('canceling', () => {
  test('now: what is unused waits for the next subscription of the tenant, and the coupon of time is not spent twice', async () => {
    at('2027-11-01');
    const { tenant, id, path, owner } = await scene.subscriber(basic);
    at('2027-11-16');
    const client = await owner();
    const answer = await client.post(`${path}/cancel`, { when: 'now', reason: 'Too dear' });
    expect(answer.body.data).toMatchObject({
      status: 'canceled',
      endedAt: '2027-11-16T00:00:00.000Z',
      cancelReason: 'Too dear',
    });
    expect(await movementsOf(id)).toEqual([
      { kind: 'new', amount: '5.0000' },
      { kind: 'churn', amount: '-5.0000' },
    ]);
    const again = await client.post(`${path}/cancel`, { when: 'now' });
    expect([again.status, again.body.error.code]).toEqual([409, 'SUBSCRIPTION_STATE']);
    const next = await client.post('/api/subscriptions', { planId: basic });
    expect(next.status).toBe(201);
    expect(await invoicesOf(next.body.data.id)).toMatchObject([{ total: '2.5000' }]);
    expect(await movementsOf(next.body.data.id)).toEqual([{ kind: 'reactivation', amount: '5.0000' }]);
    expect(await rowsOf('select invoice_id from pending_invoice_items where tenant_id = $1', tenant.id)).toEqual([
      { invoice_id: expect.any(String) },
    ]);
  });

  test('now: nothing is given back where downgrades are not prorated', async () => {
    at('2027-11-01');
    const plan = await scene.plan({ downgradePolicy: 'next_period' });
    const { tenant, path, owner } = await scene.subscriber(plan);
    at('2027-11-16');
    await (await owner()).post(`${path}/cancel`, { when: 'now' });
    expect(await rowsOf('select from pending_invoice_items where tenant_id = $1', tenant.id)).toEqual([]);
  });

  test('at the end of the period, and taken back', async () => {
    at('2027-11-01');
    const { id, path, owner } = await scene.subscriber(basic);
    at('2027-11-16');
    const client = await owner();
    await client.post(`${path}/cancel`, { when: 'period_end' });
    const twice = await client.post(`${path}/cancel`, { when: 'period_end' });
    expect([twice.status, twice.body.error.code]).toEqual([409, 'SUBSCRIPTION_ENDING']);
    const change = await client.put(path, { quantity: 2 });
    expect([change.status, change.body.error.code]).toEqual([409, 'SUBSCRIPTION_ENDING']);
    expect((await client.post(`${path}/resume`)).body.data).toMatchObject({
      cancelAtPeriodEnd: false,
      canceledAt: null,
    });
    const none = await client.post(`${path}/resume`);
    expect([none.status, none.body.error.code]).toEqual([409, 'SUBSCRIPTION_STATE']);
    await client.post(`${path}/cancel`, { when: 'period_end' });
    at('2028-02-01');
    await scene.renewAll();
    expect(await kindsOf(id)).toEqual([
      'created',
      'cancel_scheduled',
      'cancel_revoked',
      'cancel_scheduled',
      'canceled',
    ]);
    expect(await invoicesOf(id)).toHaveLength(1);
    const [end] = await rowsOf(
      "select occurred_at from mrr_movements where subscription_id = $1 and kind = 'churn'",
      id,
    );
    expect(end).toEqual({ occurred_at: new Date('2027-12-01T00:00:00.000Z') });
  });
});

describe('pausing', () => {
  test('stops the time: nothing is billed, and the period ends later by the pause', async () => {
    at('2027-11-01');
    const { id, path, owner } = await scene.subscriber(basic);
    at('2027-11-11');
    expect((await (await owner()).post(`${path}/pause`, {})).body.data.status).toBe('paused');
    at('2028-01-11');
    await scene.renewAll();
    expect(await invoicesOf(id)).toHaveLength(1);
    const client = await owner();
    const change = await client.put(path, { quantity: 2 });
    expect([change.status, change.body.error.code]).toEqual([409, 'SUBSCRIPTION_STATE']);
    expect((await client.post(`${path}/resume`)).body.data).toMatchObject({
      status: 'active',
      pausedAt: null,
      currentPeriodEnd: '2028-01-31T00:00:00.000Z',
    });
    at('2028-03-31');
    await scene.renewAll();
    expect((await invoicesOf(id)).map(({ to }) => new Date(String(to)).toISOString().slice(0, 10))).toEqual([
      '2027-12-01',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ]);
    expect(await movementsOf(id)).toEqual([{ kind: 'new', amount: '5.0000' }]);
  });

  test('goes on by itself at the moment that was said, however late the job is', async () => {
    at('2027-11-01');
    const { id, path, owner } = await scene.subscriber(basic);
    at('2027-11-11');
    const client = await owner();
    const past = await client.post(`${path}/pause`, { resumesAt: '2027-11-10T00:00:00Z' });
    expect([past.status, past.body.error.details[0].path]).toEqual([400, 'body.resumesAt']);
    await client.post(`${path}/pause`, { resumesAt: '2027-11-21T00:00:00Z' });
    at('2027-12-05');
    expect(await scene.renewAll()).toMatchObject({ resumed: 1, failed: 0 });
    const [row] = await rowsOf('select status, current_period_end as end from subscriptions where id = $1', id);
    expect(row).toEqual({ status: 'active', end: new Date('2027-12-11T00:00:00.000Z') });
    expect(await invoicesOf(id)).toHaveLength(1);
  });

  test('a pause is given back when it ends in a cancellation', async () => {
    at('2027-11-01');
    const { tenant, path, owner } = await scene.subscriber(basic);
    at('2027-11-16');
    await (await owner()).post(`${path}/pause`, {});
    at('2028-03-01');
    await (await owner()).post(`${path}/cancel`, { when: 'now' });
    expect(await rowsOf('select unit_price::text from pending_invoice_items where tenant_id = $1', tenant.id)).toEqual([
      { unit_price: '-2.5000' },
    ]);
  });
});

describe('owing', () => {
  /** A payment of a subscription's invoice that has failed. */
  async function aFailedPayment(subscriptionId: string): Promise<{ paymentId: string; invoiceId: string }> {
    const [row] = await scene.app.rows<{ paymentId: string; invoiceId: string }>(
      `insert into payments (tenant_id, id, purpose, invoice_id, gateway, method, status, currency, amount, net_amount,
         failure_class, updated_at)
       select tenant_id, gen_random_uuid(), 'invoice', id, 'sandbox', 'card', 'failed', currency, total, total, 'soft', now()
       from invoices where subscription_id = $1 returning id as "paymentId", invoice_id as "invoiceId"`,
      [subscriptionId],
    );
    return row ?? { paymentId: '', invoiceId: '' };
  }

  test('a failed payment makes it past due, a paid invoice active again', async () => {
    at('2027-11-01');
    const { tenant, id, path, owner } = await scene.subscriber(basic);
    const { subscriptionLifecycle } = scene.app.container.services;
    const { paymentId, invoiceId } = await aFailedPayment(id);
    const ctx = () => tenantContext(tenant.id);
    await subscriptionLifecycle.markPastDue(ctx(), paymentId);
    await subscriptionLifecycle.markPastDue(ctx(), paymentId);
    const client = await owner();
    expect((await client.get(path)).body.data).toMatchObject({
      status: 'past_due',
      pastDueAt: scene.clock.now().toISOString(),
    });
    const change = await client.put(path, { quantity: 2 });
    expect([change.status, change.body.error.code]).toEqual([409, 'SUBSCRIPTION_STATE']);
    await subscriptionLifecycle.recover(ctx(), invoiceId);
    expect((await client.get(path)).body.data.status).toBe('past_due');
    await rowsOf("update invoices set status = 'paid', amount_paid = total, paid_at = now() where id = $1", invoiceId);
    await subscriptionLifecycle.recover(ctx(), invoiceId);
    await subscriptionLifecycle.markPastDue(ctx(), paymentId);
    expect((await client.get(path)).body.data).toMatchObject({ status: 'active', pastDueAt: null });
    expect(await kindsOf(id)).toEqual(['created', 'past_due', 'recovered']);
    expect(await movementsOf(id)).toHaveLength(1);
  });

  test('who owes a period gets nothing back for it', async () => {
    at('2027-11-01');
    const { tenant, id, path, owner } = await scene.subscriber(basic);
    const { paymentId } = await aFailedPayment(id);
    await scene.app.container.services.subscriptionLifecycle.markPastDue(tenantContext(tenant.id), paymentId);
    at('2027-11-16');
    await (await owner()).post(`${path}/cancel`, { when: 'now' });
    expect(await rowsOf('select from pending_invoice_items where tenant_id = $1', tenant.id)).toEqual([]);
  });
});

test('a period that is over waits for its renewal, and can be left', async () => {
  at('2027-11-01');
  const { id, path, owner } = await scene.subscriber(basic);
  at('2027-12-01');
  const client = await owner();
  for (const [suffix, body] of [
    ['change-plan', { quantity: 2 }],
    ['preview-change', { quantity: 2 }],
    ['pause', {}],
  ] as const) {
    const answer = await client.post(`${path}/${suffix}`, body);
    expect([answer.status, answer.body.error.code]).toEqual([409, 'SUBSCRIPTION_RENEWAL_DUE']);
  }
  expect((await client.post(`${path}/renew`)).body.data.currentPeriodEnd).toBe('2028-01-01T00:00:00.000Z');
  at('2028-01-01');
  expect((await (await owner()).post(`${path}/cancel`, { when: 'now' })).status).toBe(200);
  expect(await invoicesOf(id)).toHaveLength(2);
});

test('a new tenant begins with a trial, which its history tells', async () => {
  at('2027-11-01');
  const { id } = await aTenant(scene.app, await scene.operator());
  expect(await rowsOf('select status from subscriptions where tenant_id = $1', id)).toEqual([{ status: 'trialing' }]);
  expect(await rowsOf('select kind from subscription_changes where tenant_id = $1', id)).toEqual([{ kind: 'created' }]);
});
