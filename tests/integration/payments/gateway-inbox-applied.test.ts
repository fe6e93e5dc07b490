import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  applyEvent,
  applyEvents,
  deliverSandboxEvents,
  paymentEvent,
  postEvent,
} from '../../support/gateway-events.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOpenInvoice, balancesOf, invoiceRow, one, pay, paymentRow, refund } from '../../support/payments.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const STRIPE_SECRET = 'whsec_of_a_test';

let app: TestApp;
let operator: HttpClient;
let tenant: TestTenant;
let ahead = 0;

beforeAll(async () => {
  app = await startTestApp({
    settings: { STRIPE_SECRET_KEY: 'sk_test', STRIPE_WEBHOOK_SECRET: STRIPE_SECRET },
    overrides: { clock: { now: () => new Date(Date.now() + ahead) } },
  });
  operator = await anOperator(app);
  await aPlan(app);
  tenant = await aTenant(app, operator);
});

afterEach(() => {
  ahead = 0;
});

afterAll(() => app.close());

const inbox = () =>
  app.rows<Record<string, unknown> & { id: string; body: Buffer }>('select * from gateway_events order by received_at');
const clear = () => app.rows('delete from gateway_events');

/** A method of the sandbox, added over HTTP, and an invoice that was charged with it. */
async function aCharge(token: string, of: TestTenant = tenant) {
  const added = await of.operator.post('/api/revenue/payment-methods', { token, isDefault: false });
  const invoiceId = await anOpenInvoice(of);
  const { body } = await pay(of, invoiceId, added.body.data.id);
  return { invoiceId, id: String(body.data.id), gatewayPaymentId: String(body.data.gatewayPaymentId), data: body.data };
}

describe('what a gateway tells of a charge', () => {
  test('captures it once, whatever comes first and however often', async () => {
    const payer = await aTenant(app, operator);
    const { id, invoiceId, gatewayPaymentId, data } = await aCharge('pm_sandbox_delayed_success', payer);
    expect(data.status).toBe('processing');
    await clear();
    const metadata = { tenantId: payer.id, paymentId: id };
    const told = (name: string, status: string) =>
      postEvent(app, paymentEvent(name, metadata, { status, gatewayPaymentId }));
    await told('evt_success', 'succeeded');
    await told('evt_late_processing', 'processing');
    await told('evt_late_failure', 'failed');
    await told('evt_success_again', 'succeeded');
    expect(await applyEvents(app)).toEqual({
      evt_success: 'applied',
      evt_late_processing: 'stale',
      evt_late_failure: 'stale',
      evt_success_again: 'stale',
    });
    expect(await paymentRow(app, id)).toMatchObject({ status: 'succeeded', gateway_payment_id: gatewayPaymentId });
    expect(await invoiceRow(app, invoiceId)).toMatchObject({ status: 'paid' });
    expect(await balancesOf(payer)).toEqual({ gateway: '100', revenue: '-100' });
    const [first] = await inbox();
    expect(first).toMatchObject({ outcome: 'applied', attempts: 0, last_error: null });
    expect(await applyEvent(app, first?.id ?? '')).toBeNull();
  });

  test('is heard by ten at once, and booked once', async () => {
    const payer = await aTenant(app, operator);
    const { id, gatewayPaymentId } = await aCharge('pm_sandbox_delayed_success', payer);
    await clear();
    await postEvent(
      app,
      paymentEvent('evt_1', { tenantId: payer.id, paymentId: id }, { status: 'succeeded', gatewayPaymentId }),
    );
    const [event] = await inbox();
    await Promise.all(Array.from({ length: 10 }, () => applyEvent(app, event?.id ?? '')));
    expect(await balancesOf(payer)).toEqual({ gateway: '100', revenue: '-100' });
  });

  test('is believed when it succeeded after it had failed', async () => {
    const { id, invoiceId } = await aCharge('pm_sandbox_declined_insufficient_funds');
    expect(await paymentRow(app, id)).toMatchObject({ status: 'failed', failure_class: 'soft' });
    await clear();
    const { gateway_payment_id: gatewayPaymentId } = await paymentRow(app, id);
    const outcome = { status: 'succeeded', gatewayPaymentId: String(gatewayPaymentId) };
    await postEvent(app, paymentEvent('evt_after_all', { tenantId: tenant.id, paymentId: id }, outcome));
    expect(await applyEvents(app)).toEqual({ evt_after_all: 'applied' });
    expect(await invoiceRow(app, invoiceId)).toMatchObject({ status: 'paid' });
  });

  test('about nothing of ours changes nothing', async () => {
    const { id, gatewayPaymentId } = await aCharge('pm_sandbox_delayed_success');
    const hillside = await aTenant(app, operator);
    await clear();
    const success = { status: 'succeeded', gatewayPaymentId };
    await postEvent(app, paymentEvent('evt_no_metadata', {}, success));
    await postEvent(app, paymentEvent('evt_nonsense', { tenantId: 'x', paymentId: id }, success));
    await postEvent(app, paymentEvent('evt_of_another', { tenantId: hillside.id, paymentId: id }, success));
    await postEvent(app, paymentEvent('evt_unknown', { tenantId: tenant.id, paymentId: randomUUID() }, success));
    const otherId = { ...success, gatewayPaymentId: 'sandbox_pay_other' };
    await postEvent(app, paymentEvent('evt_other_id', { tenantId: tenant.id, paymentId: id }, otherId));
    const outcomes = await applyEvents(app);
    expect(Object.keys(outcomes)).toHaveLength(5);
    expect(new Set(Object.values(outcomes))).toEqual(new Set(['ignored']));
    expect(await paymentRow(app, id)).toMatchObject({ status: 'processing' });
  });
});

describe('what it tells of refunds and disputes', () => {
  test('ends a refund that was pending', async () => {
    const { id } = await aCharge('pm_sandbox_refund_delayed');
    const answer = await refund(tenant, { paymentId: id, amount: '40.00' });
    expect(answer.body.data).toMatchObject({ status: 'pending' });
    await clear();
    ahead = 61_000;
    await deliverSandboxEvents(app);
    const outcomes = Object.values(await applyEvents(app));
    expect(outcomes).toContain('applied');
    expect(await one(app, 'select status from refunds where id = $1', [answer.body.data.id])).toEqual({
      status: 'succeeded',
    });
  });

  test('books a dispute and how it ended, with the events of a minute and another', async () => {
    const payer = await aTenant(app, operator);
    await aCharge('pm_sandbox_dispute_lost', payer);
    await clear();
    ahead = 121_000;
    await deliverSandboxEvents(app);
    await applyEvents(app);
    expect(await app.rows('select status, amount from disputes where tenant_id = $1', [payer.id])).toEqual([
      { status: 'lost', amount: '100.0000' },
    ]);
    expect(await balancesOf(payer)).toEqual({ disputes: '100', revenue: '-100' });
  });

  test('of a payment whose id is not known yet is tried again, and in the end it is about nobody', async () => {
    await clear();
    const money = { amount: '100.00', currency: 'INR' };
    await postEvent(app, {
      ...{ id: 'evt_dispute', kind: 'dispute', gatewayPaymentId: 'sandbox_pay_unknown', gatewayDisputeId: 'dp_1' },
      ...{ status: 'open', amount: money, fee: { ...money, amount: '0' }, reason: null },
    });
    const [event] = await inbox();
    for (let attempt = 1; attempt <= 5; attempt += 1)
      await expect(applyEvent(app, event?.id ?? '')).rejects.toThrow('No payment is known');
    expect((await inbox())[0]).toMatchObject({
      attempts: 5,
      last_error: expect.stringContaining('No payment'),
      outcome: null,
    });
    expect(await applyEvent(app, event?.id ?? '')).toBe('ignored');
    expect((await inbox())[0]).toMatchObject({ outcome: 'ignored', last_error: null });
  });
});
