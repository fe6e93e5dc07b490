import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { applyEvents, deliverSandboxEvents } from '../../support/gateway-events.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { anOpenInvoice, balancesOf, invoiceRow, one, pay, paymentRow } from '../../support/payments.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/payments/checkout';
const ORIGIN = 'https://app.rowhouse.example';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let ahead = 0;

const overrides = { clock: { now: () => new Date(Date.now() + ahead) } };

beforeAll(async () => {
  app = await startTestApp({ settings: { CORS_ORIGINS: ORIGIN }, overrides });
  operator = await anOperator(app);
  await aPlan(app);
  tenant = await aTenant(app, operator);
});

afterEach(() => {
  ahead = 0;
});

afterAll(() => app.close());

const addresses = { successUrl: `${ORIGIN}/paid?order=7`, cancelUrl: `${ORIGIN}/cart` };
const collection = { amount: '1499.00', description: 'Membership, November', ...addresses };

const make = (body: object = collection, key: string = randomUUID(), of: TestTenant = tenant): Promise<HttpAnswer> =>
  of.owner.post(PATH, body, { 'idempotency-key': key });

const codeOf = ({ status, body }: HttpAnswer) => [status, body.error?.code];
const paymentsOf = (of: TestTenant) => app.rows('select * from payments where tenant_id = $1', [of.id]);
const pathOf = (answer: HttpAnswer) => new URL(answer.body.data.url).pathname;
const choose = (path: string, choice: string) =>
  app.http.post(path, `choice=${choice}`, { 'content-type': 'application/x-www-form-urlencoded' });

async function settleEvents(): Promise<void> {
  await deliverSandboxEvents(app);
  await applyEvents(app);
}

describe('a collection', () => {
  test('is a payment that waits, with a page of the gateway', async () => {
    const answer = await make({ ...collection, payerName: 'Asha Rao', payerEmail: 'Asha@lakeside.example' });
    expect(answer.status).toBe(201);
    const { id, paymentId, url, expiresAt } = answer.body.data;
    expect(answer.body.data).toMatchObject({
      ...{ tenantId: tenant.id, invoiceId: null, purpose: 'collection', gateway: 'sandbox', status: 'open' },
      ...{ amount: '1499.00', currency: 'INR', description: 'Membership, November' },
    });
    expect(new Date(expiresAt).getTime() - Date.now()).toBeGreaterThan(59 * 60_000);
    expect(await paymentRow(app, paymentId)).toMatchObject({
      ...{ purpose: 'collection', status: 'pending', amount: '1499.0000', payer_name: 'Asha Rao' },
      ...{ payer_email: 'asha@lakeside.example', gateway: 'sandbox', method: 'card' },
    });
    expect(await one(app, 'select * from checkout_sessions where id = $1', [id])).toMatchObject({
      ...{ payment_id: paymentId, url, status: 'open', success_url: addresses.successUrl },
    });
    const audited = await app.rows('select action from audit_entries where resource_id = $1', [id]);
    expect(audited).toEqual([{ action: 'checkout.created' }]);
    const details = await tenant.owner.get(`/api/payments/transactions/${paymentId}`);
    expect(details.body.data).toMatchObject({ status: 'pending', attempts: [{ operation: 'checkout' }] });
  });

  test('is owed to the tenant once it was paid, and its page is done', async () => {
    const payee = await aTenant(app, operator);
    const answer = await make(collection, randomUUID(), payee);
    expect((await choose(pathOf(answer), 'pay')).status).toBe(303);
    await settleEvents();
    const { id, paymentId } = answer.body.data;
    expect(await paymentRow(app, paymentId)).toMatchObject({ status: 'succeeded', available_at: expect.any(Date) });
    expect(await one(app, 'select status from checkout_sessions where id = $1', [id])).toEqual({ status: 'complete' });
    expect(await balancesOf(payee)).toEqual({ gateway: '1499', owed_to_tenant: '-1499' });
  });

  test.each([
    ['0.00', 'PAYMENT_AMOUNT_REFUSED', 422],
    ['10.001', 'PAYMENT_AMOUNT_REFUSED', 422],
    ['1000000.00', 'PAYMENT_AMOUNT_REFUSED', 422],
    ['-1.00', 'VALIDATION_FAILED', 400],
    ['NaN', 'VALIDATION_FAILED', 400],
    ['1e400', 'VALIDATION_FAILED', 400],
    ['1,000.00', 'VALIDATION_FAILED', 400],
    ['', 'VALIDATION_FAILED', 400],
  ])('of %p is refused: %s', async (amount, code, status) => {
    const before = await paymentsOf(tenant);
    expect(codeOf(await make({ ...collection, amount }))).toEqual([status, code]);
    expect(await paymentsOf(tenant)).toEqual(before);
  });

  test("in another currency than the tenant's is refused; a yen has no decimals", async () => {
    expect(codeOf(await make({ ...collection, currency: 'USD' }))).toEqual([422, 'PAYMENT_CURRENCY_REFUSED']);
    expect(codeOf(await make({ ...collection, currency: 'XXX' }))).toEqual([400, 'VALIDATION_FAILED']);
    const osaka = await aTenant(app, operator, { currency: 'JPY', country: 'JP', timeZone: 'Asia/Tokyo' });
    expect(codeOf(await make({ ...collection, amount: '500.5' }, randomUUID(), osaka))).toEqual([
      422,
      'PAYMENT_AMOUNT_REFUSED',
    ]);
    expect((await make({ ...collection, amount: '500' }, randomUUID(), osaka)).body.data).toMatchObject({
      amount: '500',
      currency: 'JPY',
    });
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['no description', { ...addresses, amount: '1.00' }],
    ['no amount', { ...addresses, description: 'x' }],
    ['an invoice and an amount', { ...collection, invoiceId: randomUUID() }],
    ['less than half an hour', { ...collection, expiresInMinutes: 10 }],
    ['no addresses', { amount: '1.00', description: 'x' }],
    ['an unknown field', { ...collection, fee: '0' }],
    ['no e-mail', { ...collection, payerEmail: 'asha' }],
  ])('with %s is not valid', async (_what, body) => {
    expect(codeOf(await make(body))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('with the number of a card anywhere is refused', async () => {
    const refused = { ...collection, description: 'Card 4111 1111 1111 1111' };
    expect(codeOf(await make(refused))).toEqual([422, 'CARD_NUMBER_REFUSED']);
  });
});

describe('addresses', () => {
  test.each([`${ORIGIN}/paid`, 'http://localhost:5173/paid', 'http://127.0.0.1:5173/paid', 'https://localhost/paid'])(
    '%s is fine in development',
    async (successUrl) => {
      expect((await make({ ...collection, successUrl })).status).toBe(201);
    },
  );

  test.each([
    'http://app.rowhouse.example/paid',
    'https://evil.example/paid',
    'https://app.rowhouse.example.evil.example/paid',
    'https://app.rowhouse.example:8443/paid',
    'https://app.rowhouse.example@evil.example/',
    'https://user:pass@app.rowhouse.example/',
    'http://localhost.evil.example/',
  ])('%s is refused', async (cancelUrl) => {
    const answer = await make({ ...collection, cancelUrl });
    expect(codeOf(answer)).toEqual([422, 'CHECKOUT_ADDRESS_REFUSED']);
    expect(answer.body.error.details).toMatchObject([{ path: 'body.cancelUrl' }]);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', '/paid', 'ftp://app.rowhouse.example/'])(
    '%s is none',
    async (successUrl) => {
      expect(codeOf(await make({ ...collection, successUrl }))).toEqual([400, 'VALIDATION_FAILED']);
    },
  );
});

describe('an invoice', () => {
  test('is paid on its page: what is due of it', async () => {
    const invoiceId = await anOpenInvoice(tenant, '250.00');
    const answer = await make({ invoiceId, ...addresses });
    expect(answer.body.data).toMatchObject({ invoiceId, purpose: 'invoice', amount: '250.00' });
    await choose(pathOf(answer), 'pay');
    await settleEvents();
    expect(await invoiceRow(app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '250.0000' });
    expect(codeOf(await make({ invoiceId, ...addresses }))).toEqual([409, 'INVOICE_NOT_OPEN']);
  });

  test('keeps its page for whoever comes back, and no other payment begins meanwhile', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const first = await make({ invoiceId, ...addresses });
    const second = await make({ invoiceId, ...addresses });
    expect(second.status).toBe(201);
    expect(second.body.data).toEqual(first.body.data);
    const elsewhere = await make({ invoiceId, ...addresses, cancelUrl: `${ORIGIN}/other` });
    expect(codeOf(elsewhere)).toEqual([409, 'PAYMENT_IN_PROGRESS']);
    const { body } = await tenant.operator.post('/api/revenue/payment-methods', {
      token: `pm_sandbox_success_${Date.now() % 1e6}`,
    });
    expect(codeOf(await pay(tenant, invoiceId, body.data.id))).toEqual([409, 'PAYMENT_IN_PROGRESS']);
  });

  test('asked for by ten at once has one page', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const answers = await Promise.all(Array.from({ length: 10 }, () => make({ invoiceId, ...addresses })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => answer.body.data.url)).size).toBe(1);
    expect(await app.rows('select 1 from payments where invoice_id = $1', [invoiceId])).toHaveLength(1);
  });

  test('that was not paid on its page is free again when that is left, or expires', async () => {
    for (const leave of [
      (path: string) => choose(path, 'cancel'),
      async () => {
        ahead = 61 * 60_000;
      },
    ]) {
      const invoiceId = await anOpenInvoice(tenant);
      const answer = await make({ invoiceId, ...addresses });
      await leave(pathOf(answer));
      await settleEvents();
      ahead = 0;
      const { id, paymentId } = answer.body.data;
      expect(await paymentRow(app, paymentId)).toMatchObject({ status: 'canceled', failure_code: 'checkout_expired' });
      expect(await one(app, 'select status from checkout_sessions where id = $1', [id])).toEqual({ status: 'expired' });
      const again = await make({ invoiceId, ...addresses });
      expect(again.status).toBe(201);
      expect(again.body.data.paymentId).not.toBe(paymentId);
    }
  });

  test('of another tenant, or none, is not found', async () => {
    const hillside = await aTenant(app, operator);
    const invoiceId = await anOpenInvoice(hillside);
    expect(codeOf(await make({ invoiceId, ...addresses }))).toEqual([404, 'INVOICE_NOT_FOUND']);
    expect(codeOf(await make({ invoiceId: randomUUID(), ...addresses }))).toEqual([404, 'INVOICE_NOT_FOUND']);
  });
});

describe('whoever', () => {
  test('repeats a key gets the same page; with another request it is refused', async () => {
    const key = randomUUID();
    const payee = await aTenant(app, operator);
    const answers = await Promise.all(Array.from({ length: 10 }, () => make(collection, key, payee)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
    expect(new Set(made.map((answer) => answer.body.data.paymentId)).size).toBe(1);
    expect(await paymentsOf(payee)).toHaveLength(1);
    expect(codeOf(await make({ ...collection, amount: '1.00' }, key, payee))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('may not, does not', async () => {
    expect((await app.http.post(PATH, collection)).status).toBe(401);
    expect(codeOf(await operator.post(PATH, collection))).toEqual([400, 'TENANT_REQUIRED']);
    const staffed = await aTenant(app, operator);
    await app.rows("update memberships set role = 'staff' where tenant_id = $1", [staffed.id]);
    const client = await signIn(app, staffed.ownerEmail);
    expect(codeOf(await client.post(PATH, collection))).toEqual([403, 'FORBIDDEN']);
  });
});
