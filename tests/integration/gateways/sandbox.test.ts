import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PaymentSignatureError, UnknownPaymentMethodError } from '../../../src/gateways/payments/payment.gateway.ts';
import { createSandboxPaymentGateway } from '../../../src/gateways/payments/sandbox-payment.gateway.ts';
import { signedHeaders } from '../../../src/gateways/payments/sandbox-signature.ts';
import { createSandboxStore } from '../../../src/gateways/payments/sandbox-store.ts';
import { sandboxTokens } from '../../../src/gateways/payments/sandbox-tokens.ts';

const webhookKey = Buffer.alloc(32, 'key');
const START = Date.parse('2026-11-20T09:30:00.000Z');

/** A sandbox with a clock of its own; `another` is a second process on the same machine. */
function aSandbox() {
  const directory = mkdtempSync(join(tmpdir(), 'rowhouse-sandbox-'));
  let now = START;
  const clock = { now: () => new Date(now) };
  const make = () => {
    const store = createSandboxStore({ directory });
    const gateway = createSandboxPaymentGateway({ store, publicUrl: 'http://localhost:3000', webhookKey, clock });
    return { gateway, store };
  };
  return {
    ...make(),
    another: make,
    clock,
    later(seconds: number): void {
      now += seconds * 1000;
    },
  };
}

const charge = (token: string, key = 'payment-1') => ({
  idempotencyKey: key,
  amount: '1499.00',
  currency: 'INR',
  gatewayCustomerId: null,
  gatewayMethodId: token,
  description: 'Invoice',
  metadata: { tenantId: 't', paymentId: key },
});

/** The events that are due, without taking them away. */
const dueEvents = async ({ gateway, store, clock }: ReturnType<typeof aSandbox>) =>
  (await store.listDue(clock.now(), 100)).map(({ body }) => gateway.parseEvent(Buffer.from(body)));

describe('tokens', () => {
  test.each([
    ['success', 'succeeded', null],
    ['success_2', 'succeeded', null],
    ['declined_insufficient_funds', 'failed', 'soft'],
    ['declined_lost_card', 'failed', 'hard'],
    ['authentication_required', 'failed', 'authentication'],
    ['gateway_error', 'failed', 'gateway'],
    ['delayed_success', 'processing', null],
    ['requires_action', 'requires_action', null],
  ])('pm_sandbox_%s: a charge is %s', async (name, status, failureClass) => {
    const outcome = await aSandbox().gateway.charge(charge(`pm_sandbox_${name}`));
    expect(outcome.status).toBe(status);
    expect(outcome.failure?.class ?? null).toBe(failureClass);
  });

  test.each(Object.keys(sandboxTokens))('pm_sandbox_%s can be described', async (name) => {
    const method = await aSandbox().gateway.describeMethod(`pm_sandbox_${name}`, 't');
    expect(method).toMatchObject({ gatewayMethodId: `pm_sandbox_${name}` });
    expect(method.lastFour === null).toBe(method.kind !== 'card');
  });

  test.each(['pm_1', 'pm_sandbox_', 'pm_sandbox_constructor', 'pm_sandbox_unheard_of'])(
    '%s is unknown',
    async (token) => {
      const { gateway } = aSandbox();
      await expect(gateway.describeMethod(token, 't')).rejects.toBeInstanceOf(UnknownPaymentMethodError);
      await expect(gateway.charge(charge(token))).rejects.toBeInstanceOf(UnknownPaymentMethodError);
    },
  );
});

describe('a key', () => {
  test('is one charge, in whichever process it is used, and however often at once', async () => {
    const sandbox = aSandbox();
    const gateways = Array.from({ length: 8 }, () => sandbox.another().gateway);
    const outcomes = await Promise.all(gateways.map((gateway) => gateway.charge(charge('pm_sandbox_success'))));
    expect(new Set(outcomes.map(({ gatewayPaymentId }) => gatewayPaymentId)).size).toBe(1);
    expect(new Set((await dueEvents(sandbox)).map(({ id }) => id)).size).toBe(1);
    expect(await sandbox.another().gateway.findCharge('payment-1', null)).toEqual(outcomes[0]);
  });

  test('that comes with another amount is refused', async () => {
    const { gateway } = aSandbox();
    await gateway.charge(charge('pm_sandbox_success'));
    const other = { ...charge('pm_sandbox_success'), amount: '1.00' };
    await expect(gateway.charge(other)).rejects.toMatchObject({ name: 'PaymentGatewayError', retryable: false });
  });

  test('that was never used is no charge', async () => {
    expect(await aSandbox().gateway.findCharge('payment-9', null)).toBeNull();
  });

  test('whose gateway was away is no charge; whose answer got lost is one', async () => {
    const { gateway } = aSandbox();
    await expect(gateway.charge(charge('pm_sandbox_unavailable', 'away'))).rejects.toMatchObject({ retryable: true });
    await expect(gateway.charge(charge('pm_sandbox_answer_lost', 'lost'))).rejects.toMatchObject({ retryable: true });
    expect(await gateway.findCharge('away', null)).toBeNull();
    expect(await gateway.findCharge('lost', null)).toMatchObject({ status: 'succeeded' });
  });
});

describe('what comes later', () => {
  test.each([
    ['delayed_success', 'succeeded'],
    ['delayed_failure', 'failed'],
    ['requires_action', 'succeeded'],
  ])('pm_sandbox_%s has %s after a minute, and tells it', async (name, status) => {
    const sandbox = aSandbox();
    await sandbox.gateway.charge(charge(`pm_sandbox_${name}`));
    sandbox.later(59);
    expect(await dueEvents(sandbox)).toHaveLength(1);
    sandbox.later(1);
    expect(await sandbox.gateway.findCharge('payment-1', null)).toMatchObject({ status });
    expect((await dueEvents(sandbox))[1]).toMatchObject({
      kind: 'payment',
      metadata: { paymentId: 'payment-1' },
      outcome: { status },
    });
  });

  test('pm_sandbox_dispute_won is contested, and that ends well', async () => {
    const sandbox = aSandbox();
    await sandbox.gateway.charge(charge('pm_sandbox_dispute_won'));
    sandbox.later(120);
    expect((await dueEvents(sandbox)).slice(1)).toMatchObject([
      { kind: 'dispute', status: 'open', amount: { amount: '1499.00', currency: 'INR' } },
      { kind: 'dispute', status: 'won' },
    ]);
  });
});

describe('refunds', () => {
  const refundOf = (gatewayPaymentId: string, amount = '499.00') => ({
    idempotencyKey: 'refund-1',
    gatewayPaymentId,
    amount,
    currency: 'INR',
    metadata: { refundId: 'refund-1' },
  });

  test.each([
    ['success', 'succeeded', 'succeeded'],
    ['refund_delayed', 'pending', 'succeeded'],
    ['refund_failed', 'failed', 'failed'],
  ])('of pm_sandbox_%s are %s, in the end %s, and one by their key', async (name, first, last) => {
    const sandbox = aSandbox();
    const { gatewayPaymentId } = await sandbox.gateway.charge(charge(`pm_sandbox_${name}`));
    const refund = await sandbox.gateway.refund(refundOf(gatewayPaymentId));
    expect(refund.status).toBe(first);
    sandbox.later(60);
    expect(await sandbox.another().gateway.refund(refundOf(gatewayPaymentId))).toMatchObject({
      gatewayRefundId: refund.gatewayRefundId,
      status: last,
    });
    const told = (await dueEvents(sandbox)).filter(({ kind }) => kind === 'refund');
    expect(told.at(-1)).toMatchObject({ outcome: { status: last } });
  });

  test('of more than the charge, or of no charge, are refused', async () => {
    const { gateway } = aSandbox();
    const { gatewayPaymentId } = await gateway.charge(charge('pm_sandbox_success'));
    for (const refund of [refundOf(gatewayPaymentId, '1499.01'), refundOf('sandbox_pay_none')])
      await expect(gateway.refund(refund)).rejects.toMatchObject({ name: 'PaymentGatewayError', retryable: false });
  });
});

describe('signatures', () => {
  const body = Buffer.from(
    JSON.stringify({ kind: 'other', id: 'evt', type: 'test', occurredAt: new Date(START).toISOString() }),
  );
  const good = signedHeaders(webhookKey, 'evt', body, new Date(START));

  test('by the key, within five minutes, are good; one of several is enough', () => {
    const sandbox = aSandbox();
    sandbox.later(299);
    expect(sandbox.gateway.readEvent(body, good)).toMatchObject({ id: 'evt' });
    const rotated = { ...good, 'webhook-signature': `v1,AAAA ${good['webhook-signature']}` };
    expect(sandbox.gateway.readEvent(body, rotated)).toMatchObject({ id: 'evt' });
  });

  test.each<[string, Record<string, string>, number]>([
    ['none', {}, 0],
    ['no timestamp', { ...good, 'webhook-timestamp': '' }, 0],
    ['another id', { ...good, 'webhook-id': 'other' }, 0],
    ['another key', signedHeaders(Buffer.alloc(32, 'no'), 'evt', body, new Date(START)), 0],
    ['another version', { ...good, 'webhook-signature': `${good['webhook-signature']}`.replace('v1', 'v2') }, 0],
    ['one that is too old', good, 301],
    ['one that is too early', good, -301],
  ])('%s: refused', (_what, headers, secondsLater) => {
    const sandbox = aSandbox();
    sandbox.later(secondsLater);
    expect(() => sandbox.gateway.readEvent(body, headers)).toThrow(PaymentSignatureError);
  });
});
