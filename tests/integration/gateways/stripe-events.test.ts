import { describe, expect, test } from '@jest/globals';
import Stripe from 'stripe';
import { PaymentSignatureError } from '../../../src/gateways/payments/payment.gateway.ts';
import { createStripePaymentGateway } from '../../../src/gateways/payments/stripe-payment.gateway.ts';
import { paymentIntent } from '../../support/stripe-server.ts';

const NOW = new Date('2026-11-20T09:30:00.000Z');
const SECRET = 'whsec_current';
const sdk = new Stripe('sk_test_key');

const gateway = createStripePaymentGateway({
  secretKey: 'sk_test_key',
  webhookSecrets: [SECRET, 'whsec_former'],
  clock: { now: () => NOW },
});

const bodyOf = (type: string, object: object): Buffer =>
  Buffer.from(
    JSON.stringify({ id: 'evt_1', object: 'event', type, created: NOW.getTime() / 1000 - 60, data: { object } }),
  );

const signed = (body: Buffer, { secret = SECRET, secondsAgo = 0 } = {}) => ({
  'stripe-signature': sdk.webhooks.generateTestHeaderString({
    payload: body.toString(),
    secret,
    timestamp: NOW.getTime() / 1000 - secondsAgo,
  }),
});

const read = (type: string, object: object) => {
  const body = bodyOf(type, object);
  return gateway.readEvent(body, signed(body));
};

describe('the signature', () => {
  const body = bodyOf('payment_intent.succeeded', paymentIntent());

  test.each([
    ['of now', signed(body)],
    ['of almost five minutes ago', signed(body, { secondsAgo: 299 })],
    ['by the former secret', signed(body, { secret: 'whsec_former' })],
  ])('%s is good', (_what, headers) => {
    expect(gateway.readEvent(body, headers)).toMatchObject({ id: 'evt_1' });
  });

  test.each<[string, Record<string, string>]>([
    ['that is missing', {}],
    ['that is none', { 'stripe-signature': 'nonsense' }],
    ['by another secret', signed(body, { secret: 'whsec_other' })],
    ['that is too old', signed(body, { secondsAgo: 301 })],
    ['of another body', signed(bodyOf('payment_intent.succeeded', paymentIntent({ id: 'pi_2' })))],
  ])('%s is refused', (_what, headers) => {
    expect(() => gateway.readEvent(body, headers)).toThrow(PaymentSignatureError);
  });

  test('of a body that changed by one byte is refused', () => {
    const changed = Buffer.from(body);
    changed[20] = (changed[20] ?? 0) ^ 1;
    expect(() => gateway.readEvent(changed, signed(body))).toThrow(PaymentSignatureError);
  });
});

describe('an event', () => {
  const metadata = { tenantId: 't', paymentId: 'p' };
  const error = { code: 'card_declined', decline_code: 'lost_card', message: 'Lost.', type: 'card_error' };

  test.each([
    ['payment_intent.succeeded', {}, 'succeeded', null],
    ['payment_intent.processing', { status: 'processing' }, 'processing', null],
    ['payment_intent.requires_action', { status: 'requires_action' }, 'requires_action', null],
    ['payment_intent.canceled', { status: 'canceled' }, 'canceled', null],
    [
      'payment_intent.payment_failed',
      { status: 'requires_payment_method', last_payment_error: error },
      'failed',
      { code: 'lost_card', class: 'hard', message: 'Lost.' },
    ],
  ])('%s tells what became of a charge', (type, fields, status, failure) => {
    expect(read(type, paymentIntent({ metadata, ...fields }))).toMatchObject({
      kind: 'payment',
      id: 'evt_1',
      type,
      occurredAt: new Date(NOW.getTime() - 60_000),
      metadata,
      outcome: { status, gatewayPaymentId: 'pi_1', failure },
    });
  });

  test('of a decline on a page changes nothing: the payer takes another card', () => {
    const undecided = { status: 'requires_payment_method', last_payment_error: error };
    const onPage = paymentIntent({ metadata: { ...metadata, via: 'checkout' }, ...undecided });
    expect(read('payment_intent.payment_failed', onPage)).toMatchObject({ kind: 'other' });
  });

  const session = (fields: object): object => ({
    id: 'cs_1',
    object: 'checkout.session',
    payment_intent: 'pi_1',
    payment_status: 'paid',
    status: 'complete',
    metadata,
    ...fields,
  });

  test.each([
    ['checkout.session.completed', {}, 'complete', 'succeeded'],
    ['checkout.session.completed', { payment_status: 'unpaid' }, 'complete', 'processing'],
    ['checkout.session.async_payment_succeeded', {}, 'complete', 'succeeded'],
    ['checkout.session.async_payment_failed', { payment_status: 'unpaid' }, 'complete', 'failed'],
  ])('%s %j: the page is %s, the payment %s', (type, fields, status, outcome) => {
    expect(read(type, session(fields))).toMatchObject({
      kind: 'checkout',
      metadata,
      gatewaySessionId: 'cs_1',
      status,
      outcome: { status: outcome, gatewayPaymentId: 'pi_1' },
    });
  });

  test('checkout.session.expired: nobody paid', () => {
    const expired = session({ status: 'expired', payment_status: 'unpaid', payment_intent: null });
    expect(read('checkout.session.expired', expired)).toMatchObject({
      kind: 'checkout',
      status: 'expired',
      outcome: null,
    });
  });

  test.each([
    ['refund.created', 'pending', 'pending'],
    ['refund.updated', 'succeeded', 'succeeded'],
    ['refund.failed', 'failed', 'failed'],
  ])('%s tells of a refund', (type, status, expected) => {
    const refund = { id: 're_1', object: 'refund', status, payment_intent: 'pi_1', metadata: { refundId: 'r' } };
    expect(read(type, refund)).toMatchObject({
      kind: 'refund',
      gatewayPaymentId: 'pi_1',
      metadata: { refundId: 'r' },
      outcome: { status: expected, gatewayRefundId: 're_1' },
    });
  });

  const dispute = (status: string): object => ({
    id: 'dp_1',
    object: 'dispute',
    amount: 149900,
    currency: 'inr',
    reason: 'fraudulent',
    status,
    payment_intent: 'pi_1',
    balance_transactions: [{ fee: 1500, currency: 'inr' }],
  });

  test.each([
    ['charge.dispute.created', 'needs_response', 'open'],
    ['charge.dispute.updated', 'under_review', 'open'],
    ['charge.dispute.closed', 'won', 'won'],
    ['charge.dispute.closed', 'lost', 'lost'],
  ])('%s in %s is a dispute that is %s', (type, status, expected) => {
    expect(read(type, dispute(status))).toMatchObject({
      kind: 'dispute',
      gatewayPaymentId: 'pi_1',
      gatewayDisputeId: 'dp_1',
      status: expected,
      amount: { amount: '1499.00', currency: 'INR' },
      fee: { amount: '15.00', currency: 'INR' },
      reason: 'fraudulent',
    });
  });

  test.each([
    ['charge.dispute.created', dispute('warning_needs_response')],
    ['charge.refunded', { id: 'ch_1', object: 'charge' }],
    ['an.event.of.tomorrow', { id: 'x', object: 'x' }],
  ])('%s of no consequence is another one', (type, object) => {
    expect(read(type, object)).toMatchObject({ kind: 'other', id: 'evt_1', type });
  });
});
