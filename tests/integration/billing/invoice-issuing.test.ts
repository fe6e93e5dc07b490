import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { IssueInput } from '../../../src/services/billing/invoice-issuing.service.ts';
import type { Invoice } from '../../../src/types/billing/invoice.ts';
import type { TenantTxContext } from '../../../src/types/context.ts';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  const operator = await anOperator(app);
  tenant = await aTenant(app, operator);
  other = await aTenant(app, operator);
});

afterAll(() => app.close());

const contextOf = (id: string) => systemContext(tenantScope(asTenantId(id)), 'a-test');

/** In a transaction of the tenant. */
const inTenant = <T>(work: (ctx: TenantTxContext) => Promise<T>, id = tenant.id): Promise<T> =>
  app.container.infrastructure.tx.run(contextOf(id), work);

const INPUT: IssueInput = {
  currency: 'USD',
  billingReason: 'subscription_update',
  periodStart: '2026-11-01T00:00:00.000Z',
  periodEnd: '2026-12-01T00:00:00.000Z',
  items: [
    {
      kind: 'proration_charge',
      description: 'Large, the rest of November',
      quantity: '1',
      unitPrice: '19.33',
      taxRate: '18',
    },
    { kind: 'proration_credit', description: 'Small, not used', quantity: '1', unitPrice: '-4.83', taxRate: '18' },
  ],
};

const issue = (input: IssueInput = INPUT): Promise<Invoice> =>
  inTenant((ctx) => app.container.services.issuing.issue(ctx, input));
const rowOf = async (id: string) => (await app.rows('select * from invoices where id = $1', [id]))[0];
const eventsOf = (id: string) =>
  app.rows('select type, payload from outbox_events where subject = $1 order by sequence', [id]);

describe('issue', () => {
  test('bills what is charged less what is given back, in one commit with its number, booking and event', async () => {
    const invoice = await issue();
    expect(invoice).toMatchObject({ status: 'open', subtotal: '14.50', taxTotal: '2.61', total: '17.11' });
    expect(await rowOf(invoice.id)).toMatchObject({
      number: invoice.number,
      billing_reason: 'subscription_update',
      total: '17.1100',
    });
    const entries = await app.rows(
      `select account, amount::text from ledger_entries where transaction_id = (
         select id from ledger_transactions where cause = $1) order by position`,
      [`invoice.finalized:${invoice.id}`],
    );
    expect(entries).toEqual([
      { account: 'receivable', amount: '17.1100' },
      { account: 'revenue', amount: '-14.5000' },
      { account: 'tax', amount: '-2.6100' },
    ]);
    expect(await eventsOf(invoice.id)).toEqual([
      { type: 'invoice.finalized', payload: { invoiceId: invoice.id, billingReason: 'subscription_update' } },
    ]);
    const read = await app.container.services.invoices.get(contextOf(tenant.id), invoice.id);
    expect(read).toEqual(invoice);
  });

  test('previews exactly what it bills, and writes nothing for it', async () => {
    const count = () => app.rows('select count(*)::int as n from invoices');
    const before = await count();
    const preview = await app.container.services.issuing.preview(contextOf(tenant.id), INPUT);
    expect(await count()).toEqual(before);
    const invoice = await issue();
    const amounts = ({
      items,
      subtotal,
      taxTotal,
      total,
      taxLines,
    }: Pick<Invoice, 'items' | 'subtotal' | 'taxTotal' | 'total' | 'taxLines'>) => ({
      items: items.map(({ id: _id, ...item }) => item),
      subtotal,
      taxTotal,
      total,
      taxLines,
    });
    expect(amounts(preview)).toEqual(amounts(invoice));
  });

  test('over nothing is paid at once, and books nothing', async () => {
    const [charge, credit] = INPUT.items;
    if (charge === undefined || credit === undefined) throw new Error('two lines');
    const invoice = await issue({ ...INPUT, items: [charge, { ...credit, unitPrice: '-19.33' }] });
    expect(invoice).toMatchObject({ status: 'paid', total: '0.00', amountDue: '0.00' });
    expect(await rowOf(invoice.id)).toMatchObject({ status: 'paid', paid_at: expect.any(Date) });
    expect((await eventsOf(invoice.id)).map(({ type }) => type)).toEqual(['invoice.finalized', 'invoice.paid']);
    expect(await app.rows('select id from ledger_transactions where subject_id = $1', [invoice.id])).toEqual([]);
  });

  test('never gives back more than it charges', async () => {
    const [, credit] = INPUT.items;
    if (credit === undefined) throw new Error('two lines');
    await expect(issue({ ...INPUT, items: [credit] })).rejects.toMatchObject({ code: 'INVOICE_TOTAL_NEGATIVE' });
  });

  test('rolled back leaves neither a row nor a gap', async () => {
    const first = await issue();
    await expect(
      inTenant(async (ctx) => {
        await app.container.services.issuing.issue(ctx, INPUT);
        throw new Error('the caller failed');
      }),
    ).rejects.toThrow('the caller failed');
    const second = await issue();
    const countOf = ({ number }: Invoice): number => Number(number?.slice(-6));
    expect(countOf(second)).toBe(countOf(first) + 1);
  });
});

describe('settling', () => {
  const { applyPayment, writeOff, lockOpen } = {
    applyPayment: (id: string, amount: string) =>
      inTenant((ctx) => app.container.services.settling.applyPayment(ctx, id, amount)),
    writeOff: (id: string) => inTenant((ctx) => app.container.services.settling.writeOff(ctx, id)),
    lockOpen: (id: string, tenantId: string) =>
      inTenant((ctx) => app.container.services.settling.lockOpen(ctx, id), tenantId),
  };

  test('a payment leaves the rest due, and the last one pays the invoice', async () => {
    const { id } = await issue();
    expect(await applyPayment(id, '7.11')).toMatchObject({ status: 'open', amountPaid: '7.11', amountDue: '10.00' });
    const paid = await applyPayment(id, '10');
    expect(paid).toMatchObject({ status: 'paid', amountPaid: '17.11', amountDue: '0.00' });
    expect(await app.container.services.invoices.get(contextOf(tenant.id), id)).toEqual(paid);
    expect((await eventsOf(id)).map(({ type }) => type)).toEqual(['invoice.finalized', 'invoice.paid']);
    await expect(applyPayment(id, '1')).rejects.toMatchObject({ code: 'INVOICE_NOT_OPEN' });
  });

  test('never more than what is due, however many pay at once', async () => {
    const { id } = await issue();
    await expect(applyPayment(id, '17.12')).rejects.toMatchObject({ code: 'PAYMENT_EXCEEDS_DUE' });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => applyPayment(id, '5')));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await rowOf(id)).toMatchObject({ status: 'open', amount_paid: '15.0000' });
  });

  test.each(['0', '-1', '1.005', 'NaN', '1e3'])('refuses %s as an amount', async (amount) => {
    const { id } = await issue();
    await expect(applyPayment(id, amount)).rejects.toThrow(RangeError);
    expect(await rowOf(id)).toMatchObject({ amount_paid: '0.0000' });
  });

  test('writing off books what is due as a bad debt', async () => {
    const { id } = await issue();
    await applyPayment(id, '7.11');
    expect(await writeOff(id)).toMatchObject({ status: 'uncollectible', writtenOffAt: expect.any(String) });
    const entries = await app.rows(
      `select account, amount::text from ledger_entries where transaction_id = (
         select id from ledger_transactions where cause = $1) order by position`,
      [`invoice.written_off:${id}`],
    );
    expect(entries).toEqual([
      { account: 'bad_debt', amount: '10.0000' },
      { account: 'receivable', amount: '-10.0000' },
    ]);
    await expect(writeOff(id)).rejects.toMatchObject({ code: 'INVOICE_NOT_OPEN' });
  });

  test('knows no other tenant’s invoice', async () => {
    const { id } = await issue();
    await expect(lockOpen(id, other.id)).rejects.toMatchObject({ code: 'INVOICE_NOT_FOUND' });
    await expect(lockOpen(randomUUID(), tenant.id)).rejects.toMatchObject({ code: 'INVOICE_NOT_FOUND' });
  });
});
