import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { seed } from '../../../prisma/seed.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const ANCHOR = new Date('2026-11-20T00:00:00.000Z');

let app: TestApp;

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => ANCHOR } } });
  const { DATABASE_PLATFORM_URL, DATABASE_TENANT_URL, DATABASE_QUEUE_URL } = app.container.infrastructure.settings;
  const keys = `test:${randomBytes(32).toString('base64')}`;
  const settings = { JWT_KEYS: keys, AUDIT_KEYS: keys, ENCRYPTION_KEYS: keys, BCRYPT_COST: '4' };
  await seed({ DATABASE_PLATFORM_URL, DATABASE_TENANT_URL, DATABASE_QUEUE_URL, ...settings }, ANCHOR);
});
afterAll(() => app.close());

describe("The demo's books", () => {
  test('differ nowhere', async () => {
    const { differences } = await app.container.services.reconciliation.compare(systemContext(platformScope, 'test'));
    expect(differences).toEqual([]);
  });

  test('owe what its open invoices leave due, by tenant and currency', async () => {
    const differing = await app.rows(`
      with due as (
        select tenant_id, currency, sum(total - amount_paid) as amount from invoices where status = 'open' group by 1, 2
      ), owed as (
        select tenant_id, currency, sum(amount) as amount from ledger_entries where account = 'receivable' group by 1, 2
      )
      select * from due full join owed using (tenant_id, currency)
      where coalesce(due.amount, 0) <> coalesce(owed.amount, 0)`);
    expect(differing).toEqual([]);
    const [sums] = await app.rows(
      "select count(*)::int as bookings from ledger_transactions where cause like 'invoice.finalized:%'",
    );
    expect(sums?.bookings).toBeGreaterThan(700);
  });

  test('have a payment for what every invoice says was paid, and a bad debt for what was given up', async () => {
    const differing = await app.rows(`
      select invoices.id from invoices left join payments
        on payments.tenant_id = invoices.tenant_id and invoice_id = invoices.id and payments.status = 'succeeded'
      group by invoices.tenant_id, invoices.id having coalesce(sum(payments.amount), 0) <> max(amount_paid)`);
    expect(differing).toEqual([]);
    const [banked] = await app.rows(
      "select (select sum(amount) from payments) = (select sum(amount) from ledger_entries where account = 'bank') as same",
    );
    expect(banked).toEqual({ same: true });
    const [lost] = await app.rows(`
      select count(*)::int as invoices, count(written_off_at)::int as dated,
        sum(total) = (select sum(amount) from ledger_entries where account = 'bad_debt') as same
      from invoices where status = 'uncollectible'`);
    expect(lost).toMatchObject({ same: true, dated: lost?.invoices });
  });

  test('have no line of the future, and reversals of what is void', async () => {
    const [state] = await app.rows(
      `select (select count(*)::int from ledger_transactions where booked_at > $1) as later,
        (select count(*) from ledger_transactions where reverses_id is not null) =
          (select count(*) from invoices where status = 'void' and total > 0) as reversed`,
      [ANCHOR],
    );
    expect(state).toEqual({ later: 0, reversed: true });
  });

  test('tax what is new: the state that a tenant is in makes the difference', async () => {
    const rates = await app.rows('select country, percentage::text from tax_rates order by created_at');
    expect(rates[0]).toEqual({ country: 'IN', percentage: '18.0000' });
    expect(await app.rows("select region from tenants where slug = 'lakeside-rooms'")).toEqual([{ region: 'IN-KA' }]);
    const [invoice] = await app.rows(
      "select tax_lines from invoices where number is not null and currency = 'INR' and tax_total > 0 limit 1",
    );
    expect(invoice?.tax_lines).toEqual([expect.objectContaining({ name: 'IGST', rate: '18' })]);
  });
});
