import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PaymentGatewayError, UnknownPaymentMethodError } from '../../../src/gateways/payments/payment.gateway.ts';
import { createStripePaymentGateway } from '../../../src/gateways/payments/stripe-payment.gateway.ts';
import { type StripeServer, startStripeServer, stripeError } from '../../support/stripe-server.ts';

let server: StripeServer;

beforeAll(async () => {
  server = await startStripeServer();
});

afterAll(() => server.close());

const gateway = () =>
  createStripePaymentGateway({
    secretKey: 'sk_test_key',
    webhookSecrets: [],
    apiUrl: server.url,
    clock: { now: () => new Date() },
    retries: 0,
  });

const card = (fields: object = {}): object => ({
  id: 'pm_1',
  object: 'payment_method',
  type: 'card',
  customer: null,
  card: { brand: 'visa', last4: '4242', exp_month: 12, exp_year: 2030, country: 'IN' },
  ...fields,
});

describe('a payment method', () => {
  test('on its own is given to a customer of its tenant, so that it can be charged again', async () => {
    server.answers(({ path }) =>
      path === '/v1/customers'
        ? { status: 200, body: { id: 'cus_9', object: 'customer' } }
        : { status: 200, body: card() },
    );
    expect(await gateway().describeMethod('pm_1', 'tenant-1')).toEqual({
      gatewayCustomerId: 'cus_9',
      gatewayMethodId: 'pm_1',
      kind: 'card',
      brand: 'visa',
      lastFour: '4242',
      expiryMonth: 12,
      expiryYear: 2030,
      country: 'IN',
    });
    expect(server.requests.map(({ method, path, form }) => [method, path, form])).toEqual([
      ['GET', '/v1/payment_methods/pm_1', {}],
      ['POST', '/v1/customers', { 'metadata[tenantId]': 'tenant-1' }],
      ['POST', '/v1/payment_methods/pm_1/attach', { customer: 'cus_9' }],
    ]);
    expect(server.requests[1]?.headers['idempotency-key']).toBe('customer tenant-1 pm_1');
    expect(server.requests[2]?.headers['idempotency-key']).toBe('attach cus_9 pm_1');
  });

  test('of the tenant is taken as it is', async () => {
    const customer = { id: 'cus_9', object: 'customer', metadata: { tenantId: 'tenant-1' } };
    server.answers(() => ({ status: 200, body: card({ customer, type: 'upi', card: undefined, upi: {} }) }));
    expect(await gateway().describeMethod('pm_1', 'tenant-1')).toMatchObject({
      gatewayCustomerId: 'cus_9',
      kind: 'upi',
      lastFour: null,
    });
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['another tenant', { id: 'cus_8', object: 'customer', metadata: { tenantId: 'tenant-2' } }],
    ['nobody of ours', { id: 'cus_8', object: 'customer', metadata: {} }],
    ['a customer who is gone', { id: 'cus_8', object: 'customer', deleted: true }],
  ])('of %s is unknown', async (_whose, customer) => {
    server.answers(() => ({ status: 200, body: card({ customer }) }));
    await expect(gateway().describeMethod('pm_1', 'tenant-1')).rejects.toBeInstanceOf(UnknownPaymentMethodError);
    expect(server.requests).toHaveLength(1);
  });

  test('that Stripe does not have is unknown', async () => {
    const body = stripeError({ type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' });
    server.answers(() => ({ status: 404, body }));
    await expect(gateway().describeMethod('pm_9', 'tenant-1')).rejects.toBeInstanceOf(UnknownPaymentMethodError);
  });
});

describe('a page', () => {
  const asked = {
    idempotencyKey: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
    amount: '1499.00',
    currency: 'INR',
    description: 'Membership',
    payerEmail: 'asha@lakeside.example',
    successUrl: 'https://app.example/paid',
    cancelUrl: 'https://app.example/cart',
    expiresAt: new Date('2026-11-20T10:00:00.000Z'),
    metadata: { tenantId: 't', paymentId: 'p' },
  };

  test('is asked for with all that comes back with its events', async () => {
    const url = 'https://checkout.stripe.com/c/pay/cs_1';
    server.answers(() => ({
      status: 200,
      body: { id: 'cs_1', object: 'checkout.session', url, expires_at: 1795168800 },
    }));
    expect(await gateway().createCheckout(asked)).toEqual({
      gatewaySessionId: 'cs_1',
      url,
      expiresAt: new Date(1795168800 * 1000),
    });
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/v1/checkout/sessions' });
    expect(server.requests[0]?.headers['idempotency-key']).toBe(`checkout ${asked.idempotencyKey}`);
    expect(server.requests[0]?.form).toEqual({
      mode: 'payment',
      'line_items[0][quantity]': '1',
      'line_items[0][price_data][currency]': 'inr',
      'line_items[0][price_data][unit_amount]': '149900',
      'line_items[0][price_data][product_data][name]': 'Membership',
      success_url: asked.successUrl,
      cancel_url: asked.cancelUrl,
      expires_at: String(asked.expiresAt.getTime() / 1000),
      customer_email: asked.payerEmail,
      'metadata[tenantId]': 't',
      'metadata[paymentId]': 'p',
      'payment_intent_data[description]': 'Membership',
      'payment_intent_data[metadata][tenantId]': 't',
      'payment_intent_data[metadata][paymentId]': 'p',
      'payment_intent_data[metadata][via]': 'checkout',
    });
  });

  test('that Stripe refuses is not asked for again', async () => {
    server.answers(() => ({ status: 400, body: stripeError({ type: 'invalid_request_error', param: 'expires_at' }) }));
    await expect(gateway().createCheckout(asked)).rejects.toMatchObject({
      name: 'PaymentGatewayError',
      retryable: false,
    });
  });
});

describe('a refund', () => {
  const asked = {
    idempotencyKey: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e12',
    gatewayPaymentId: 'pi_1',
    amount: '499.50',
    currency: 'INR',
    metadata: { refundId: 'r' },
  };

  test.each([
    ['succeeded', 'succeeded', null],
    ['pending', 'pending', null],
    ['requires_action', 'pending', null],
    ['failed', 'failed', 'lost_or_stolen_card'],
    ['canceled', 'failed', 'canceled'],
  ])('that is %s at Stripe is %s', async (status, expected, code) => {
    const reason = status === 'failed' ? { failure_reason: 'lost_or_stolen_card' } : {};
    server.answers(() => ({ status: 200, body: { id: 're_1', object: 'refund', status, ...reason } }));
    const outcome = await gateway().refund(asked);
    expect(outcome).toMatchObject({ status: expected, gatewayRefundId: 're_1' });
    expect(outcome.failure?.code ?? null).toBe(code);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/refunds',
      form: { payment_intent: 'pi_1', amount: '49950', 'metadata[refundId]': 'r' },
    });
    expect(server.requests[0]?.headers['idempotency-key']).toBe(asked.idempotencyKey);
  });

  test('of a charge that Stripe does not have is refused for good', async () => {
    const body = stripeError({ type: 'invalid_request_error', code: 'resource_missing', param: 'payment_intent' });
    server.answers(() => ({ status: 404, body }));
    const refused = gateway().refund(asked);
    await expect(refused).rejects.toBeInstanceOf(PaymentGatewayError);
    await expect(refused).rejects.toMatchObject({ retryable: false });
  });
});
