import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { aMethod, anOpenInvoice, aPayment, balancesOf, paymentRow, refund } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant } from '../../support/people.ts';

let world: PaymentsApp;
let method: string;

beforeAll(async () => {
  world = await startPaymentsApp();
  method = await aMethod(world.lakeside, 'ok', { isDefault: true });
});

afterAll(() => world.close());

const codeOf = ({ status, body }: HttpAnswer) => [status, body.error?.code];

const refundsOf = (paymentId: string) =>
  world.app.rows('select status, amount, failure_code from refunds where payment_id = $1 order by created_at', [
    paymentId,
  ]);

describe('refunding', () => {
  test('gives all back, books it and tells of it', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const paymentId = await aPayment(tenant, await aMethod(tenant, 'ok'));
    const answer = await tenant.owner.post('/api/payments/refund', { paymentId, reason: 'Closed for repairs' });
    expect(answer.status).toBe(201);
    const { id } = answer.body.data;
    expect(answer.body.data).toMatchObject({
      ...{ paymentId, amount: '100.00', currency: 'INR', status: 'succeeded', reason: 'Closed for repairs' },
      ...{ gatewayRefundId: expect.stringMatching(/^re_/), createdBy: expect.any(String) },
    });
    expect(world.server.refunds.get(id)).toMatchObject({ amount: '100.00' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded', amount_refunded: '100.0000' });
    // No credit note explains it: revenue stays, and what it cost is seen apart.
    expect(await balancesOf(tenant)).toEqual({ revenue: '-100', refunds: '100' });
    const events = await world.app.rows("select payload from outbox_events where type = 'payment.refunded'");
    expect(events).toContainEqual({ payload: { paymentId, refundId: id } });
    const audited = await world.app.rows('select action, changes from audit_entries where resource_id = $1', [id]);
    expect(audited).toMatchObject([{ action: 'payment.refund_requested', changes: { after: { amount: '100.00' } } }]);
    const details = await tenant.owner.get(`/api/payments/transactions/${paymentId}`);
    expect(details.body.data.refunds).toMatchObject([{ id, amount: '100.00' }]);
  });

  test('gives parts back until nothing is left', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    expect((await refund(world.lakeside, { paymentId, amount: '30' })).body.data.amount).toBe('30.00');
    const tooMuch = await refund(world.lakeside, { paymentId, amount: '70.01' });
    expect(codeOf(tooMuch)).toEqual([409, 'REFUND_EXCEEDS_PAYMENT']);
    expect(tooMuch.body.error.details).toEqual({ left: '70.00', currency: 'INR' });
    expect((await refund(world.lakeside, { paymentId })).body.data.amount).toBe('70.00');
    expect(codeOf(await refund(world.lakeside, { paymentId }))).toEqual([409, 'REFUND_EXCEEDS_PAYMENT']);
    expect(await refundsOf(paymentId)).toHaveLength(2);
  });

  test('of fifty at once never gives back more than was captured', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refund(world.lakeside, { paymentId, amount: '7.00' })),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(14);
    for (const answer of answers.filter(({ status }) => status !== 201))
      expect(codeOf(answer)).toEqual([409, 'REFUND_EXCEEDS_PAYMENT']);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '98.0000' });
    const given = [...world.server.refunds.values()].filter(
      ({ gatewayPaymentId }) => gatewayPaymentId === world.server.charges.get(paymentId)?.id,
    );
    expect(given).toHaveLength(14);
    const [booked] = await world.app.rows(
      `select -sum(amount) as amount from ledger_entries entry join ledger_transactions booking
         on booking.tenant_id = entry.tenant_id and booking.id = entry.transaction_id
       where account = 'gateway' and subject_id in (select id from refunds where payment_id = $1)`,
      [paymentId],
    );
    expect(booked).toEqual({ amount: '98.0000' });
  });

  test('has one effect and one answer for one hundred clients with one key', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    const key = randomUUID();
    const before = world.server.refunds.size;
    const ask = () => refund(world.lakeside, { paymentId, amount: '10.00' }, key);
    const answers = await Promise.all(Array.from({ length: 100 }, ask));
    const settled = await ask();
    expect(settled.status).toBe(201);
    for (const answer of answers) {
      if (answer.status === 201) expect(answer.text).toBe(settled.text);
      else expect(codeOf(answer)).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS']);
    }
    expect(world.server.refunds.size).toBe(before + 1);
    expect(await refundsOf(paymentId)).toHaveLength(1);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '10.0000' });
    expect(codeOf(await refund(world.lakeside, { paymentId, amount: '11.00' }, key))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  test('that the gateway refuses gives the amount back to the payment', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    world.server.refundsWill('failed');
    const failed = await refund(world.lakeside, { paymentId });
    world.server.refundsWill('succeeded');
    expect(failed.body.data).toMatchObject({ status: 'failed', failureCode: 'refund_failed' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '0.0000' });
    expect((await refund(world.lakeside, { paymentId })).body.data.status).toBe('succeeded');
  });

  test('that the gateway answers later counts meanwhile', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    world.server.refundsWill('pending');
    const pending = await refund(world.lakeside, { paymentId, amount: '60.00' });
    world.server.refundsWill('succeeded');
    expect(pending.body.data).toMatchObject({
      status: 'pending',
      gatewayRefundId: expect.any(String),
      succeededAt: null,
    });
    expect(codeOf(await refund(world.lakeside, { paymentId, amount: '40.01' }))).toEqual([
      409,
      'REFUND_EXCEEDS_PAYMENT',
    ]);
  });

  test('whose answer is lost goes on with the same key, and is done once', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    const key = randomUUID();
    const before = world.server.refunds.size;
    world.server.make('does them and loses the answer');
    expect(codeOf(await refund(world.lakeside, { paymentId }, key))).toEqual([503, 'PAYMENT_GATEWAY_UNAVAILABLE']);
    world.server.make('none');
    expect((await refund(world.lakeside, { paymentId }, key)).body.data.status).toBe('succeeded');
    expect(world.server.refunds.size).toBe(before + 1);
    expect(await refundsOf(paymentId)).toMatchObject([{ status: 'succeeded', amount: '100.0000' }]);
  });

  test('of what was paid outside is recorded without a gateway', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const invoiceId = await anOpenInvoice(tenant);
    const paid = await tenant.operator.post(`/api/revenue/invoices/${invoiceId}/pay`, {
      ...{ through: 'outside', method: 'cash', reference: 'RECEIPT 1', paidAt: world.now().toISOString() },
    });
    const before = world.server.requests;
    const answer = await refund(tenant, { paymentId: paid.body.data.id, amount: '25' });
    expect(answer.body.data).toMatchObject({ status: 'succeeded', gatewayRefundId: null });
    expect(world.server.requests).toBe(before);
    expect(await balancesOf(tenant)).toEqual({ bank: '75', revenue: '-100', refunds: '25' });
  });
});

describe('what is refused', () => {
  test.each([
    ['too many decimals', { amount: '1.001' }, 422, 'PAYMENT_AMOUNT_REFUSED'],
    ['nothing', { amount: '0' }, 422, 'PAYMENT_AMOUNT_REFUSED'],
    ['another currency', { amount: '1', currency: 'USD' }, 422, 'PAYMENT_CURRENCY_REFUSED'],
    ['the number of a card', { reason: 'to 4242-4242-4242-4242' }, 422, 'CARD_NUMBER_REFUSED'],
    ['less than nothing', { amount: '-1' }, 400, 'VALIDATION_FAILED'],
    ['no number', { amount: 'NaN' }, 400, 'VALIDATION_FAILED'],
    ['an exponent', { amount: '1e400' }, 400, 'VALIDATION_FAILED'],
    ['a float', { amount: 1.5 }, 400, 'VALIDATION_FAILED'],
    ['an unknown field', { cardNumber: '4242424242424242' }, 400, 'VALIDATION_FAILED'],
  ] as const)('%s, and nothing is written', async (_name, fields, status, code) => {
    const paymentId = await aPayment(world.lakeside, method);
    const answer = await refund(world.lakeside, { paymentId, ...fields });
    expect(codeOf(answer)).toEqual([status, code]);
    expect(answer.text).not.toContain('4242');
    expect(await refundsOf(paymentId)).toEqual([]);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '0.0000' });
  });

  test("another tenant's payment, an unknown one, and one that failed", async () => {
    const foreign = await aPayment(world.hillside, await aMethod(world.hillside, 'ok'));
    expect(codeOf(await refund(world.lakeside, { paymentId: foreign }))).toEqual([404, 'PAYMENT_NOT_FOUND']);
    expect(codeOf(await refund(world.lakeside, { paymentId: randomUUID() }))).toEqual([404, 'PAYMENT_NOT_FOUND']);
    const failed = await aPayment(world.lakeside, await aMethod(world.lakeside, 'soft'));
    expect(codeOf(await refund(world.lakeside, { paymentId: failed }))).toEqual([409, 'PAYMENT_NOT_REFUNDABLE']);
  });

  test('nobody without a session', async () => {
    expect((await world.app.http.post('/api/payments/refund', { paymentId: randomUUID() })).status).toBe(401);
  });
});

describe('the list', () => {
  test('has the refunds of the tenant, or of all for an operator', async () => {
    const paymentId = await aPayment(world.lakeside, method);
    await refund(world.lakeside, { paymentId, amount: '5' });
    const own = await world.lakeside.owner.get(`/api/payments/refunds?paymentId=${paymentId}&status=succeeded`);
    expect(own.body.data).toMatchObject([{ paymentId, amount: '5.00', tenantId: world.lakeside.id }]);
    expect(own.body.meta.total).toBe(1);
    const foreign = await world.hillside.owner.get(`/api/payments/refunds?paymentId=${paymentId}`);
    expect(foreign.body.data).toEqual([]);
    const all = await world.operator.get(`/api/payments/refunds?paymentId=${paymentId}&sort=createdAt`);
    expect(all.body.data).toHaveLength(1);
    expect((await world.operator.get('/api/payments/refunds?sort=amount')).status).toBe(400);
    expect((await world.app.http.get('/api/payments/refunds')).status).toBe(401);
  });
});
