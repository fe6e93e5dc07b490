import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import {
  aMethod,
  anOpenInvoice,
  aPayment,
  balancesOf,
  inTenantOf,
  invoiceRow,
  pay,
  paymentRow,
  refund,
} from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import { aTenant, type TestTenant } from '../../support/people.ts';

let world: PaymentsApp;
let tenant: TestTenant;
let method: string;

beforeAll(async () => {
  world = await startPaymentsApp();
});

beforeEach(async () => {
  tenant = await aTenant(world.app, world.operator);
  method = await aMethod(tenant, 'ok', { isDefault: true });
});

afterAll(() => world.close());

const resolve = () =>
  world.app.container.services.paymentJanitor.resolve(systemContext(platformScope, randomUUID(), 'payment.resolved'));

/** As if the process had been killed when the payment was written, and before the gateway was asked. */
const begin = (invoiceId: string): Promise<string> =>
  world.app.container.services.paymentCharges.begin(inTenantOf(tenant), { invoiceId });

const chargesOf = (paymentId: string) => [...world.server.charges.values()].filter(({ key }) => key === paymentId);
const bookingsOf = (subjectId: string) =>
  world.app.rows('select cause from ledger_transactions where subject_id = $1', [subjectId]);

describe('a payment', () => {
  test('whose process died before it asked is charged once', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const paymentId = await begin(invoiceId);
    await resolve();
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'pending' });
    await world.later(6);
    await Promise.all([resolve(), resolve(), resolve()]);
    expect(chargesOf(paymentId)).toHaveLength(1);
    expect(await bookingsOf(paymentId)).toHaveLength(1);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded' });
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid', amount_paid: '100.0000' });
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
  });

  test('whose process died after it asked is booked once, and never charged again', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    world.server.make('does them and loses the answer');
    const { body } = await pay(tenant, invoiceId, method);
    world.server.make('none');
    const { paymentId } = body.error.details;
    expect(chargesOf(paymentId)).toHaveLength(1);
    await world.later(6);
    await resolve();
    expect(chargesOf(paymentId)).toHaveLength(1);
    expect(await bookingsOf(paymentId)).toHaveLength(1);
    expect(await invoiceRow(world.app, invoiceId)).toMatchObject({ status: 'paid' });
    const attempts = await world.app.rows('select operation, outcome from payment_attempts where payment_id = $1', [
      paymentId,
    ]);
    expect(attempts).toEqual([{ operation: 'retrieve', outcome: 'succeeded' }]);
  });

  test('that is done by the janitor and by whoever repeats the key is one', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const key = randomUUID();
    world.server.make('does them and loses the answer');
    await pay(tenant, invoiceId, method, key);
    world.server.make('none');
    await world.later(6);
    const answers = await Promise.all([resolve(), pay(tenant, invoiceId, method, key), resolve()]);
    expect(answers[1].body.data).toMatchObject({ status: 'succeeded' });
    expect(await bookingsOf(answers[1].body.data.id)).toHaveLength(1);
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
  });

  test('that nobody knows of after an hour is given up, and the invoice can be paid again', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const paymentId = await begin(invoiceId);
    await world.later(61);
    await resolve();
    expect(chargesOf(paymentId)).toEqual([]);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({
      ...{ status: 'failed', failure_code: 'never_sent', failure_class: 'gateway' },
    });
    expect((await pay(tenant, invoiceId)).body.data.status).toBe('succeeded');
  });

  test('for which nothing is due any more is canceled instead of being charged', async () => {
    const invoiceId = await anOpenInvoice(tenant);
    const paymentId = await begin(invoiceId);
    await world.app.rows("update invoices set status = 'uncollectible', written_off_at = now() where id = $1", [
      invoiceId,
    ]);
    await world.later(6);
    await resolve();
    expect(chargesOf(paymentId)).toEqual([]);
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'canceled', failure_code: 'no_longer_due' });
  });

  test('on a page waits for its payer, and is canceled some time after the page expired', async () => {
    const id = randomUUID();
    await world.app.rows(
      `insert into payments (tenant_id, id, purpose, gateway, method, currency, amount, created_at, updated_at)
       values ($1, $2, 'collection', 'sandbox', 'card', 'INR', 10, $3, $3)`,
      [tenant.id, id, world.now()],
    );
    await world.app.rows(
      `insert into checkout_sessions (tenant_id, id, payment_id, success_url, cancel_url, expires_at)
       values ($1, $2, $3, 'https://a.example', 'https://a.example', $4)`,
      [tenant.id, randomUUID(), id, new Date(world.now().getTime() + 30 * 60_000)],
    );
    await world.later(31);
    await resolve();
    expect(await paymentRow(world.app, id)).toMatchObject({ status: 'pending' });
    await world.later(20);
    await resolve();
    expect(await paymentRow(world.app, id)).toMatchObject({ status: 'canceled', failure_code: 'checkout_expired' });
  });

  test('is asked for again later while its gateway is away, and holds up nobody', async () => {
    const paymentId = await begin(await anOpenInvoice(tenant));
    await world.later(6);
    world.server.make('does not take them');
    const report = await resolve();
    world.server.make('none');
    expect(report.unresolved).toBeGreaterThanOrEqual(1);
    expect(await resolve()).toMatchObject({ payments: 0 });
    await world.later(6);
    await resolve();
    expect(await paymentRow(world.app, paymentId)).toMatchObject({ status: 'succeeded' });
  });
});

describe('a refund', () => {
  test.each(['does not take them', 'does them and loses the answer'] as const)(
    'whose gateway %s is given once in the end',
    async (trouble) => {
      const paymentId = await aPayment(tenant, method);
      world.server.make(trouble);
      const { body } = await refund(tenant, { paymentId, amount: '40' });
      world.server.make('none');
      const { refundId } = body.error.details;
      await world.later(6);
      await Promise.all([resolve(), resolve()]);
      expect([...world.server.refunds.values()].filter(({ key }) => key === refundId)).toHaveLength(1);
      expect(await bookingsOf(refundId)).toHaveLength(1);
      expect(await paymentRow(world.app, paymentId)).toMatchObject({ amount_refunded: '40.0000' });
    },
  );

  test('is not sent again once the gateway may have forgotten its key', async () => {
    const paymentId = await aPayment(tenant, method);
    world.server.make('does not take them');
    const { body } = await refund(tenant, { paymentId });
    world.server.make('none');
    await world.later(24 * 60);
    expect(await resolve()).toMatchObject({ refunds: 1, unresolved: 1 });
    expect([...world.server.refunds.keys()]).not.toContain(body.error.details.refundId);
  });
});

describe("a subscription's invoice", () => {
  const collect = (invoiceId: string) =>
    world.app.container.services.paymentCharges.collect(inTenantOf(tenant), invoiceId);

  async function aSubscriptionInvoice(): Promise<string> {
    const invoiceId = await anOpenInvoice(tenant);
    await world.app.rows("update invoices set billing_reason = 'subscription_cycle' where id = $1", [invoiceId]);
    return invoiceId;
  }

  test('is charged by the default method, once however often it is told', async () => {
    const invoiceId = await aSubscriptionInvoice();
    await Promise.all(Array.from({ length: 10 }, () => collect(invoiceId)));
    await collect(invoiceId);
    const payments = await world.app.rows('select id, status from payments where invoice_id = $1', [invoiceId]);
    expect(payments).toMatchObject([{ status: 'succeeded' }]);
    expect(chargesOf(String(payments[0]?.id))).toHaveLength(1);
    expect(await balancesOf(tenant)).toEqual({ gateway: '100', revenue: '-100' });
  });

  test("is charged by the subscription's own method before the default", async () => {
    const own = await aMethod(tenant, 'ok');
    const [subscription] = await world.app.rows(
      'update subscriptions set payment_method_id = $2 where tenant_id = $1 returning id',
      [tenant.id, own],
    );
    const invoiceId = await aSubscriptionInvoice();
    await world.app.rows('update invoices set subscription_id = $2 where id = $1', [invoiceId, subscription?.id]);
    expect(await collect(invoiceId)).toMatchObject({ paymentMethodId: own, status: 'succeeded' });
  });

  test('is not charged again when it was declined', async () => {
    const invoiceId = await aSubscriptionInvoice();
    await world.app.rows("update payment_methods set gateway_method_id = 'soft' where id = $1", [method]);
    expect(await collect(invoiceId)).toMatchObject({ status: 'failed' });
    expect(await collect(invoiceId)).toBeNull();
  });

  test('goes on where its job was killed', async () => {
    const invoiceId = await aSubscriptionInvoice();
    world.server.make('does them and loses the answer');
    await expect(collect(invoiceId)).rejects.toMatchObject({ code: 'PAYMENT_GATEWAY_UNAVAILABLE' });
    world.server.make('none');
    expect(await collect(invoiceId)).toMatchObject({ status: 'succeeded' });
    expect(await world.app.rows('select 1 from payments where invoice_id = $1', [invoiceId])).toHaveLength(1);
  });

  test('waits where there is no method, and other invoices wait for their payer', async () => {
    const manual = await anOpenInvoice(tenant);
    expect(await collect(manual)).toBeNull();
    await world.app.rows('update payment_methods set removed_at = now() where id = $1', [method]);
    const invoiceId = await aSubscriptionInvoice();
    expect(await collect(invoiceId)).toBeNull();
    expect(await world.app.rows('select 1 from payments where invoice_id = any($1)', [[manual, invoiceId]])).toEqual(
      [],
    );
  });
});
