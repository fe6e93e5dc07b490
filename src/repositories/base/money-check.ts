import type { MoneyCheck, MoneyDifference } from '../../types/money-check.ts';
import type { Database } from './database.ts';
import { statementFamily } from './statement.ts';

const MOST_NAMED = 100;

/** A comparison in SQL, set-based. */
export interface ComparisonSpec {
  readonly code: string;
  /** What its values $1, $2, ... are. */
  readonly values?: readonly string[];
  /**
   * A query of the rows that differ: tenant_id, subject_type, subject_id, aspect, currency, expected, found.
   * @param inScope the condition that a table's rows are the scope's, by the table's name or alias
   */
  readonly differing: (inScope: (table: string) => string) => string;
}

/** One statement per check, whose answer is a snapshot: what is written meanwhile makes no difference. */
export function createMoneyCheck(database: Database, { code, values = [], differing }: ComparisonSpec): MoneyCheck {
  const compare = statementFamily(
    (ofTenant: boolean) => `
      select tenant_id as "tenantId", subject_type as "subjectType", subject_id::text as "subjectId", aspect, currency,
        trim_scale(expected::numeric)::text as expected, trim_scale(found::numeric)::text as found, count(*) over ()::int as total
      from (${differing((table) => (ofTenant ? `${table}.tenant_id = $${values.length + 1}` : 'true'))}) as difference
      order by tenant_id, subject_id, aspect, currency limit ${MOST_NAMED}`,
  );
  return {
    code,
    async run(ctx) {
      const ofTenant = ctx.scope.kind === 'tenant' ? [ctx.scope.tenantId] : [];
      const rows = await database.query<Omit<MoneyDifference, 'code'> & { readonly total: number }>(
        ctx,
        compare(ofTenant.length > 0),
        [...values, ...ofTenant],
      );
      return { count: rows[0]?.total ?? 0, differences: rows.map(({ total: _total, ...row }) => ({ ...row, code })) };
    },
  };
}

/**
 * Compares what the ledger has of each subject with what its state says: account by account, and how many bookings.
 * @param expected a query of tenant_id, id, currency, account, amount, as many rows as it likes; account `bookings` counts them
 * @param account SQL by which an entry's account is compared
 */
export const bookingsDiffer = (
  inScope: (table: string) => string,
  subjectType: string,
  expected: string,
  account = 'entry.account',
): string => `
  with booked as (
    select booking.tenant_id, booking.subject_id as id, entry.currency, ${account} as account, entry.amount, booking.id as booking_id
    from ledger_transactions booking
      join ledger_entries entry on entry.tenant_id = booking.tenant_id and entry.transaction_id = booking.id
    where booking.subject_type = '${subjectType}' and ${inScope('booking')} and ${inScope('entry')}
  ), found as (
    select tenant_id, id, currency, account, sum(amount) as amount from booked group by tenant_id, id, currency, account
    union all
    select tenant_id, id, currency, 'bookings', count(distinct booking_id) from booked group by tenant_id, id, currency
  ), expected as (
    select tenant_id, id, currency, account, sum(amount) as amount from (${expected}) line
    group by tenant_id, id, currency, account
  )
  select tenant_id, '${subjectType}' as subject_type, id as subject_id, account as aspect, currency,
    coalesce(expected.amount, 0) as expected, coalesce(found.amount, 0) as found
  from expected full join found using (tenant_id, id, currency, account)
  where coalesce(expected.amount, 0) <> coalesce(found.amount, 0)`;
