import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { checkMoney } from '../../../scripts/lib/money-check.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { MoneyDifference } from '../../../src/types/money-check.ts';
import { aMethod, anOpenInvoice, aPayment, hearDispute, inTenantOf, refund } from '../../support/payments.ts';
import { type PaymentsApp, startPaymentsApp } from '../../support/payments-app.ts';
import type { TestTenant } from '../../support/people.ts';

let world: PaymentsApp;
let lakeside: TestTenant;
let voided: string;
let paid: string;
let refunded: string;
let disputed: string;

/** What the product itself never does: rows are changed behind its back, one after the other. */
const corrupt = (...changes: readonly string[]): Promise<unknown> =>
  world.app.rows(`set session_replication_role = replica; ${changes.join('; ')}; reset session_replication_role`);

const compare = () => world.app.container.services.reconciliation.compare(inTenantOf(lakeside));

const found = async (): Promise<string[]> =>
  (await compare()).differences.map(({ code, aspect, expected, found: is }) => `${code} ${aspect} ${expected} ${is}`);

/** Money that somebody pays to the tenant. */
async function aCollection(tenant: TestTenant): Promise<string> {
  const { infrastructure, services } = world.app.container;
  const id = randomUUID();
  await world.app.rows(
    `insert into payments (tenant_id, id, purpose, gateway, method, currency, amount, updated_at)
     values ($1, $2, 'collection', 'sandbox', 'card', 'INR', 250, now())`,
    [tenant.id, id],
  );
  await infrastructure.tx.run(inTenantOf(tenant), (ctx) =>
    services.paymentOutcomes.applyChargeOutcome(ctx, id, {
      ...{ status: 'succeeded', gatewayPaymentId: `ch_${id}`, failure: null },
      ...{ fee: { amount: '7.50', currency: 'INR' }, response: {} },
    }),
  );
  return id;
}

const creditWholly = async (tenant: TestTenant, invoiceId: string): Promise<void> => {
  const answer = await tenant.operator.post(
    `/api/revenue/invoices/${invoiceId}/credit-note`,
    { reason: 'Closed' },
    { 'idempotency-key': randomUUID() },
  );
  if (answer.status !== 201) throw new Error(`No credit note: ${answer.text}`);
};

beforeAll(async () => {
  world = await startPaymentsApp();
  lakeside = world.lakeside;
  const method = await aMethod(lakeside, 'ok', { isDefault: true });
  voided = await anOpenInvoice(lakeside);
  await lakeside.operator.post(`/api/revenue/invoices/${voided}/void`, {}, { 'idempotency-key': randomUUID() });
  await anOpenInvoice(lakeside, '77.77');
  world.server.tellsFee('2.50');
  paid = await aPayment(lakeside, method);
  refunded = await aPayment(lakeside, method, '60.00');
  await refund(lakeside, { paymentId: refunded, amount: '10.00' });
  const [{ invoice_id: credited } = { invoice_id: '' }] = await world.app.rows<{ invoice_id: string }>(
    'select invoice_id from payments where id = $1',
    [refunded],
  );
  await creditWholly(lakeside, credited);
  await refund(lakeside, { paymentId: refunded, amount: '50.00' });
  disputed = await aCollection(lakeside);
  await refund(lakeside, { paymentId: await aCollection(lakeside), amount: '20.00' });
  const dispute = {
    ...{ kind: 'dispute' as const, id: 'evt_1', type: 'dispute', occurredAt: new Date() },
    ...{ gatewayPaymentId: `ch_${disputed}`, gatewayDisputeId: 'dp_1', reason: 'fraudulent' },
    ...{ amount: { amount: '250.00', currency: 'INR' }, fee: { amount: '15.00', currency: 'INR' } },
  };
  await hearDispute(lakeside, { ...dispute, status: 'open' });
});

afterAll(() => world.close());

describe('a clean scenario', () => {
  test('voided, paid, refunded, credited and contested has no difference, and balances', async () => {
    expect(await world.app.rows('select status from invoices where id = $1', [voided])).toEqual([{ status: 'void' }]);
    expect(await world.app.rows('select id from credit_notes')).toHaveLength(1);
    expect(await world.app.rows("select id from refunds where status = 'succeeded'")).toHaveLength(3);
    expect(await world.app.rows('select id from disputes')).toHaveLength(1);
    const answer = await lakeside.owner.get('/api/payments/reconciliation');
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ differenceCount: 0, differences: [] });
    expect(answer.body.data.checks.length).toBeGreaterThan(15);
    const { body } = await lakeside.owner.get('/api/payments/ledger/balances');
    const sum = body.data.balances.reduce((total: number, { amount }: { amount: string }) => total + Number(amount), 0);
    expect(body.data.balances.length).toBeGreaterThan(5);
    expect(sum).toBeCloseTo(0, 6);
  });
});

/** What is changed, how it is changed back, and what is found of it. */
const faults: ReadonlyArray<readonly [string, string, string, readonly string[]]> = [
  [
    'a line whose amount was changed',
    `update ledger_entries set amount = amount + 0.01 where account = 'revenue' and transaction_id =
       (select id from ledger_transactions where cause = 'invoice.finalized:$voided')`,
    `update ledger_entries set amount = amount - 0.01 where account = 'revenue' and transaction_id =
       (select id from ledger_transactions where cause = 'invoice.finalized:$voided')`,
    [
      'trial_balance balance 0 0.01',
      'booking_unbalanced balance 0 0.01',
      'reversal_inexact revenue 0 0.01',
      'invoice_booking revenue 0 0.01',
    ],
  ],
  [
    'a booking that lost its lines',
    `create table lost as select * from ledger_entries where transaction_id =
       (select id from ledger_transactions where cause = 'payment.captured:$paid');
     delete from ledger_entries where transaction_id in (select transaction_id from lost)`,
    'insert into ledger_entries select * from lost; drop table lost',
    [
      'booking_unbalanced lines 2 0',
      'payment_booking bookings 1 0',
      'payment_booking gateway 97.5 0',
      'payment_booking gateway_fee 2.5 0',
      'payment_booking receivable -100 0',
      'receivable_balance balance 17.77 117.77',
    ],
  ],
  [
    'a number that nobody has',
    `update invoice_sequences set last_number = last_number + 1 where series = 'INV' and tenant_id = '$lakeside'`,
    `update invoice_sequences set last_number = last_number - 1 where series = 'INV' and tenant_id = '$lakeside'`,
    ['number_gap lastNumber 5 4', 'number_gap numbers 5 4'],
  ],
  [
    'a number that is not the one that was given',
    `update invoices set number = regexp_replace(number, '000001$', '000000') where id = '$voided'`,
    `update invoices set number = regexp_replace(number, '000000$', '000001') where id = '$voided'`,
    ['number_gap firstNumber 1 0'],
  ],
  [
    'an invoice whose credit is forgotten',
    'update invoices set amount_credited = 0 where amount_credited > 0',
    "update invoices set amount_credited = total where status = 'paid' and total = 60",
    [
      'invoice_amount_credited amountCredited 60 0',
      'receivable_balance balance 77.77 17.77',
      'refund_over_credit refundedFromCredit 0 50',
    ],
  ],
  [
    'an invoice of which less is paid than came in',
    `update invoices set amount_paid = amount_paid - 1 where id = (select invoice_id from payments where id = '$paid')`,
    `update invoices set amount_paid = amount_paid + 1 where id = (select invoice_id from payments where id = '$paid')`,
    ['invoice_amount_paid amountPaid 100 99'],
  ],
  [
    'a payment that forgets its refund',
    `update payments set amount_refunded = 0 where id = '$refunded'`,
    `update payments set amount_refunded = 60 where id = '$refunded'`,
    ['payment_amount_refunded amountRefunded 60 0'],
  ],
  [
    'a refund that was done and not booked',
    `update refunds set amount = 15 where amount = 10`,
    'update refunds set amount = 10 where amount = 15',
    ['refund_booking gateway -15 -10', 'refund_booking refunds 15 10', 'payment_amount_refunded amountRefunded 65 60'],
  ],
  [
    'a dispute that was won behind the ledger',
    `update disputes set status = 'won', closed_at = now()`,
    `update disputes set status = 'open', closed_at = null`,
    [
      'dispute_booking bookings 2 1',
      'dispute_booking gateway 0 -265',
      'dispute_booking owed_to_tenant 0 265',
      'owed_to_tenant_balance balance -465 -200',
    ],
  ],
  [
    'a payout that nobody booked',
    `insert into settlements (tenant_id, id, status, currency, payment_count, gross_amount, refund_amount, dispute_amount,
       gateway_fee, platform_fee, net_amount, approved_by, approved_at, updated_at)
     values ('$lakeside', '11111111-1111-4111-8111-111111111111', 'approved', 'INR', 0, 10, 0, 0, 0, 0, 10, gen_random_uuid(), now(), now())`,
    'delete from settlements',
    [
      'settlement_booking owed_to_tenant 10 0',
      'settlement_booking settlement_transit -10 0',
      'owed_to_tenant_balance balance -190 -200',
    ],
  ],
];

const filledIn = (text: string): string =>
  text
    .replaceAll('$voided', voided)
    .replaceAll('$paid', paid)
    .replaceAll('$refunded', refunded)
    .replaceAll('$lakeside', lakeside.id);

describe('a fault is found', () => {
  let undo: string | null = null;
  afterEach(async () => {
    if (undo !== null) await corrupt(undo);
    undo = null;
    expect(await found()).toEqual([]);
  });

  test.each(faults)('%s', async (_name, change, back, differences) => {
    await corrupt(filledIn(change));
    undo = filledIn(back);
    expect((await found()).sort()).toEqual([...differences].sort());
  });
});

describe('who sees a difference', () => {
  const reconcile = () =>
    world.app.container.services.reconciliation.reconcile(systemContext(platformScope, randomUUID(), 'test.done'));
  const failures = () =>
    world.app.rows<{ payload: unknown }>("select payload from outbox_events where type = 'reconciliation.failed'");
  const isMine = ({ subjectId }: MoneyDifference): boolean => subjectId === refunded;

  test('the tenant, the operator, the job and the command line; no other tenant', async () => {
    expect(await reconcile()).toEqual({ differenceCount: 0 });
    expect(await failures()).toEqual([]);
    await corrupt(`update payments set amount_refunded = 0 where id = '${refunded}'`);
    try {
      const own = await lakeside.owner.get('/api/payments/reconciliation');
      expect(own.body.data.differences).toEqual([
        {
          ...{ tenantId: lakeside.id, code: 'payment_amount_refunded', subjectType: 'payment', subjectId: refunded },
          ...{ aspect: 'amountRefunded', currency: 'INR', expected: '60', found: '0' },
        },
      ]);
      const others = await world.hillside.owner.get('/api/payments/reconciliation');
      expect(others.body.data.differenceCount).toBe(0);
      const all = await world.operator.get('/api/payments/reconciliation');
      expect(all.body.data.differences.filter(isMine)).toHaveLength(1);
      expect(await reconcile()).toEqual({ differenceCount: 1 });
      expect(await failures()).toEqual([{ payload: { differences: 1 } }]);
      expect(await world.app.container.infrastructure.metrics.registry.metrics()).toContain(
        'rowhouse_money_differences{check="payment_amount_refunded"} 1',
      );
    } finally {
      await corrupt(`update payments set amount_refunded = 60 where id = '${refunded}'`);
    }
  });

  test('names a hundred and counts them all', async () => {
    await corrupt(
      `insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at)
       select '${lakeside.id}', gen_random_uuid(), 'test:' || n, 'payment', gen_random_uuid(), now() from generate_series(1, 150) n`,
    );
    const { differenceCount, differences } = await compare();
    await corrupt("delete from ledger_transactions where cause like 'test:%'");
    expect(differenceCount).toBe(150);
    expect(differences).toHaveLength(100);
  });

  test('is read-only on the command line', async () => {
    const { tenantUrl, platformUrl, ownerUrl, queueUrl } = world.app.database;
    const urls = {
      ...{ DATABASE_URL: ownerUrl, DATABASE_TENANT_URL: tenantUrl },
      ...{ DATABASE_PLATFORM_URL: platformUrl, DATABASE_QUEUE_URL: queueUrl },
    };
    const keys = `test:${randomBytes(32).toString('base64')}`;
    const secrets = { JWT_KEYS: keys, AUDIT_KEYS: keys, ENCRYPTION_KEYS: keys };
    const report = await checkMoney({ ...urls, ...secrets, NODE_ENV: 'test', LOG_LEVEL: 'error' });
    expect(report).toMatchObject({ differenceCount: 0, differences: [] });
  });

  test('needs the permission', async () => {
    expect((await world.app.http.get('/api/payments/reconciliation')).status).toBe(401);
  });
});
