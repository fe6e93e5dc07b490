import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let lakeside: TestTenant;
let hillside: TestTenant;

beforeAll(async () => {
  app = await startTestApp({ settings: { SELLER_REGION: 'IN-KA' } });
  await aPlan(app);
  const operator = await anOperator(app);
  await operator.post('/api/revenue/tax-rates', {
    name: 'GST',
    kind: 'gst',
    country: 'IN',
    percentage: '18',
    roundTotalTo: '1',
  });
  lakeside = await aTenant(app, operator, { region: 'IN-KA' });
  hillside = await aTenant(app, operator, { region: 'IN-MH' });
});

afterAll(() => app.close());

const path = (id: string, end = '') => `/api/revenue/invoices/${id}${end}`;
const rowOf = async (id: string) => (await app.rows('select * from invoices where id = $1', [id]))[0];

/** 1,000.40 and 118 of tax: 1,180.47, rounded to 1,180. */
async function anOpenInvoice(): Promise<{ id: string; items: string[] }> {
  const { body } = await lakeside.operator.post('/api/revenue/invoices', {
    items: [
      { description: 'Seats', quantity: '1', unitPrice: '900.40' },
      { description: 'Locker', quantity: '1', unitPrice: '100' },
    ],
  });
  expect((await lakeside.operator.post(path(body.data.id, '/send'))).body.data).toMatchObject({ total: '1180.00' });
  return { id: body.data.id, items: body.data.items.map((item: { id: string }) => item.id) };
}

/** What the bookings about an invoice and its notes come to, by account; accounts at zero are left out. */
async function balancesOf(id: string): Promise<Record<string, string>> {
  const rows = await app.rows<{ account: string; amount: string }>(
    `select account, sum(amount)::numeric(20,2)::text as amount from ledger_entries entry
     join ledger_transactions booking on booking.tenant_id = entry.tenant_id and booking.id = entry.transaction_id
     where subject_id = $1 or subject_id in (select id from credit_notes where invoice_id = $1)
     group by account having sum(amount) <> 0 order by account`,
    [id],
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, amount]));
}

async function pay(id: string, amount: string): Promise<void> {
  const { settling } = app.container.services;
  const ctx = systemContext(tenantScope(asTenantId(lakeside.id)), 'a-test');
  await app.container.infrastructure.tx.run(ctx, (txCtx) => settling.applyPayment(txCtx, id, amount));
}

test('sending books the invoice, to the rounding', async () => {
  const { id } = await anOpenInvoice();
  expect(await balancesOf(id)).toEqual({
    receivable: '1180.00',
    revenue: '-1000.40',
    tax: '-180.07',
    rounding: '0.47',
  });
});

describe('voiding', () => {
  test('reverses the booking line for line and keeps the number', async () => {
    const { id } = await anOpenInvoice();
    const answer = await lakeside.operator.post(path(id, '/void'));
    expect([answer.status, answer.body.data.status]).toEqual([200, 'void']);
    expect(await rowOf(id)).toMatchObject({ status: 'void', number: expect.stringMatching(/^INV-/), version: 3 });
    expect(await balancesOf(id)).toEqual({});
    const bookings = await app.rows(
      'select cause, reverses_id is not null as reverses from ledger_transactions where subject_id = $1 order by created_at, cause',
      [id],
    );
    expect(bookings).toEqual([
      { cause: `invoice.finalized:${id}`, reverses: false },
      { cause: `void:invoice.finalized:${id}`, reverses: true },
    ]);
    const entries = await app.rows('select action from audit_entries where resource_id = $1 order by occurred_at', [
      id,
    ]);
    expect(entries.at(-1)).toEqual({ action: 'invoice.voided' });
    const read = await lakeside.owner.get(path(id));
    expect(read.body.data).toEqual(answer.body.data);
  });

  test('of one invoice by many at once happens once', async () => {
    const { id } = await anOpenInvoice();
    const answers = await Promise.all(Array.from({ length: 8 }, () => lakeside.operator.post(path(id, '/void'))));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await balancesOf(id)).toEqual({});
  });

  test('is not for drafts, what was paid, credited or is being paid', async () => {
    const { id } = await anOpenInvoice();
    const draft = await lakeside.operator.post('/api/revenue/invoices', {
      items: [{ description: 'Seat', quantity: '1', unitPrice: '5' }],
    });
    const ofDraft = await lakeside.operator.post(path(draft.body.data.id, '/void'));
    expect([ofDraft.status, ofDraft.body.error.code]).toEqual([409, 'INVOICE_NOT_OPEN']);
    await pay(id, '100');
    const partlyPaid = await lakeside.operator.post(path(id, '/void'));
    expect([partlyPaid.status, partlyPaid.body.error.code]).toEqual([409, 'INVOICE_PARTLY_SETTLED']);
    const { id: credited } = await anOpenInvoice();
    await lakeside.operator.post(path(credited, '/credit-note'), {
      reason: 'Closed',
      items: [await firstItem(credited)],
    });
    expect((await lakeside.operator.post(path(credited, '/void'))).body.error.code).toBe('INVOICE_PARTLY_SETTLED');
  });

  const firstItem = async (id: string) => {
    const [item] = await app.rows<{ id: string }>(
      'select id from invoice_items where invoice_id = $1 order by position',
      [id],
    );
    return { invoiceItemId: item?.id, amount: '1' };
  };
});

describe('a credit note', () => {
  test('over all that is left takes the invoice back, and ends it', async () => {
    const { id } = await anOpenInvoice();
    const answer = await lakeside.operator.post(path(id, '/credit-note'), { reason: 'The room was closed.' });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      number: expect.stringMatching(/^CN-\d{4}-\d{6}$/),
      subtotal: '1000.40',
      taxTotal: '180.07',
      roundingAmount: '-0.47',
      total: '1180.00',
      taxLines: [
        { name: 'CGST', rate: '9', amount: '90.04' },
        { name: 'SGST', rate: '9', amount: '90.03' },
      ],
    });
    expect(await balancesOf(id)).toEqual({});
    const read = await lakeside.owner.get(path(id));
    expect(read.body.data).toMatchObject({
      status: 'paid',
      amountCredited: '1180.00',
      amountDue: '0.00',
      creditNotes: [answer.body.data],
      payments: [],
    });
    const again = await lakeside.operator.post(path(id, '/credit-note'), { reason: 'Again' });
    expect([again.status, again.body.error]).toMatchObject([
      422,
      { code: 'CREDIT_NOTE_TOO_LARGE', details: { left: '0.00' } },
    ]);
  });

  test('over a part leaves the rest due, and the next one takes it to the last unit', async () => {
    const { id, items } = await anOpenInvoice();
    const first = await lakeside.operator.post(path(id, '/credit-note'), {
      reason: 'A week',
      items: [{ invoiceItemId: items[0], amount: '300.13' }, { invoiceItemId: items[1] }],
    });
    expect(first.body.data).toMatchObject({ subtotal: '400.13', taxTotal: '72.02', total: '472.15' });
    expect(await rowOf(id)).toMatchObject({ status: 'open', amount_credited: '472.1500' });
    await pay(id, '700');
    const rest = await lakeside.operator.post(path(id, '/credit-note'), { reason: 'All of it' });
    expect(rest.body.data.total).toBe('707.85');
    expect(await rowOf(id)).toMatchObject({ status: 'paid', amount_paid: '700.0000', amount_credited: '1180.0000' });
    const sums = await app.rows(
      `select sum(item.total)::text as items, (select sum(total)::text from credit_notes where invoice_id = $1) as notes
       from credit_note_items item join credit_notes note on note.tenant_id = item.tenant_id and note.id = item.credit_note_id
       where note.invoice_id = $1`,
      [id],
    );
    expect(sums).toEqual([{ items: '1180.4700', notes: '1180.0000' }]);
  });

  test('takes back no more than is left, however many try at once, and its numbers have no gap', async () => {
    const { id, items } = await anOpenInvoice();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () =>
        lakeside.operator.post(path(id, '/credit-note'), {
          reason: 'A tenth',
          items: [{ invoiceItemId: items[0], amount: '100' }],
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(9);
    for (const { status, body } of answers.filter((answer) => answer.status !== 201)) {
      expect([status, body.error.code]).toEqual([422, 'CREDIT_NOTE_TOO_LARGE']);
    }
    const numbers = await app.rows<{ number: string }>(
      'select number from credit_notes where tenant_id = $1 order by number',
      [lakeside.id],
    );
    expect(numbers.map(({ number }) => Number(number.slice(-6)))).toEqual(numbers.map((_row, index) => index + 1));
  });

  test('is made once for an Idempotency-Key', async () => {
    const { id } = await anOpenInvoice();
    const key = { 'idempotency-key': randomUUID() };
    const body = { reason: 'Once' };
    const first = await lakeside.operator.post(path(id, '/credit-note'), body, key);
    const second = await lakeside.operator.post(path(id, '/credit-note'), body, key);
    expect([second.status, second.text]).toEqual([201, first.text]);
    expect(await app.rows('select count(*)::int as n from credit_notes where invoice_id = $1', [id])).toEqual([
      { n: 1 },
    ]);
  });

  test.each([
    ['no reason', {}, 'body.reason'],
    ['no lines', { reason: 'x', items: [] }, 'body.items'],
    [
      'a negative amount',
      { reason: 'x', items: [{ invoiceItemId: randomUUID(), amount: '-1' }] },
      'body.items.0.amount',
    ],
    ['an exponent', { reason: 'x', items: [{ invoiceItemId: randomUUID(), amount: '1e400' }] }, 'body.items.0.amount'],
    [
      'a line of another invoice',
      { reason: 'x', items: [{ invoiceItemId: randomUUID() }] },
      'body.items.0.invoiceItemId',
    ],
  ])('refuses %s and leaves nothing behind', async (_what, body, where) => {
    const { id } = await anOpenInvoice();
    const answer = await lakeside.operator.post(path(id, '/credit-note'), body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, where]);
    expect(await rowOf(id)).toMatchObject({ amount_credited: '0.0000', version: 2 });
  });

  test('is not for drafts and void ones, strangers and tenants themselves', async () => {
    const { id } = await anOpenInvoice();
    const body = { reason: 'x' };
    expect((await lakeside.owner.post(path(id, '/credit-note'), body)).status).toBe(403);
    expect((await app.http.post(path(id, '/credit-note'), body)).status).toBe(401);
    expect((await hillside.operator.post(path(id, '/credit-note'), body)).status).toBe(404);
    expect((await hillside.operator.post(path(id, '/void'))).status).toBe(404);
    expect((await lakeside.owner.post(path(id, '/void'))).status).toBe(403);
    await lakeside.operator.post(path(id, '/void'));
    const ofVoid = await lakeside.operator.post(path(id, '/credit-note'), body);
    expect([ofVoid.status, ofVoid.body.error.code]).toEqual([409, 'INVOICE_NOT_CREDITABLE']);
  });

  test('is a PDF that its tenant alone can read', async () => {
    const { id } = await anOpenInvoice();
    const { body } = await lakeside.operator.post(path(id, '/credit-note'), { reason: 'Closed' });
    const pdf = path(id, `/credit-notes/${body.data.id}/pdf`);
    const [first, second] = await Promise.all([lakeside.owner.get(pdf), lakeside.owner.get(pdf)]);
    expect([first.status, first.headers.get('content-type')]).toEqual([200, 'application/pdf']);
    expect(first.headers.get('content-disposition')).toContain(`${body.data.number}.pdf`);
    expect(second.text).toBe(first.text);
    expect((await hillside.owner.get(pdf)).status).toBe(404);
    const other = await anOpenInvoice();
    const elsewhere = await lakeside.owner.get(path(other.id, `/credit-notes/${body.data.id}/pdf`));
    expect([elsewhere.status, elsewhere.body.error.code]).toEqual([404, 'CREDIT_NOTE_NOT_FOUND']);
  });
});

test('the overdue are what is open past its due date', async () => {
  const { id } = await anOpenInvoice();
  const { id: late } = await anOpenInvoice();
  await app.rows("update invoices set due_at = now() - interval '1 day' where id = $1", [late]);
  const { body } = await lakeside.owner.get('/api/revenue/invoices?status=overdue');
  expect(body.data.map((row: { id: string }) => row.id)).toEqual([late]);
  expect(body.meta.total).toBe(1);
  expect(body.data).not.toContainEqual(expect.objectContaining({ id }));
});
