import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, startBillingScene } from '../../support/billing-scene.ts';

let scene: BillingScene;
let basic: string;
let pro: string;

const at = (date: string): void => scene.clock.set(`${date}T00:00:00.000Z`);
const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);
const movementsOf = (tenantId: string) =>
  rowsOf('select kind, amount, mrr from mrr_movements where tenant_id = $1 order by occurred_at, id', tenantId);
const invoicesOf = (tenantId: string) =>
  rowsOf(
    'select billing_reason, subtotal, total, status from invoices where tenant_id = $1 order by created_at, id',
    tenantId,
  );

beforeAll(async () => {
  scene = await startBillingScene();
  basic = await scene.plan();
  pro = await scene.plan({ name: 'Pro', monthlyPrice: '20.00', annualPrice: '200.00' });
});

afterAll(() => scene.close());

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
