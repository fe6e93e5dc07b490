import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LedgerPosting } from '../../../src/types/billing/ledger.ts';
import type { TenantTxContext } from '../../../src/types/context.ts';
import { balancesOf, inTenantOf } from '../../support/payments.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let tenant: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
});

beforeEach(async () => {
  tenant = await aTenant(app, await anOperator(app));
});

afterAll(() => app.close());

const inTransaction = <T>(work: (ctx: TenantTxContext) => Promise<T>): Promise<T> =>
  app.container.infrastructure.tx.run(inTenantOf(tenant), work);

const book = (posting: LedgerPosting): Promise<void> =>
  inTransaction((ctx) => app.container.services.ledger.book(ctx, posting));

const aPosting = (amounts: readonly [string, string] = ['100', '-100']): LedgerPosting => {
  const id = randomUUID();
  return {
    cause: `invoice.finalized:${id}`,
    subjectType: 'invoice',
    subjectId: id,
    entries: [
      { account: 'receivable', currency: 'INR', amount: amounts[0] },
      { account: 'revenue', currency: 'INR', amount: amounts[1] },
    ],
  };
};

const linesOf = ({ cause }: Pick<LedgerPosting, 'cause'>) =>
  app.rows(
    `select entry.position, account, currency, trim_scale(amount)::text as amount
     from ledger_transactions booking
       join ledger_entries entry on entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
     where booking.tenant_id = $1 and cause = $2 order by entry.position`,
    [tenant.id, cause],
  );

describe('the ledger', () => {
  test('keeps a booking line by line', async () => {
    const posting = aPosting();
    await book(posting);
    expect(await linesOf(posting)).toEqual([
      { position: 1, account: 'receivable', currency: 'INR', amount: '100' },
      { position: 2, account: 'revenue', currency: 'INR', amount: '-100' },
    ]);
  });

  test('refuses at the commit what does not come to zero, with all that came with it', async () => {
    const posting = aPosting(['100', '-99.9999']);
    const name = randomUUID();
    await expect(
      inTransaction(async (ctx) => {
        await app.container.services.ledger.book(ctx, posting);
        await app.container.services.ledger.book(ctx, { ...aPosting(), cause: name });
      }),
    ).rejects.toThrow('does not come to zero');
    expect(await linesOf(posting)).toEqual([]);
    expect(await linesOf({ cause: name })).toEqual([]);
  });

  test('refuses what comes to zero only over two currencies', async () => {
    const { entries, ...posting } = aPosting();
    const mixed = entries.map((entry, index) => (index === 0 ? { ...entry, currency: 'USD' } : entry));
    await expect(book({ ...posting, entries: mixed })).rejects.toThrow('does not come to zero');
    expect(await linesOf(posting)).toEqual([]);
  });

  test('refuses an account that is not of the chart', async () => {
    const posting = aPosting();
    await book(posting);
    await expect(
      app.rows(
        `insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
         select tenant_id, id, 3, 'petty_cash', 'INR', 0, booked_at from ledger_transactions where cause = $1`,
        [posting.cause],
      ),
    ).rejects.toThrow('ledger_entries_account_is_known');
  });

  test('books a cause once, however many try at a time', async () => {
    const posting = aPosting();
    const results = await Promise.allSettled(Array.from({ length: 4 }, () => book(posting)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(book(posting)).rejects.toThrow('ledger_transactions_tenant_id_cause_key');
    expect(await balancesOf(tenant)).toEqual({ receivable: '100', revenue: '-100' });
  });

  test('takes a booking back line for line, and once', async () => {
    const posting = aPosting(['0.0001', '-0.0001']);
    await book(posting);
    const takeBack = () => inTransaction((ctx) => app.container.services.ledger.reverse(ctx, posting.cause, 'void'));
    await takeBack();
    expect(await linesOf({ cause: `void:${posting.cause}` })).toEqual([
      { position: 1, account: 'receivable', currency: 'INR', amount: '-0.0001' },
      { position: 2, account: 'revenue', currency: 'INR', amount: '0.0001' },
    ]);
    expect(
      await app.rows(
        `select reversed.cause from ledger_transactions reversal
         join ledger_transactions reversed on reversed.tenant_id = reversal.tenant_id and reversed.id = reversal.reverses_id
         where reversal.cause = $1`,
        [`void:${posting.cause}`],
      ),
    ).toEqual([{ cause: posting.cause }]);
    await expect(takeBack()).rejects.toThrow('ledger_transactions');
    await expect(
      inTransaction((ctx) => app.container.services.ledger.reverse(ctx, posting.cause, 'again')),
    ).rejects.toThrow('ledger_transactions_tenant_id_reverses_id_key');
    expect(await balancesOf(tenant)).toEqual({});
  });

  test('has nothing to take back of what was not booked, as an invoice over nothing', async () => {
    const posting = { ...aPosting(), entries: [] };
    await book(posting);
    await inTransaction((ctx) => app.container.services.ledger.reverse(ctx, posting.cause, 'void'));
    expect(await app.rows('select 1 from ledger_transactions where tenant_id = $1', [tenant.id])).toEqual([]);
  });

  test.each([
    'update ledger_transactions set cause = cause',
    'delete from ledger_transactions',
    'truncate ledger_transactions cascade',
    'update ledger_entries set amount = amount',
    'delete from ledger_entries',
    'truncate ledger_entries',
  ])('is not changed by anybody: %s', async (change) => {
    const posting = aPosting();
    await book(posting);
    await expect(app.rows(change)).rejects.toThrow('the ledger is append-only');
    expect(await linesOf(posting)).toHaveLength(2);
  });

  test('says what an account came to at a moment', async () => {
    const { ledger } = app.container.services;
    const then = new Date('2026-03-31T18:29:59.999Z');
    await inTransaction((ctx) => ledger.book(ctx, aPosting(), then));
    await inTransaction((ctx) => ledger.book(ctx, aPosting(), new Date(then.getTime() + 1)));
    const balances = await ledger.balances(inTenantOf(tenant), then);
    expect(balances.map(({ account, amount }) => [account, Number(amount)])).toEqual([
      ['receivable', 100],
      ['revenue', -100],
    ]);
    expect(await balancesOf(tenant)).toEqual({ receivable: '200', revenue: '-200' });
  });
});
