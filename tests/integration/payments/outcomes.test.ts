import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AppliedCharge, DisputeEvent } from '../../../src/services/payments/outcome.service.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import {
  aMethod,
  anOpenInvoice,
  aPayment,
  balancesOf,
  hear,
  hearDispute,
  inTenantOf,
  invoiceRow,
  one,
  pay,
  paymentRow,
  refund,
  succeeded,
} from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant, type TestTenant } from '../../support/people.ts';

let world: PaymentsApp;

beforeAll(async () => {
  world = await startPaymentsApp();
});

afterAll(() => world.close());

/** A tenant of its own, so that its whole ledger can be looked at. */
async function aPayer(token: 'ok' | 'soft' | 'processing' = 'ok') {
  const tenant = await aTenant(world.app, world.operator);
  return { tenant, method: await aMethod(tenant, token, { isDefault: true }) };
}

const failed: AppliedCharge = {
  ...{ status: 'failed', gatewayPaymentId: null, fee: null, response: {} },
  failure: { code: 'insufficient_funds', message: 'No.', class: 'soft' },
};

const eventsOf = async (subject: string, type: string): Promise<number> =>
  (await world.app.rows('select 1 from outbox_events where subject = $1 and type = $2', [subject, type])).length;

const attemptsOf = async (paymentId: string): Promise<unknown[]> =>
  (
    await world.app.rows('select operation, outcome from payment_attempts where payment_id = $1 order by position', [
      paymentId,
    ])
  ).map(({ operation, outcome }) => `${operation} ${outcome}`);

describe('a charge', () => {
  test('that is heard of twice is booked once', async () => {
    const { tenant, method } = await aPayer('processing');
    const invoiceId = await anOpenInvoice(tenant);
    const { body } = await pay(tenant, invoiceId, method);
    const { id, gatewayPaymentId, status } = body.data;
    expect(status).toBe('processing');
    await Promise.all(Array.from({ length: 10 }, () => hear(tenant, id, succeeded(gatewayPaymentId))));
    expect(await paymentRow(world.app, id)).toMatchObject({ status: 'succeeded' });
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
    expect(await eventsOf(id, 'payment.succeeded')).toBe(1);
    expect(await attemptsOf(id)).toEqual(['charge pending', 'event succeeded']);
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
  });

  test('that succeeded never fails any more, in whichever order it is told', async () => {
    const { tenant, method } = await aPayer();
    const paymentId = await aPayment(tenant, method);
    await hear(tenant, paymentId, failed);
    await hear(tenant, paymentId, { ...failed, status: 'canceled' });
    await hear(tenant, paymentId, { ...succeeded('ch_x'), status: 'processing' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded', failure_code: null });
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
    expect(await eventsOf(paymentId, 'payment.failed')).toBe(0);
  });

  test('that failed and succeeded after all pays the invoice', async () => {
    const { tenant, method } = await aPayer('soft');
    const invoiceId = await anOpenInvoice(tenant);
    const { body } = await pay(tenant, invoiceId, method);
    await hear(tenant, body.data.id, succeeded(body.data.gatewayPaymentId));
    expect(await paymentRow(world.app, body.data.id)).toMatchObject({
      ...{ status: 'succeeded', failure_code: null, failure_class: null, failed_at: null },
    });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid' });
  });

  /** A payment that failed, whose invoice ends in another way before it succeeds after all. */
  async function aLateSuccess(tenant: TestTenant, end: (invoiceId: string) => Promise<unknown>) {
    const invoiceId = await anOpenInvoice(tenant);
    const { body } = await pay(tenant, invoiceId);
    expect(body.data.status).toBe('failed');
    await end(invoiceId);
    await hear(tenant, body.data.id, succeeded(body.data.gatewayPaymentId));
    return { invoiceId, paymentId: String(body.data.id) };
  }

  const recordCash = (tenant: TestTenant, amount?: string) => (invoiceId: string) =>
    tenant.operator.post(`/api/revenue/invoices/${invoiceId}/pay`, {
      ...{ through: 'outside', method: 'cash', reference: randomUUID(), paidAt: world.now().toISOString() },
      ...(amount !== undefined && { amount }),
    });

  test('that comes late, for an invoice that was paid otherwise, is booked and refunded by itself', async () => {
    const { tenant } = await aPayer('soft');
    const { invoiceId, paymentId } = await aLateSuccess(tenant, recordCash(tenant));
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
    expect(await balancesOf(tenant)).toEqual({ bank: '100', gateway: '100', receivable: '-100', revenue: '-100' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded', amount_refunded: '100.0000' });
    await world.later(6);
    await world.app.container.services.paymentJanitor.resolve(systemContext(platformScope, randomUUID()));
    const [refunded] = await world.app.rows('select id, status, amount from refunds where payment_id = $1', [
      paymentId,
    ]);
    expect(refunded).toMatchObject({ status: 'succeeded', amount: '100.0000' });
    expect(world.server.refunds.get(String(refunded?.id))).toMatchObject({ amount: '100.00' });
    expect(await balancesOf(tenant)).toEqual({ bank: '100', revenue: '-100' });
  });

  test('that comes late, for an invoice that was paid in part, pays the rest of it and gives back the surplus', async () => {
    const { tenant } = await aPayer('soft');
    const { invoiceId, paymentId } = await aLateSuccess(tenant, recordCash(tenant, '30'));
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount: '100.0000', amount_refunded: '30.0000' });
    expect(await one(world.app, 'select * from refunds where payment_id = $1', [paymentId])).toMatchObject({
      ...{ status: 'pending', amount: '30.0000', created_by: null, reason: expect.stringContaining('meanwhile') },
    });
  });

  test('that comes late, for an invoice that was voided, is given back as well', async () => {
    const { tenant } = await aPayer('soft');
    const { paymentId } = await aLateSuccess(tenant, async (invoiceId) => {
      const voided = await tenant.operator.post(`/api/revenue/invoices/${invoiceId}/void`, {});
      if (voided.status !== 200) throw new Error(`The invoice was not voided: ${voided.text}`);
    });
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', receivable: '-100' });
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded', amount_refunded: '100.0000' });
  });
});

describe('a collection', () => {
  test('is owed to the tenant less fees, and can be paid out after the hold period', async () => {
    const { tenant } = await aPayer();
    await world.app.rows(
      `insert into fee_schedules (tenant_id, method, currency, gateway_percentage, gateway_fixed, platform_percentage, platform_fixed, updated_at)
       values ($1, 'card', 'INR', 2, 3, 1, 0, now())`,
      [tenant.id],
    );
    await world.app.rows('insert into settlement_settings (tenant_id, hold_days, updated_at) values ($1, 7, now())', [
      tenant.id,
    ]);
    const id = randomUUID();
    await world.app.rows(
      `insert into payments (tenant_id, id, purpose, gateway, method, currency, amount, updated_at)
       values ($1, $2, 'collection', 'sandbox', 'card', 'INR', 1000, now())`,
      [tenant.id, id],
    );
    const payment = await hear(tenant, id, succeeded('ch_collected'));
    expect(payment).toMatchObject({ gatewayFee: '23.00', platformFee: '10.00', netAmount: '967.00' });
    const { availableAt, capturedAt } = payment;
    expect(new Date(availableAt ?? '').getTime() - new Date(capturedAt ?? '').getTime()).toBe(7 * 86_400_000);
    expect(await balancesOf(tenant)).toEqual({ gateway: '977', owed_to_tenant: '-967', platform_fee: '-10' });
    await refund(tenant, { paymentId: id, amount: '100' });
  });
});

describe('a dispute', () => {
  const anEvent = (
    gatewayPaymentId: string,
    status: DisputeEvent['status'],
    gatewayDisputeId: string,
  ): DisputeEvent => ({
    ...{
      kind: 'dispute',
      id: randomUUID(),
      type: 'dispute',
      occurredAt: world.now(),
      gatewayPaymentId,
      gatewayDisputeId,
    },
    ...{ status, amount: { amount: '100.00', currency: 'INR' }, fee: { amount: '15.00', currency: 'INR' } },
    reason: 'fraudulent',
  });

  async function aDisputed() {
    const { tenant, method } = await aPayer();
    const paymentId = await aPayment(tenant, method);
    const { gateway_payment_id: gatewayPaymentId } = await paymentRow(world.app, paymentId);
    const disputeId = `dp_${randomUUID()}`;
    const tell = (status: DisputeEvent['status']) =>
      hearDispute(tenant, anEvent(String(gatewayPaymentId), status, disputeId));
    return { tenant, paymentId, tell };
  }

  test('takes the money at once, once, and no refund is given meanwhile', async () => {
    const { tenant, paymentId, tell } = await aDisputed();
    await Promise.all([tell('open'), tell('open'), tell('open')]);
    expect(await balancesOf(tenant)).toEqual({ gateway: '-15', disputes: '115', revenue: '-100' });
    expect(await eventsOf(paymentId, 'dispute.opened')).toBe(1);
    const refused = await refund(tenant, { paymentId });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'PAYMENT_DISPUTED']);
    const details = await tenant.owner.get(`/api/payments/transactions/${paymentId}`);
    expect(details.body.data.disputes).toMatchObject([{ status: 'open', amount: '100.00', fee: '15.00' }]);
  });

  test('that is won brings it back, and the payment can be refunded', async () => {
    const { tenant, paymentId, tell } = await aDisputed();
    await tell('open');
    await tell('won');
    await tell('won');
    await tell('lost');
    await tell('open');
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
    expect(await eventsOf(paymentId, 'dispute.closed')).toBe(1);
    expect((await refund(tenant, { paymentId })).status).toBe(201);
  });

  test('that is lost stays gone', async () => {
    const { tenant, paymentId, tell } = await aDisputed();
    await tell('open');
    await tell('lost');
    expect(await balancesOf(tenant)).toEqual({ gateway: '-15', disputes: '115', revenue: '-100' });
    const refused = await refund(tenant, { paymentId });
    expect([refused.status, refused.body.error.code]).toEqual([409, 'PAYMENT_DISPUTED']);
  });

  test('whose end is told before its beginning comes to the same', async () => {
    const { tenant, paymentId, tell } = await aDisputed();
    await tell('won');
    await tell('open');
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
    expect([await eventsOf(paymentId, 'dispute.opened'), await eventsOf(paymentId, 'dispute.closed')]).toEqual([1, 1]);
  });

  test("of a payment that is not the tenant's is nobody's", async () => {
    const { tenant } = await aPayer();
    expect(await hearDispute(tenant, anEvent('ch_of_nobody', 'open', 'dp_1'))).toBeNull();
  });
});

test('a refund that was given up and arrives all the same is booked', async () => {
  const { tenant, method } = await aPayer();
  const paymentId = await aPayment(tenant, method);
  world.server.refundsWill('failed');
  const { body } = await refund(tenant, { paymentId });
  world.server.refundsWill('succeeded');
  expect(body.data.status).toBe('failed');
  const { infrastructure, services } = world.app.container;
  const arrived = { status: 'succeeded', gatewayRefundId: 're_late', failure: null, response: {} } as const;
  for (const _time of [1, 2])
    await infrastructure.tx.run(inTenantOf(tenant), (txCtx) =>
      services.paymentOutcomes.applyRefundOutcome(txCtx, body.data.id, arrived),
    );
  expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '100.0000' });
  expect(await balancesOf(tenant)).toEqual({ revenue: '-100', refunds: '100' });
  expect(await eventsOf(paymentId, 'payment.refunded')).toBe(1);
});
