import type { LedgerBalance, LedgerEntry, LedgerPosting } from '../../types/billing/ledger.ts';
import type { Context, TenantTxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const ENTRIES_FROM_ARRAYS = `unnest($6::text[], $7::text[], $8::numeric[]) with ordinality as entry (account, currency, amount, position)`;

/** $1 tenant, $2 id, $3 cause, $4 subject type, $5 subject, $6 to $8 the entries, $9 when it counts, $10 what it reverses. */
const BOOK = statement(`
  with booking as (
    insert into ledger_transactions (tenant_id, id, cause, subject_type, subject_id, booked_at, reverses_id)
    values ($1, $2, $3, $4, $5, $9, $10)
  )
  insert into ledger_entries (tenant_id, transaction_id, position, account, currency, amount, booked_at)
  select $1, $2, entry.position, entry.account, entry.currency, entry.amount, $9 from ${ENTRIES_FROM_ARRAYS}`);

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

    /** The lines of a booking in their order; none for a cause that is not booked. */
    findByCause(ctx: TenantTxContext, cause: string): Promise<BookedEntry[]> {
      return database.query<BookedEntry>(ctx, FIND_BY_CAUSE, [ctx.scope.tenantId, cause]);
    },

    /** What each account comes to by a moment, ISO 8601: of the tenant in scope, or of all. */
    balances(ctx: Context, at: string): Promise<LedgerBalance[]> {
      return ctx.scope.kind === 'tenant'
        ? database.query<LedgerBalance>(ctx, BALANCES, [ctx.scope.tenantId, at])
        : database.query<LedgerBalance>(ctx, BALANCES_ON_PLATFORM, [at]);
    },
  };
}
