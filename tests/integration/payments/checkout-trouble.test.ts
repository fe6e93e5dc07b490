import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpAnswer } from '../../support/http-client.ts';
import { anOpenInvoice } from '../../support/payments.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { type StripeServer, startStripeServer, stripeError } from '../../support/stripe-server.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/payments/checkout';
const ORIGIN = 'https://app.rowhouse.example';

const addresses = { successUrl: `${ORIGIN}/paid`, cancelUrl: `${ORIGIN}/cart` };
const collection = { amount: '1499.00', description: 'Membership, November', ...addresses };

const make = (body: object, key: string, of: TestTenant): Promise<HttpAnswer> =>
  of.owner.post(PATH, body, { 'idempotency-key': key });

const codeOf = ({ status, body }: HttpAnswer) => [status, body.error?.code];

describe('a gateway in trouble', () => {
  let stripe: StripeServer;
  let shop: TestApp;
  let seller: TestTenant;

  beforeAll(async () => {
    stripe = await startStripeServer();
    const settings = { PAYMENT_GATEWAY: 'stripe', STRIPE_SECRET_KEY: 'sk_test', STRIPE_WEBHOOK_SECRET: 'whsec_test' };
    shop = await startTestApp({ settings: { ...settings, STRIPE_API_URL: stripe.url, CORS_ORIGINS: ORIGIN } });
    await aPlan(shop);
    seller = await aTenant(shop, await anOperator(shop));
  });

  afterAll(async () => {
    await shop.close();
    await stripe.close();
  });

  const page = {
    status: 200,
    body: { id: 'cs_1', object: 'checkout.session', url: 'https://checkout.stripe.com/c/cs_1', expires_at: 1795168800 },
  };

  test('is asked again with the key: one payment, one page', async () => {
    const key = randomUUID();
    stripe.answers(() => ({
      status: 503,
      body: stripeError({ type: 'api_error' }),
      headers: { 'Stripe-Should-Retry': 'false' },
    }));
    const first = await make(collection, key, seller);
    expect(codeOf(first)).toEqual([503, 'PAYMENT_GATEWAY_UNAVAILABLE']);
    const { paymentId } = first.body.error.details;
    expect(await shop.rows('select status from payments where id = $1', [paymentId])).toEqual([{ status: 'pending' }]);
    const firstKey = stripe.requests[0]?.headers['idempotency-key'];
    stripe.answers(() => page);
    const second = await make(collection, key, seller);
    expect(second.status).toBe(201);
    expect(second.body.data).toMatchObject({ paymentId, url: 'https://checkout.stripe.com/c/cs_1', gateway: 'stripe' });
    expect(stripe.requests[0]?.headers['idempotency-key']).toBe(firstKey);
    expect(stripe.requests[0]?.form).toMatchObject({
      'metadata[tenantId]': seller.id,
      'metadata[paymentId]': paymentId,
      'payment_intent_data[metadata][paymentId]': paymentId,
    });
    expect(await shop.rows('select 1 from payments')).toHaveLength(1);
    const third = await make(collection, key, seller);
    expect(third.headers.get('idempotent-replayed')).toBe('true');
    expect(stripe.requests).toHaveLength(1);
  });

  test('that refuses leaves nothing open', async () => {
    const invoiceId = await anOpenInvoice(seller);
    stripe.answers(() => ({ status: 400, body: stripeError({ type: 'invalid_request_error', param: 'amount' }) }));
    const key = randomUUID();
    const refused = await make({ invoiceId, ...addresses }, key, seller);
    expect(codeOf(refused)).toEqual([502, 'PAYMENT_GATEWAY_REFUSED']);
    const rows = await shop.rows('select status, failure_code from payments where invoice_id = $1', [invoiceId]);
    expect(rows).toEqual([{ status: 'canceled', failure_code: 'gateway_refused' }]);
    expect(codeOf(await make({ invoiceId, ...addresses }, key, seller))).toEqual([409, 'CHECKOUT_EXPIRED']);
    stripe.answers(() => page);
    expect((await make({ invoiceId, ...addresses }, randomUUID(), seller)).status).toBe(201);
  });
});
