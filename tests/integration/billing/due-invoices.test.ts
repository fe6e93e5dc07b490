import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createBackground } from '../../../src/composition/background.ts';
import { schedules } from '../../../src/jobs/schedules.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const NOW = new Date('2026-11-20T09:30:00.000Z');
const DRAFTS = 600;

let app: TestApp;
let lakeside: TestTenant;
let hillside: TestTenant;

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => NOW } } });
  await aPlan(app);
  const operator = await anOperator(app);
  lakeside = await aTenant(app, operator);
  hillside = await aTenant(app, operator);
});

afterAll(() => app.close());

beforeEach(async () => {
  await app.rows(
    'alter table ledger_entries disable trigger user; alter table ledger_transactions disable trigger user',
  );
  await app.rows(
    'truncate ledger_entries, ledger_transactions, invoice_items, invoices, invoice_sequences, outbox_events cascade',
  );
  await app.rows('alter table ledger_entries enable trigger user; alter table ledger_transactions enable trigger user');
});

/** Drafts that are due since a minute, the first of them over nothing. */
const someDrafts = (tenantId: string, count: number, finalizesAt = new Date(NOW.getTime() - 60_000)) =>
  app.rows(
    `insert into invoices (tenant_id, id, currency, customer_name, customer_email, subtotal, discount_total, tax_total, total,
       payment_terms, finalizes_at, created_at, updated_at)
     select $1, gen_random_uuid(), 'INR', 'A', 'a@example.com', price, 0, price * 0.18, price * 1.18, 14,
       $3::timestamptz + n * interval '1 millisecond', $3, $3
     from generate_series(1, $2) as n, lateral (select case when n = 1 then 0 else 100 * n end as price) as priced`,
    [tenantId, count, finalizesAt.toISOString()],
  );

const run = (signal = new AbortController().signal) =>
  app.container.services.dueInvoices.finalizeDue(systemContext(platformScope, 'a-test', 'invoice.finalized'), signal);

const numbersOf = async (tenantId: string): Promise<number[]> => {
  const rows = await app.rows<{ number: string }>(
    'select number from invoices where tenant_id = $1 and number is not null order by number',
    [tenantId],
  );
  return rows.map(({ number }) => Number(number.slice(-6)));
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** What must hold whatever happened: no number twice or left out, one booking and one event an invoice, all at zero. */
async function expectWhole(): Promise<void> {
  const [state] = await app.rows(`
    select count(*) filter (where status <> 'draft' and total > 0)::int = (select count(*)::int from ledger_transactions) as booked,
      count(*) filter (where status <> 'draft')::int = (select count(*)::int from outbox_events where type = 'invoice.finalized') as told,
      coalesce((select sum(amount) from ledger_entries), 0)::text as sum,
      (select count(distinct cause) = count(*) from ledger_transactions) as once
    from invoices`);
  expect(state).toMatchObject({ booked: true, told: true, once: true });
  expect(Number(state?.sum)).toBe(0);
  for (const { id } of [lakeside, hillside]) {
    const numbers = await numbersOf(id);
    expect(numbers).toEqual(upTo(numbers.length));
  }
}

describe('the job', () => {
  test('finalizes every draft that is due, of every tenant, in the order in which they are', async () => {
    await someDrafts(lakeside.id, DRAFTS);
    await someDrafts(hillside.id, 3);
    await someDrafts(hillside.id, 1, new Date(NOW.getTime() + 1000));
    expect(await run()).toEqual({ finalized: DRAFTS + 3 });
    await expectWhole();
    expect(await numbersOf(lakeside.id)).toEqual(upTo(DRAFTS));
    const [first] = await app.rows(
      'select number, status::text, total::text, issued_at, due_at, paid_at, finalizes_at, version from invoices where tenant_id = $1 order by number limit 1',
      [lakeside.id],
    );
    expect(first).toEqual({
      number: 'INV-2627-000001',
      status: 'paid',
      total: '0.0000',
      issued_at: NOW,
      due_at: new Date('2026-12-04T09:30:00.000Z'),
      paid_at: NOW,
      finalizes_at: null,
      version: 2,
    });
    expect(await app.rows("select count(*)::int as n from outbox_events where type = 'invoice.paid'")).toEqual([
      { n: 2 },
    ]);
    const audited = await app.rows(
      "select count(*)::int as n from audit_entries where action = 'invoice.finalized' and tenant_id = $1",
      [lakeside.id],
    );
    expect(audited).toEqual([{ n: DRAFTS }]);
    const [booking] = await app.rows(
      `select array_agg(account || ' ' || amount order by position) as lines from ledger_entries
       where tenant_id = $1 and transaction_id = (select id from ledger_transactions where tenant_id = $1 and cause =
         'invoice.finalized:' || (select id from invoices where tenant_id = $1 and number = 'INV-2627-000002'))`,
      [lakeside.id],
    );
    expect(booking).toEqual({ lines: ['receivable 236.0000', 'revenue -200.0000', 'tax -36.0000'] });
    expect(await run()).toEqual({ finalized: 0 });
  });

  test('runs by its schedule’s name', async () => {
    await someDrafts(lakeside.id, 2);
    const { runner } = createBackground(app.container);
    const schedule = schedules.find(({ name }) => name === 'invoice');
    const outcome = await runner.run({
      name: String(schedule?.job.name),
      id: 'a-job',
      payload: schedule?.payload,
      requestId: null,
      attempt: 1,
      attempts: 1,
      signal: new AbortController().signal,
    });
    expect(outcome).toMatchObject({ finalized: 2 });
  });

  test('twice at the same time finalizes each draft once', async () => {
    await someDrafts(lakeside.id, DRAFTS);
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => run()));
    expect(outcomes.reduce((sum, { finalized }) => sum + finalized, 0)).toBe(DRAFTS);
    await expectWhole();
  });

  test('whose backends are killed again and again leaves no gap, and nothing twice', async () => {
    await someDrafts(lakeside.id, DRAFTS);
    await someDrafts(hillside.id, DRAFTS);
    let kills = 0;
    for (;;) {
      const running = run().then(
        ({ finalized }) => finalized,
        () => -1,
      );
      let isOver = false;
      void running.then(() => {
        isOver = true;
      });
      while (!isOver && kills < 25) {
        const killed = await app.rows(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
             and (query ilike '%ledger%' or query ilike '%invoice%' or query ilike 'commit%')`,
        );
        kills += killed.length;
      }
      const finalized = await running;
      await expectWhole();
      if (finalized >= 0 && kills >= 25) break;
    }
    await run();
    await expectWhole();
    expect(await numbersOf(lakeside.id)).toEqual(upTo(DRAFTS));
    expect(await numbersOf(hillside.id)).toEqual(upTo(DRAFTS));
  });

  test('goes on to the other tenants when one fails, and stops when it is told to', async () => {
    await someDrafts(lakeside.id, 2);
    await someDrafts(hillside.id, 2);
    await app.rows(
      `insert into invoice_sequences (tenant_id, series, financial_year, last_number) values ($1, 'INV', '2627', 2147483647)`,
      [lakeside.id],
    );
    await expect(run()).rejects.toThrow(AggregateError);
    expect(await numbersOf(hillside.id)).toEqual([1, 2]);
    expect(await numbersOf(lakeside.id)).toEqual([]);
    await app.rows('delete from invoice_sequences where tenant_id = $1', [lakeside.id]);
    expect(await run(AbortSignal.abort())).toEqual({ finalized: 0 });
    expect(await run()).toEqual({ finalized: 2 });
  });
});
