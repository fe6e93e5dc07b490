import type {
  LedgerBalance,
  LedgerEntry,
  LedgerFilter,
  LedgerPosting,
  LedgerTransaction,
} from '../../types/billing/ledger.ts';
import type { Context, TenantTxContext } from '../../types/context.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const ENTRIES_FROM_ARRAYS = `unnest($6::text[], $7::text[], $8::numeric[]) with ordinality as entry (account, currency, amount, position)`;

/** $1 tenant, $2 id, $3 cause, $4 subject type, $5 subject, $6 to $8 the entries, $9 when it counts, $10 what it reverses. */
const BOOK = statement(`
  with booking as (
    insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at, reverses_id)
    values ($1, $2, $3, $4, $5, $9, $10)
  )
  insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
  select $1, $2, entry.position, entry.account, entry.currency, entry.amount, $9 from ${ENTRIES_FROM_ARRAYS}`);

/** $1 tenant, $2 when they count, $3 to $6 the bookings, $7 to $11 their entries. */
const BOOK_MANY = statement(`
  with bookings as (
    insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at)
    select $1, booking.id, booking.cause, booking.subject_type, booking.subject_id, $2
    from unnest($3::uuid[], $4::text[], $5::text[], $6::uuid[]) as booking (id, cause, subject_type, subject_id)
  )
  insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
  select $1, entry.transaction_id, entry.position, entry.account, entry.currency, entry.amount, $2
  from unnest($7::uuid[], $8::int[], $9::text[], $10::text[], $11::numeric[])
    as entry (transaction_id, position, account, currency, amount)`);

const FIND_BY_CAUSE = statement(`
  select booking.id, subject_type as "subjectType", subject_id as "subjectId", account, currency, amount
  from ledger_transactions booking join ledger_entries entry
    on entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
  where booking.tenant_id = $1 and booking.cause = $2 order by entry.position`);

const BALANCES = statement(`
  select account, currency, sum(amount) as amount from ledger_entries
  where tenant_id = $1 and booked_at <= $2 group by account, currency order by account, currency`);

const BALANCES_ON_PLATFORM = statement(`
  select account, currency, sum(amount) as amount from ledger_entries
  where booked_at <= $1 group by account, currency order by account, currency`);

const hasEntry = (...conditions: readonly string[]): string => `exists (
  select from ledger_entries entry where entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
    and ${conditions.join(' and ')})`;

const filters = createFilters({
  tenantId: 'booking.tenant_id = ?',
  account: hasEntry('account = ?'),
  currency: hasEntry('currency = ?'),
  /** Of one and the same line. */
  accountAndCurrency: hasEntry('account = ?', 'currency = ?'),
  subjectType: 'subject_type = ?',
  subjectId: 'subject_id = ?',
  from: 'booking.booked_at >= ?',
  to: 'booking.booked_at < ?',
  after: '(booking.booked_at, booking.id) < (?, ?)',
});

/** Values: the filters', then the limit. Amounts are texts, which JSON keeps exact. */
const listStatement = statementFamily((given: string) => {
  const { text, next } = filters.clause(given);
  return `
    select booking.tenant_id as "tenantId", booking.id, cause, subject_type as "subjectType", subject_id as "subjectId",
      reverses_id as "reversesId", booking.booked_at as "bookedAt", created_at as "createdAt", entries.lines as entries
    from (select * from ledger_transactions booking where ${text} order by booked_at desc, id desc limit $${next}) booking,
      lateral (
        select coalesce(jsonb_agg(jsonb_build_object('account', account, 'currency', currency, 'amount', amount::text)
          order by position), '[]') as lines
        from ledger_entries entry where entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
      ) entries
    order by booking.booked_at desc, booking.id desc`;
});

interface BookedEntry extends LedgerEntry, Pick<LedgerPosting, 'subjectType' | 'subjectId'> {
  readonly id: string;
}

export type LedgerRepository = ReturnType<typeof createLedgerRepository>;

export function createLedgerRepository({ database }: { database: Database }) {
  return {
    /** @throws the database's unique violation of ledger_transactions_tenant_id_cause_key for a cause that is booked */
    async insert(
      ctx: TenantTxContext,
      id: string,
      posting: LedgerPosting,
      bookedAt: string,
      reversesId: string | null,
    ): Promise<void> {
      const { entries } = posting;
      await database.execute(ctx, BOOK, [
        ctx.scope.tenantId,
        id,
        posting.cause,
        posting.subjectType,
        posting.subjectId,
        entries.map(({ account }) => account),
        entries.map(({ currency }) => currency),
        entries.map(({ amount }) => amount),
        bookedAt,
        reversesId,
      ]);
    },

    /** As `insert`, for many bookings that count from one moment. */
    async insertMany(
      ctx: TenantTxContext,
      bookings: ReadonlyArray<{ readonly id: string; readonly posting: LedgerPosting }>,
      bookedAt: string,
    ): Promise<void> {
      const entries = bookings.flatMap(({ id, posting }) =>
        posting.entries.map((entry, index) => ({ ...entry, id, position: index + 1 })),
      );
      await database.execute(ctx, BOOK_MANY, [
        ctx.scope.tenantId,
        bookedAt,
        bookings.map(({ id }) => id),
        bookings.map(({ posting }) => posting.cause),
        bookings.map(({ posting }) => posting.subjectType),
        bookings.map(({ posting }) => posting.subjectId),
        entries.map(({ id }) => id),
        entries.map(({ position }) => position),
        entries.map(({ account }) => account),
        entries.map(({ currency }) => currency),
        entries.map(({ amount }) => amount),
      ]);
    },

    /** The lines of a booking in their order; none for a cause that is not booked. */
    findByCause(ctx: TenantTxContext, cause: string): Promise<BookedEntry[]> {
      return database.query<BookedEntry>(ctx, FIND_BY_CAUSE, [ctx.scope.tenantId, cause]);
    },

    /** The newest bookings first, at most `limit` of them; with `after`, those that follow this position. */
    list(
      ctx: Context,
      { account, currency, ...filter }: LedgerFilter,
      { limit, after }: SlicePart,
    ): Promise<LedgerTransaction[]> {
      const line =
        account !== undefined && currency !== undefined
          ? { accountAndCurrency: [account, currency] }
          : { account, currency };
      const { names, values } = filters.given({
        ...filter,
        ...line,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        after: after && [after.occurredAt, after.id],
      });
      return database.query<Pick<LedgerTransaction, keyof LedgerTransaction>>(ctx, listStatement(names), [
        ...values,
        limit,
      ]);
    },

    /** What each account comes to by a moment, ISO 8601: of the tenant in scope, or of all. */
    balances(ctx: Context, at: string): Promise<LedgerBalance[]> {
      return ctx.scope.kind === 'tenant'
        ? database.query<LedgerBalance>(ctx, BALANCES, [ctx.scope.tenantId, at])
        : database.query<LedgerBalance>(ctx, BALANCES_ON_PLATFORM, [at]);
    },
  };
}
