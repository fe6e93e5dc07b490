import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { aMethod, anOpenInvoice, aPayment, invoiceRow, pay, paymentRow } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';

let world: PaymentsApp;
let good: string;

beforeAll(async () => {
  world = await startPaymentsApp();
  good = await aMethod(world.lakeside, 'ok');
});

afterAll(() => world.close());

const codeOf = ({ status, body }: HttpAnswer) => [status, body.error?.code];

const retry = (id: string, body: Record<string, unknown> = {}, key: string = randomUUID()) =>
  world.lakeside.owner.post(`/api/payments/failed/${id}/retry`, body, { 'idempotency-key': key });

/** A payment that was declined. */
async function aFailure(kind: 'soft' | 'hard' = 'soft', country = 'US') {
  const method = await aMethod(world.lakeside, kind, { country });
  const invoiceId = await anOpenInvoice(world.lakeside);
  const { body } = await pay(world.lakeside, invoiceId, method);
  return { id: String(body.data.id), method, invoiceId };
}

describe('trying again', () => {
  test('makes a new payment of the same invoice by the same method', async () => {
    const { id, method, invoiceId } = await aFailure();
    // The card has money now.
    await world.app.rows("update payment_methods set gateway_method_id = 'ok:' || id where id = $1", [method]);
    const answer = await retry(id);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({ retryOfId: id, invoiceId, paymentMethodId: method, status: 'succeeded' });
    expect(await paymentRow(world.app, id)).toMatchObject({ status: 'failed' });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid' });
    const audited = await world.app.rows('select action from audit_entries where resource_id = $1', [
      answer.body.data.id,
    ]);
    expect(audited).toEqual([{ action: 'payment.retried' }]);
  });

  test('is done once for a key', async () => {
    const { id } = await aFailure();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => retry(id, { paymentMethodId: good }, key)));
    const settled = await retry(id, { paymentMethodId: good }, key);
    for (const answer of answers) {
      if (answer.status === 201) expect(answer.text).toBe(settled.text);
      else expect(codeOf(answer)).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS']);
    }
    expect(await world.app.rows('select 1 from payments where retry_of_id = $1', [id])).toHaveLength(1);
  });

  test('is for the latest failure only', async () => {
    const { id } = await aFailure();
    const second = await retry(id);
    expect(second.body.data.status).toBe('failed');
    expect(codeOf(await retry(id))).toEqual([409, 'PAYMENT_SUPERSEDED']);
    expect((await retry(second.body.data.id, { paymentMethodId: good })).body.data.status).toBe('succeeded');
  });

  test('needs another method after a hard decline', async () => {
    const { id, method } = await aFailure('hard');
    expect(codeOf(await retry(id))).toEqual([409, 'PAYMENT_METHOD_NEEDED']);
    expect(codeOf(await retry(id, { paymentMethodId: method }))).toEqual([409, 'PAYMENT_METHOD_NEEDED']);
    expect((await retry(id, { paymentMethodId: good })).body.data.status).toBe('succeeded');
  });

  test('needs another method for a card that was issued in India', async () => {
    const { id } = await aFailure('soft', 'IN');
    expect(codeOf(await retry(id))).toEqual([409, 'PAYMENT_METHOD_NEEDED']);
    expect((await retry(id, { paymentMethodId: good })).body.data.status).toBe('succeeded');
  });

  test('needs another method once the first one is gone', async () => {
    const { id, method } = await aFailure();
    await world.app.rows('update payment_methods set removed_at = now() where id = $1', [method]);
    expect(codeOf(await retry(id))).toEqual([409, 'PAYMENT_METHOD_NEEDED']);
  });

  test('is refused for what did not fail, what is paid, and what is not there', async () => {
    const paid = await aPayment(world.lakeside, good);
    expect(codeOf(await retry(paid))).toEqual([409, 'PAYMENT_NOT_FAILED']);
    const { id, invoiceId } = await aFailure();
    await world.lakeside.operator.post(`/api/revenue/invoices/${invoiceId}/pay`, {
      ...{ through: 'outside', method: 'cash', reference: randomUUID(), paidAt: world.now().toISOString() },
    });
    expect(codeOf(await retry(id))).toEqual([409, 'PAYMENT_SUPERSEDED']);
    expect(codeOf(await retry(randomUUID()))).toEqual([404, 'PAYMENT_NOT_FOUND']);
    const foreign = await aPayment(world.hillside, await aMethod(world.hillside, 'soft'));
    expect(codeOf(await retry(foreign))).toEqual([404, 'PAYMENT_NOT_FOUND']);
    const another = await aFailure();
    const unknown = await retry(another.id, { paymentMethodId: randomUUID() });
    expect(codeOf(unknown)).toEqual([404, 'PAYMENT_METHOD_NOT_FOUND']);
    expect(codeOf(await retry(another.id, { amount: '1' }))).toEqual([400, 'VALIDATION_FAILED']);
    expect((await world.app.http.post(`/api/payments/failed/${another.id}/retry`, {})).status).toBe(401);
  });
});

test('the list has failures, and nothing else', async () => {
  const { id } = await aFailure();
  const answer = await world.lakeside.owner.get('/api/payments/failed');
  const { data } = answer.body;
  expect(data[0]).toMatchObject({ id, status: 'failed', failureCode: 'insufficient_funds', failureClass: 'soft' });
  expect(new Set(data.map(({ status }: { status: string }) => status))).toEqual(new Set(['failed']));
  expect((await world.lakeside.owner.get('/api/payments/failed?status=succeeded')).status).toBe(400);
  expect((await world.app.http.get('/api/payments/failed')).status).toBe(401);
});
