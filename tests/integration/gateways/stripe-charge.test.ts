import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PaymentGatewayError, UnknownPaymentMethodError } from '../../../src/gateways/payments/payment.gateway.ts';
import { createStripePaymentGateway } from '../../../src/gateways/payments/stripe-payment.gateway.ts';
import { paymentIntent, type StripeServer, startStripeServer, stripeError } from '../../support/stripe-server.ts';

let server: StripeServer;

beforeAll(async () => {
  server = await startStripeServer();
});

afterAll(() => server.close());

const gatewayWith = (options: object = {}) =>
  createStripePaymentGateway({
    secretKey: 'sk_test_key',
    webhookSecrets: ['whsec_test'],
    apiUrl: server.url,
    clock: { now: () => new Date() },
    timeoutMs: 2000,
    ...options,
  });

const request = {
  idempotencyKey: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
  amount: '1499.00',
  currency: 'INR',
  gatewayCustomerId: 'cus_1',
  gatewayMethodId: 'pm_1',
  description: 'Invoice INV-2627-000042',
  metadata: { tenantId: 't', paymentId: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' },
};

const declinedWith = (fields: object) => ({
  status: 402,
  body: stripeError({
    type: 'card_error',
    code: 'card_declined',
    payment_intent: paymentIntent({ status: 'requires_payment_method', latest_charge: 'ch_2' }),
    ...fields,
  }),
});

/** The error of a call that must fail. */
const failureOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => {
      throw new Error('It should have failed');
    },
    (error: unknown) => error,
  );

describe('a charge', () => {
  test('is asked for once, confirmed, without its payer, under our key', async () => {
    const charge = { id: 'ch_1', balance_transaction: { id: 'txn_1', fee: 3597, currency: 'inr' } };
    server.answers(() => ({ status: 200, body: paymentIntent({ latest_charge: charge }) }));
    const outcome = await gatewayWith().charge(request);
    expect(server.requests).toHaveLength(1);
    const [sent] = server.requests;
    expect(sent).toMatchObject({ method: 'POST', path: '/v1/payment_intents' });
    expect(sent?.form).toEqual({
      amount: '149900',
      currency: 'inr',
      customer: 'cus_1',
      payment_method: 'pm_1',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
      confirm: 'true',
      off_session: 'true',
      description: 'Invoice INV-2627-000042',
      'metadata[tenantId]': 't',
      'metadata[paymentId]': request.idempotencyKey,
      'expand[0]': 'latest_charge.balance_transaction',
    });
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer sk_test_key',
      'idempotency-key': request.idempotencyKey,
      'stripe-version': '2026-10-28.endive',
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(outcome).toEqual({
      status: 'succeeded',
      gatewayPaymentId: 'pi_1',
      failure: null,
      fee: { amount: '35.97', currency: 'INR' },
      response: { id: 'pi_1', status: 'succeeded', charge: 'ch_1' },
    });
  });

  test.each([
    ['INR', '1499.00', '149900'],
    ['JPY', '500', '500'],
    ['MGA', '500.00', '500'],
    ['KRW', '1', '1'],
    ['KWD', '5.120', '5120'],
    ['ISK', '5', '500'],
    ['UGX', '5', '500'],
    ['HUF', '10.45', '1045'],
  ])('of %s %s is %s of its smallest unit', async (currency, amount, expected) => {
    server.answers(() => ({ status: 200, body: paymentIntent() }));
    await gatewayWith().charge({ ...request, currency, amount });
    expect(server.requests[0]?.form.amount).toBe(expected);
  });

  test.each([
    ['KWD', '5.124'],
    ['MGA', '0.20'],
    ['INR', '0.005'],
  ])('of %s %s is not asked for: Stripe has no such amount', async (currency, amount) => {
    server.answers(() => ({ status: 200, body: paymentIntent() }));
    const error = await failureOf(gatewayWith().charge({ ...request, currency, amount }));
    expect(error).toBeInstanceOf(PaymentGatewayError);
    expect(error).toMatchObject({ retryable: false });
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ['insufficient_funds', 'soft'],
    ['generic_decline', 'soft'],
    ['a_code_of_tomorrow', 'soft'],
    ['lost_card', 'hard'],
    ['stolen_card', 'hard'],
    ['fraudulent', 'hard'],
    ['authentication_required', 'authentication'],
    ['issuer_not_available', 'gateway'],
  ])('that is declined with %s is an outcome: %s', async (declineCode, failureClass) => {
    server.answers(() => declinedWith({ decline_code: declineCode }));
    const outcome = await gatewayWith().charge(request);
    expect(outcome).toMatchObject({
      status: 'failed',
      gatewayPaymentId: 'pi_1',
      failure: { code: declineCode, class: failureClass, message: 'Stripe says no.' },
    });
    expect(JSON.stringify(outcome)).not.toContain('secret');
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['expired_card', 'hard'],
    ['processing_error', 'gateway'],
  ])('that is declined with the error code %s and no decline code is %s', async (code, failureClass) => {
    server.answers(() => declinedWith({ code }));
    expect(await gatewayWith().charge(request)).toMatchObject({ failure: { code, class: failureClass } });
  });

  test.each([
    ['processing', 'processing'],
    ['requires_action', 'requires_action'],
    ['requires_capture', 'processing'],
    ['canceled', 'canceled'],
    ['a_status_of_tomorrow', 'processing'],
  ])('in the state %s is %s', async (status, expected) => {
    server.answers(() => ({ status: 200, body: paymentIntent({ status }) }));
    expect(await gatewayWith().charge(request)).toMatchObject({ status: expected, failure: null, fee: null });
  });

  test.each([
    ['resource_missing', { code: 'resource_missing', param: 'payment_method' }],
    ['a used one', { param: 'payment_method' }],
  ])('with an unusable token (%s) names it', async (_what, fields) => {
    server.answers(() => ({ status: 400, body: stripeError({ type: 'invalid_request_error', ...fields }) }));
    expect(await failureOf(gatewayWith().charge(request))).toBeInstanceOf(UnknownPaymentMethodError);
  });
});

describe('trouble', () => {
  test.each<[string, number, string, boolean]>([
    ['a request that Stripe refuses', 400, 'invalid_request_error', false],
    ['a key that came with another request', 400, 'idempotency_error', false],
    ['a secret key that is wrong', 401, 'invalid_request_error', true],
    ['too many requests', 429, 'rate_limit_error', true],
  ])('%s: whether another attempt helps is told', async (_what, status, type, retryable) => {
    server.answers(() => ({
      status,
      body: stripeError({ type, message: 'secret details' }),
      headers: { 'Stripe-Should-Retry': 'false' },
    }));
    const error = await failureOf(gatewayWith().charge(request));
    expect(error).toBeInstanceOf(PaymentGatewayError);
    expect(error).toMatchObject({ retryable });
    expect(String(error)).not.toContain('secret details');
  });

  test('a lost answer is asked for again under the same key', async () => {
    server.answers((_request, count) => (count === 1 ? 'reset' : { status: 200, body: paymentIntent() }));
    expect(await gatewayWith().charge(request)).toMatchObject({ status: 'succeeded' });
    expect(server.requests.map(({ headers }) => headers['idempotency-key'])).toEqual([
      request.idempotencyKey,
      request.idempotencyKey,
    ]);
  });

  test('an outage is met with a bounded number of attempts, and then nobody knows', async () => {
    server.answers(() => ({ status: 500, body: stripeError({ type: 'api_error' }) }));
    const error = await failureOf(gatewayWith({ retries: 1 }).charge(request));
    expect(error).toBeInstanceOf(PaymentGatewayError);
    expect(error).toMatchObject({ retryable: true });
    expect(server.requests).toHaveLength(2);
  });

  test('an answer that never comes is not waited for', async () => {
    server.answers(() => 'never');
    const error = await failureOf(gatewayWith({ retries: 0, timeoutMs: 200 }).charge(request));
    expect(error).toMatchObject({ name: 'PaymentGatewayError', retryable: true });
  });

  test('while Stripe is down it is left alone', async () => {
    const gateway = gatewayWith({ retries: 0, circuitBreaker: { outagesToOpen: 2, probeAfterMs: 60_000 } });
    server.answers(() => ({ status: 503, body: stripeError({ type: 'api_error' }) }));
    for (let attempt = 1; attempt <= 4; attempt += 1)
      expect(await failureOf(gateway.charge(request))).toMatchObject({ retryable: true });
    expect(server.requests).toHaveLength(2);
  });

  test('declines and refusals do not count as an outage', async () => {
    const gateway = gatewayWith({ retries: 0, circuitBreaker: { outagesToOpen: 2 } });
    server.answers(() => declinedWith({ decline_code: 'lost_card' }));
    for (let attempt = 1; attempt <= 4; attempt += 1)
      expect(await gateway.charge(request)).toMatchObject({ status: 'failed' });
    expect(server.requests).toHaveLength(4);
  });
});

describe('what became of a charge', () => {
  test('is asked by its id', async () => {
    server.answers(() => ({ status: 200, body: paymentIntent({ status: 'processing' }) }));
    expect(await gatewayWith().findCharge(request.idempotencyKey, 'pi_1')).toMatchObject({ status: 'processing' });
    expect(server.requests[0]).toMatchObject({ method: 'GET', path: '/v1/payment_intents/pi_1' });
  });

  test('is null where Stripe has none by that id', async () => {
    server.answers(() => ({
      status: 404,
      body: stripeError({ type: 'invalid_request_error', code: 'resource_missing', param: 'intent' }),
    }));
    expect(await gatewayWith().findCharge(request.idempotencyKey, 'pi_9')).toBeNull();
  });

  test('is searched for by our key where its id was never heard', async () => {
    const found = paymentIntent({ metadata: request.metadata });
    server.answers(() => ({ status: 200, body: { object: 'search_result', data: [found], has_more: false } }));
    expect(await gatewayWith().findCharge(request.idempotencyKey, null)).toMatchObject({ gatewayPaymentId: 'pi_1' });
    expect(server.requests[0]).toMatchObject({
      path: '/v1/payment_intents/search',
      query: { query: `metadata['paymentId']:'${request.idempotencyKey}'` },
    });
  });

  test('is looked for among the latest where Stripe has no search', async () => {
    const latest = [paymentIntent({ id: 'pi_0' }), paymentIntent({ id: 'pi_7', metadata: request.metadata })];
    server.answers(({ path }) =>
      path.endsWith('/search')
        ? { status: 400, body: stripeError({ type: 'invalid_request_error' }) }
        : { status: 200, body: { object: 'list', data: latest, has_more: false, url: '/v1/payment_intents' } },
    );
    expect(await gatewayWith().findCharge(request.idempotencyKey, null)).toMatchObject({ gatewayPaymentId: 'pi_7' });
  });

  test('is null where Stripe never heard of it, and where the payer of a page has not decided', async () => {
    const nothing = { object: 'search_result', data: [], has_more: false };
    server.answers(() => ({ status: 200, body: nothing }));
    expect(await gatewayWith().findCharge(request.idempotencyKey, null)).toBeNull();
    const undecided = { status: 'requires_payment_method', metadata: { ...request.metadata, via: 'checkout' } };
    server.answers(() => ({ status: 200, body: { ...nothing, data: [paymentIntent(undecided)] } }));
    expect(await gatewayWith().findCharge(request.idempotencyKey, null)).toBeNull();
  });
});
