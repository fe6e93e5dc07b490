import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type BillingScene, endTrial, startBillingScene } from '../../support/billing-scene.ts';

let scene: BillingScene;
let plan: string;

const at = (date: string): void => scene.clock.set(`${date}T00:00:00.000Z`);
const rowsOf = (text: string, ...values: unknown[]) => scene.app.rows(text, values);
const totalsOf = async (id: string) =>
  (
    await rowsOf(
      'select (subtotal - discount_total)::text as net from invoices where subscription_id = $1 order by created_at, number',
      id,
    )
  ).map(({ net }) => net);

beforeAll(async () => {
  scene = await startBillingScene();
  plan = await scene.plan({ monthlyPrice: '100.00', annualPrice: '1000.00' });
});

afterAll(() => scene.close());

const COUPON = {
  code: 'welcome-1',
  name: 'Welcome',
  discountType: 'percentage',
  discountValue: '20',
  duration: 'once',
};

describe('the operator’s list', () => {
  test('takes coupons, finds them, and keeps those that were redeemed', async () => {
    at('2027-11-01');
    const operator = await scene.operator();
    const made = await operator.post('/api/revenue/coupons', COUPON);
    expect(made.body.data).toMatchObject({ code: 'WELCOME-1', discountValue: '20', redemptions: 0, planIds: [] });
    const { id } = made.body.data;
    const again = await operator.post('/api/revenue/coupons', { ...COUPON, code: 'Welcome-1' });
    expect([again.status, again.body.error.code]).toEqual([409, 'COUPON_CODE_TAKEN']);
    const { path } = await scene.subscriber(plan, { couponCode: 'welcome-1' });
    const found = await operator.get('/api/revenue/coupons?search=WELCOME&status=active');
    expect(found.body.data).toMatchObject([{ id, redemptions: 1 }]);
    expect((await operator.delete(`/api/revenue/coupons/${id}`)).status).toBe(204);
    expect((await operator.delete(`/api/revenue/coupons/${id}`)).body.error.code).toBe('COUPON_NOT_FOUND');
    expect(await rowsOf('select archived_at is not null as archived from coupons where id = $1', id)).toEqual([
      { archived: true },
    ]);
    expect(path).toContain('/api/subscriptions/');
    const unused = await operator.post('/api/revenue/coupons', { ...COUPON, code: 'UNUSED' });
    expect((await operator.delete(`/api/revenue/coupons/${unused.body.data.id}`)).status).toBe(204);
    expect(await rowsOf('select from coupons where id = $1', unused.body.data.id)).toEqual([]);
    const actions = await rowsOf(
      'select action from audit_entries where resource_id = $1 order by occurred_at, id',
      id,
    );
    expect(actions).toEqual([{ action: 'coupon.created' }, { action: 'coupon.deleted' }]);
  });

  test.each([
    ['more than everything', { discountValue: '101' }, 'body.discountValue'],
    ['nothing', { discountValue: '0' }, 'body.discountValue'],
    ['a negative discount', { discountValue: '-5' }, 'body.discountValue'],
    ['no number', { discountValue: '1e400' }, 'body.discountValue'],
    ['a fixed discount without a currency', { discountType: 'fixed' }, 'body.currency'],
    ['a percentage with one', { currency: 'USD' }, 'body.currency'],
    [
      'decimals the currency has not',
      { discountType: 'fixed', currency: 'JPY', discountValue: '1.5' },
      'body.discountValue',
    ],
    ['a repeating one without an end', { duration: 'repeating' }, 'body.durationPeriods'],
    ['a single one with periods', { durationPeriods: 3 }, 'body.durationPeriods'],
    ['no redemption at all', { maxRedemptions: 0 }, 'body.maxRedemptions'],
    ['a plan that is not there', { planIds: [randomUUID()] }, 'body.planIds'],
    ['a code with blanks', { code: 'A B' }, 'body.code'],
  ])('refuses %s', async (_what, fields, path) => {
    at('2027-11-01');
    const answer = await (await scene.operator()).post('/api/revenue/coupons', { ...COUPON, code: 'BAD', ...fields });
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
    expect(await rowsOf("select from coupons where code = 'BAD'")).toEqual([]);
  });

  test('is the operator’s alone', async () => {
    at('2027-11-01');
    const { owner } = await scene.tenant();
    expect((await owner.get('/api/revenue/coupons')).status).toBe(403);
    expect((await owner.post('/api/revenue/coupons', COUPON)).status).toBe(403);
    expect((await scene.app.http.get('/api/revenue/coupons')).status).toBe(401);
  });
});

describe('a coupon takes off', () => {
  test.each([
    ['once', { duration: 'once' }, ['80.0000', '100.0000', '100.0000']],
    ['for two periods', { duration: 'repeating', durationPeriods: 2 }, ['80.0000', '80.0000', '100.0000']],
    ['for ever', { duration: 'forever' }, ['80.0000', '80.0000', '80.0000']],
    [
      'a fixed amount',
      { discountType: 'fixed', discountValue: '30.50', currency: 'USD' },
      ['69.5000', '69.5000', '69.5000'],
    ],
    [
      'no more than there is',
      { discountType: 'fixed', discountValue: '130', currency: 'USD' },
      ['0.0000', '0.0000', '0.0000'],
    ],
  ])('%s', async (_what, fields, expected) => {
    at('2027-11-01');
    const couponCode = await scene.coupon(fields);
    const { id } = await scene.subscriber(plan, { couponCode });
    at('2028-01-01');
    expect((await scene.renewAll()).failed).toBe(0);
    expect(await totalsOf(id)).toEqual(expected);
    const [movements] = await scene.app.rows<{ mrr: string }>(
      'select coalesce(sum(amount), 0)::text as mrr from mrr_movements where subscription_id = $1',
      [id],
    );
    expect(Number(movements?.mrr)).toBe(Number(expected.at(-1)));
  });

  test('after a trial from the first paid period on', async () => {
    at('2027-11-01');
    const trial = await scene.plan({ monthlyPrice: '100.00', trialDays: 14 });
    const { id } = await scene.subscriber(trial, { couponCode: await scene.coupon({ duration: 'once' }) });
    at('2027-12-20');
    await scene.renewAll();
    expect(await totalsOf(id)).toEqual(['80.0000', '100.0000']);
  });

  test('from the next period on when it comes later', async () => {
    at('2027-11-01');
    const { id, path, owner } = await scene.subscriber(plan);
    at('2027-11-10');
    expect((await (await owner()).put(path, { couponCode: await scene.coupon({ duration: 'once' }) })).status).toBe(
      200,
    );
    at('2028-01-01');
    await scene.renewAll();
    expect(await totalsOf(id)).toEqual(['100.0000', '80.0000', '100.0000']);
    const kinds = await rowsOf(
      'select kind, amount::text from mrr_movements where subscription_id = $1 order by occurred_at',
      id,
    );
    expect(kinds).toEqual([
      { kind: 'new', amount: '100.0000' },
      { kind: 'contraction', amount: '-20.0000' },
      { kind: 'expansion', amount: '20.0000' },
    ]);
  });

  test('of a change what it takes off the period, and gives back no more than was paid', async () => {
    at('2027-11-01');
    const { path, owner } = await scene.subscriber(plan, { couponCode: await scene.coupon({ discountValue: '50' }) });
    at('2027-11-16');
    const client = await owner();
    const up = await client.post(`${path}/change-plan`, { quantity: 2 });
    expect(up.body.data.lines.map(({ unitPrice }: { unitPrice: string }) => unitPrice)).toEqual(['-25.00', '50.00']);
    await client.post(`${path}/cancel`, { when: 'now' });
    const [credit] = await rowsOf(
      'select unit_price::text from pending_invoice_items where subscription_id = $1',
      path.split('/').at(-1),
    );
    expect(credit).toEqual({ unit_price: '-50.0000' });
  });
});

describe('redeeming', () => {
  test('a second coupon is refused, and so is the same one again', async () => {
    at('2027-11-01');
    const [first, second] = [await scene.coupon({ duration: 'once' }), await scene.coupon()];
    const { path, tenant, owner } = await scene.subscriber(plan, { couponCode: first });
    const stacked = await tenant.owner.put(path, { couponCode: second });
    expect([stacked.status, stacked.body.error.code]).toEqual([409, 'COUPON_ALREADY_APPLIED']);
    expect(await rowsOf('select redemptions from coupons where code = $1', second)).toEqual([{ redemptions: 0 }]);
    at('2027-12-01');
    await scene.renewAll();
    const client = await owner();
    const again = await client.put(path, { couponCode: first });
    expect([again.status, again.body.error.code]).toEqual([409, 'COUPON_ALREADY_APPLIED']);
    expect(await rowsOf('select redemptions from coupons where code = $1', first)).toEqual([{ redemptions: 1 }]);
    expect((await client.put(path, { couponCode: second })).status).toBe(200);
  });

  test('an expired, an archived, a foreign and a plan-bound coupon are refused', async () => {
    at('2027-11-01');
    const other = await scene.plan();
    const codes = {
      expired: await scene.coupon({ expiresAt: '2027-11-10T00:00:00Z' }),
      foreign: await scene.coupon({ discountType: 'fixed', discountValue: '5', currency: 'EUR' }),
      bound: await scene.coupon({ planIds: [other] }),
      archived: await scene.coupon(),
    };
    await rowsOf('update coupons set archived_at = now() where code = $1', codes.archived);
    at('2027-11-10');
    const tenant = await scene.tenant();
    await endTrial(tenant);
    const refusals: [string, string][] = [
      [codes.expired, 'COUPON_EXPIRED'],
      [codes.foreign, 'CURRENCY_MISMATCH'],
      [codes.bound, 'COUPON_NOT_FOR_PLAN'],
      [codes.archived, 'COUPON_UNKNOWN'],
    ];
    for (const [couponCode, code] of refusals) {
      const answer = await tenant.owner.post('/api/subscriptions', { planId: plan, couponCode });
      expect([answer.status, answer.body.error.code]).toEqual([422, code]);
    }
    const bound = await tenant.owner.post('/api/subscriptions', { planId: other, couponCode: codes.bound });
    expect(bound.status).toBe(201);
    const path = `/api/subscriptions/${bound.body.data.id}`;
    const change = await tenant.owner.post(`${path}/change-plan`, { planId: plan });
    expect(change.body.data.lines.at(-1).unitPrice).toBe('100.00');
  });

  test('by fifty at once, no more than it may', async () => {
    at('2027-11-01');
    const couponCode = await scene.coupon({ maxRedemptions: 7 });
    const tenants = await scene.unsubscribed(50);
    const answers = await Promise.all(
      tenants.map(({ operator }) => operator.post('/api/subscriptions', { planId: plan, couponCode })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(7);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(({ body }) => body.error.code))).toEqual(
      new Set(['COUPON_USED_UP']),
    );
    expect(await rowsOf('select redemptions from coupons where code = $1', couponCode)).toEqual([{ redemptions: 7 }]);
    const redeemed = await rowsOf(
      'select from coupon_redemptions join coupons on coupons.id = coupon_id where code = $1',
      couponCode,
    );
    expect(redeemed).toHaveLength(7);
  }, 60_000);
});
