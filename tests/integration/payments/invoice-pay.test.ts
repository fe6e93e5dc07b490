import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { aMethod, anOpenInvoice, balancesOf, invoiceRow, pay, paymentRow } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant } from '../../support/people.ts';

let world: PaymentsApp;
let method: string;

beforeAll(async () => {
  world = await startPaymentsApp();
  method = await aMethod(world.lakeside, 'ok', { isDefault: true });
});

afterAll(() => world.close());

const payOutside = (invoiceId: string, fields: Record<string, unknown> = {}, key: string = randomUUID()) =>
  world.lakeside.operator.post(
    `/api/revenue/invoices/${invoiceId}/pay`,
    {
      ...{ through: 'outside', method: 'bank_transfer', reference: `UTR-${randomUUID()}` },
      ...{ paidAt: world.now().toISOString(), ...fields },
    },
    { 'idempotency-key': key },
  );

const codeOf = ({ status, body }: HttpAnswer) => [status, body.error?.code];

describe('through a gateway', () => {
  test('charges what is due, books it, pays the invoice and tells of it', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const card = await aMethod(tenant, 'ok');
    const invoiceId = await anOpenInvoice(tenant, '118.00');
    const before = world.server.charges.size;
    const answer = await pay(tenant, invoiceId, card);
    expect(answer.status).toBe(201);
    const { id } = answer.body.data;
    expect(answer.body.data).toMatchObject({
      ...{ invoiceId, paymentMethodId: card, purpose: 'invoice', gateway: 'sandbox', method: 'card' },
      ...{ status: 'succeeded', amount: '118.00', netAmount: '118.00', currency: 'INR' },
    });
    expect(world.server.charges.size).toBe(before + 1);
    expect(world.server.charges.get(id)).toMatchObject({ amount: '118.00', currency: 'INR' });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '118.0000' });
    expect(await balancesOf(tenant)).toEqual({ gateway: '118', revenue: '-118' });
    const events = await world.app.rows('select type from outbox_events where subject = any($1)', [[id, invoiceId]]);
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['payment.succeeded', 'invoice.paid']));
    const audited = await world.app.rows('select action from audit_entries where resource_id = $1', [id]);
    expect(audited).toEqual([{ action: 'invoice.payment_requested' }]);
  });

  test("takes the tenant's default method where none is named", async () => {
    const answer = await pay(world.lakeside, await anOpenInvoice(world.lakeside));
    expect(answer.body.data).toMatchObject({ status: 'succeeded', paymentMethodId: method });
  });

  test('takes the fee of the schedule, or the one that the gateway tells', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const card = await aMethod(tenant, 'ok');
    await world.app.rows(
      `insert into fee_schedules (tenant_id, method, currency, gateway_percentage, gateway_fixed, platform_percentage, platform_fixed, updated_at)
       values ($1, 'card', 'INR', 2, 3, 5, 5, now())`,
      [tenant.id],
    );
    const first = await pay(tenant, await anOpenInvoice(tenant), card);
    // The platform takes nothing of what is paid to itself.
    expect(first.body.data).toMatchObject({ gatewayFee: '5.00', platformFee: '0.00', netAmount: '95.00' });
    world.server.tellsFee('1.25');
    const second = await pay(tenant, await anOpenInvoice(tenant), card);
    world.server.tellsFee(null);
    expect(second.body.data).toMatchObject({ gatewayFee: '1.25', netAmount: '98.75' });
    expect(await balancesOf(tenant)).toEqual({ gateway: '193.75', gateway_fee: '6.25', revenue: '-200' });
  });

  test('that declines answers a payment that failed, and leaves the invoice as it is', async () => {
    const card = await aMethod(world.lakeside, 'soft');
    const invoiceId = await anOpenInvoice(world.lakeside);
    const answer = await pay(world.lakeside, invoiceId, card);
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      ...{ status: 'failed', failureCode: 'insufficient_funds', failureClass: 'soft', capturedAt: null },
    });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'open', amount_paid: '0.0000' });
    const details = await world.lakeside.owner.get(`/api/payments/transactions/${answer.body.data.id}`);
    expect(details.body.data.attempts).toMatchObject([{ operation: 'charge', outcome: 'failed' }]);
  });

  test('that is asked by two at once takes one of them', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const before = world.server.charges.size;
    const answers = await Promise.all(Array.from({ length: 10 }, () => pay(world.lakeside, invoiceId)));
    const codes = answers.map(codeOf).map(([status, code]) => `${status} ${code ?? ''}`.trim());
    expect(codes.filter((code) => code === '201')).toHaveLength(1);
    for (const code of codes) expect(['201', '409 PAYMENT_IN_PROGRESS', '409 INVOICE_NOT_OPEN']).toContain(code);
    expect(world.server.charges.size).toBe(before + 1);
  });

  test('has one effect and one answer for one hundred clients with one key', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const key = randomUUID();
    const before = world.server.charges.size;
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => pay(world.lakeside, invoiceId, undefined, key)),
    );
    const settled = await pay(world.lakeside, invoiceId, undefined, key);
    expect(settled.status).toBe(201);
    expect(settled.headers.get('idempotent-replayed')).toBe('true');
    for (const answer of answers) {
      if (answer.status === 201) expect(answer.text).toBe(settled.text);
      else expect(codeOf(answer)).toEqual([409, 'IDEMPOTENCY_IN_PROGRESS']);
    }
    expect(world.server.charges.size).toBe(before + 1);
    const [count] = await world.app.rows('select count(*)::int as n from payments where invoice_id = $1', [invoiceId]);
    expect(count).toEqual({ n: 1 });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
  });

  test('that is away leaves the payment as it was begun, and the same key goes on', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const key = randomUUID();
    world.server.make('does not take them');
    const away = await pay(world.lakeside, invoiceId, undefined, key);
    world.server.make('none');
    expect(codeOf(away)).toEqual([503, 'PAYMENT_GATEWAY_UNAVAILABLE']);
    const { paymentId } = away.body.error.details;
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'pending', invoice_id: invoiceId });
    expect(codeOf(await pay(world.lakeside, invoiceId))).toEqual([409, 'PAYMENT_IN_PROGRESS']);
    const again = await pay(world.lakeside, invoiceId, undefined, key);
    expect(again.body.data).toMatchObject({ id: paymentId, status: 'succeeded' });
    expect((await pay(world.lakeside, invoiceId, undefined, key)).text).toBe(again.text);
  });

  test('whose answer is lost is charged once all the same', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const key = randomUUID();
    const before = world.server.charges.size;
    world.server.make('does them and loses the answer');
    expect((await pay(world.lakeside, invoiceId, undefined, key)).status).toBe(503);
    world.server.make('none');
    expect((await pay(world.lakeside, invoiceId, undefined, key)).body.data.status).toBe('succeeded');
    expect(world.server.charges.size).toBe(before + 1);
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
  });

  test('needs a method', async () => {
    const tenant = await aTenant(world.app, world.operator);
    const invoiceId = await anOpenInvoice(tenant);
    expect(codeOf(await pay(tenant, invoiceId))).toEqual([409, 'PAYMENT_METHOD_NEEDED']);
    expect(codeOf(await pay(tenant, invoiceId, method))).toEqual([404, 'PAYMENT_METHOD_NOT_FOUND']);
  });
});

describe('outside of every gateway', () => {
  test('is recorded with its reference, a part at a time', async () => {
    const tenant = world.hillside;
    const invoiceId = await anOpenInvoice(tenant);
    const record = (fields: Record<string, unknown>) =>
      tenant.operator.post(`/api/revenue/invoices/${invoiceId}/pay`, {
        ...{ through: 'outside', method: 'cheque', paidAt: world.now().toISOString(), ...fields },
      });
    const first = await record({ amount: '40', reference: 'CHQ 1' });
    expect(first.status).toBe(201);
    expect(first.body.data).toMatchObject({
      ...{ gateway: 'external', gatewayPaymentId: 'CHQ 1', method: 'cheque', status: 'succeeded' },
      ...{ amount: '40.00', gatewayFee: '0.00', platformFee: '0.00', netAmount: '40.00', paymentMethodId: null },
    });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'open', amount_paid: '40.0000' });
    expect(codeOf(await record({ reference: 'CHQ 2', amount: '60.01' }))).toEqual([422, 'PAYMENT_EXCEEDS_DUE']);
    expect(codeOf(await record({ reference: 'CHQ 1' }))).toEqual([409, 'PAYMENT_REFERENCE_TAKEN']);
    expect((await record({ reference: 'CHQ 2' })).body.data.amount).toBe('60.00');
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
    expect(await balancesOf(tenant)).toEqual({ bank: '100', revenue: '-100' });
    expect(codeOf(await record({ reference: 'CHQ 3' }))).toEqual([409, 'INVOICE_NOT_OPEN']);
  });

  test('is recorded once for a key', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const key = randomUUID();
    const fields = { amount: '10', reference: 'RECEIPT 7', method: 'cash', paidAt: world.now().toISOString() };
    const first = await payOutside(invoiceId, fields, key);
    const second = await payOutside(invoiceId, fields, key);
    expect(second.text).toBe(first.text);
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ amount_paid: '10.0000' });
    expect(codeOf(await payOutside(invoiceId, { ...fields, amount: '11' }, key))).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
    ]);
  });

  test.each([
    [
      'in the future',
      () => ({ paidAt: new Date(world.now().getTime() + 60_000).toISOString() }),
      'PAYMENT_DATE_REFUSED',
    ],
    ['before its invoice', () => ({ paidAt: '2020-01-01T00:00:00.000Z' }), 'PAYMENT_DATE_REFUSED'],
    ['with too many decimals', () => ({ amount: '10.001' }), 'PAYMENT_AMOUNT_REFUSED'],
    ['of nothing', () => ({ amount: '0.00' }), 'PAYMENT_AMOUNT_REFUSED'],
    ['in another currency', () => ({ currency: 'USD' }), 'PAYMENT_CURRENCY_REFUSED'],
    ['by the number of a card', () => ({ reference: 'card 4242 4242 4242 4242' }), 'CARD_NUMBER_REFUSED'],
  ])('%s is refused, and nothing is written', async (_name, fields, code) => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const answer = await payOutside(invoiceId, fields());
    expect(codeOf(answer)).toEqual([422, code]);
    expect(answer.text).not.toContain('4242');
    expect(await world.app.rows('select 1 from payments where invoice_id = $1', [invoiceId])).toEqual([]);
  });

  test.each([
    ['a negative amount', { amount: '-1' }],
    ['a number', { amount: 10 }],
    ['no number', { amount: 'NaN' }],
    ['an exponent', { amount: '1e400' }],
    ['no method', { method: undefined }],
    ['a method of gateways', { method: 'card' }],
    ['no reference', { reference: undefined }],
    ['no moment', { paidAt: 'yesterday' }],
    ['an unknown field', { cardNumber: '4242424242424242' }],
    ['an unknown way', { through: 'magic' }],
  ])('%s is no valid request', async (_name, fields) => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    expect(codeOf(await payOutside(invoiceId, fields))).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('who may', () => {
  test('nobody without a session, and no owner', async () => {
    const invoiceId = await anOpenInvoice(world.lakeside);
    const path = `/api/revenue/invoices/${invoiceId}/pay`;
    expect((await world.app.http.post(path, { through: 'gateway' })).status).toBe(401);
    expect((await world.lakeside.owner.post(path, { through: 'gateway' })).status).toBe(403);
  });

  test("no invoice of another tenant's, and no draft", async () => {
    const foreign = await anOpenInvoice(world.hillside);
    expect(codeOf(await pay(world.lakeside, foreign))).toEqual([404, 'INVOICE_NOT_FOUND']);
    const draft = await world.lakeside.operator.post('/api/revenue/invoices', {
      items: [{ description: 'Seat', quantity: '1', unitPrice: '10.00', taxRate: '0' }],
    });
    expect(codeOf(await pay(world.lakeside, draft.body.data.id))).toEqual([409, 'INVOICE_NOT_OPEN']);
  });
});
