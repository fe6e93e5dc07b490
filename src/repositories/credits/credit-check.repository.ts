import type { Context } from '../../types/context.ts';
import type { CreditDifference } from '../../types/credits/credit.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const MOST_DIFFERENCES = 1000;

/**
 * Grants whose figures for finding what is left are not what their entries say, as of their wallet's last operation; and grants
 * that do not come to nothing once they have expired, or to what is left of them, once every reservation has ended.
 */
const GRANTS = statement(`
  with booked as (
    select entry.tenant_id, entry.grant_id,
      coalesce(sum(entry.credits) filter (where account = 'issued'), 0) as issued,
      coalesce(sum(entry.credits) filter (where account = 'consumed'), 0) as consumed,
      coalesce(sum(entry.credits) filter (where account = 'reserved' and effective_at <= settled_at), 0) as held,
      coalesce(sum(entry.credits) filter (where account = 'available'), 0) as left_in_the_end
    from credit_entries entry join credit_wallets wallet on wallet.tenant_id = entry.tenant_id
    group by entry.tenant_id, entry.grant_id
  )
  select granted.tenant_id as "tenantId", 'grant_differs_from_entries' as kind, granted.id as "subjectId",
    coalesce(granted.credits + issued + consumed + held, 0) as expected, granted.used as found
  from credit_grants granted left join booked on booked.tenant_id = granted.tenant_id and booked.grant_id = granted.id
  where granted.credits + issued + consumed + held is distinct from granted.used or held is distinct from granted.reserved
    or left_in_the_end is distinct from
      case when expires_at is null then granted.credits - granted.used + granted.reserved else 0 end
  limit ${MOST_DIFFERENCES}`);

/** Operations whose creditsAfter is not the sum of what was effective at their time and booked by them or before them. */
const OPERATIONS = statement(`
  with happened as (
    select entry.tenant_id, entry.channel, entry.effective_at as at,
      case when entry.effective_at = operation.created_at then operation.sequence else 0 end as place,
      null::uuid as operation_id, entry.credits, null::bigint as credits_after
    from credit_entries entry
      join credit_operations operation on operation.tenant_id = entry.tenant_id and operation.id = entry.operation_id
    where entry.account = 'available'
    union all
    select tenant_id, channel, created_at, sequence, id, 0, credits_after from credit_operations
  ), chain as (
    select *, sum(credits) over (
      partition by tenant_id, channel order by at, place, operation_id nulls first rows unbounded preceding) as running
    from happened
  )
  select tenant_id as "tenantId", 'operation_out_of_chain' as kind, operation_id as "subjectId", running as expected,
    credits_after as found
  from chain where operation_id is not null and running <> credits_after limit ${MOST_DIFFERENCES}`);

const UNBALANCED = statement(`
  select tenant_id as "tenantId", 'entries_unbalanced' as kind, operation_id as "subjectId", 0 as expected, sum(credits) as found
  from credit_entries group by tenant_id, operation_id, channel, effective_at having sum(credits) <> 0 limit ${MOST_DIFFERENCES}`);

/** Grants of which, at some moment, more is used or held than they have. */
const NEGATIVE = statement(`
  with moments as (
    select tenant_id, grant_id, account, sum(sum(credits)) over (
      partition by tenant_id, grant_id, account order by effective_at rows unbounded preceding) as balance
    from credit_entries where account in ('available', 'reserved') group by tenant_id, grant_id, account, effective_at
  )
  select tenant_id as "tenantId", 'balance_negative' as kind, grant_id as "subjectId", 0 as expected, min(balance)::bigint as found
  from moments where balance < 0 group by tenant_id, grant_id limit ${MOST_DIFFERENCES}`);

export type CreditCheckRepository = ReturnType<typeof createCreditCheckRepository>;

/** Compares what is kept twice; at most 1,000 differences of a kind. */
export function createCreditCheckRepository({ database }: { database: Database }) {
  return {
    async differences(ctx: Context): Promise<CreditDifference[]> {
      const found: CreditDifference[] = [];
      for (const sql of [GRANTS, OPERATIONS, UNBALANCED, NEGATIVE]) {
        found.push(...(await database.query<Pick<CreditDifference, keyof CreditDifference>>(ctx, sql)));
      }
      return found;
    },
  };
}
