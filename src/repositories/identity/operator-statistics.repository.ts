import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** How many operators there are, and of what kind. */
export interface OperatorStatistics {
  readonly total: number;
  /** By role and by status; what nobody has is not there. */
  readonly byRole: Readonly<Record<string, number>>;
  readonly byStatus: Readonly<Record<string, number>>;
  readonly withSecondFactor: number;
  readonly signedInRecently: number;
  /** The last twelve months in UTC, the oldest first: `2026-11` and how many were added. */
  readonly createdPerMonth: ReadonlyArray<{ readonly month: string; readonly count: number }>;
}

const RECENT_DAYS = 30;
const MONTHS = 12;

/** $1 is now. */
const COUNT = statement(`
  with operators as materialized (
    select platform_role as role, status::text as status, last_login_at >= $1::timestamptz - interval '${RECENT_DAYS} days' as recent,
      date_trunc('month', created_at at time zone 'UTC') as month,
      (select confirmed_at from totp_authenticators totp where totp.user_id = users.id) is not null as secured
    from users where type = 'ADMIN_USER' and platform_role is not null
  )
  select
    (select count(*) from operators) as total,
    (select count(*) from operators where secured) as "withSecondFactor",
    (select count(*) from operators where recent) as "signedInRecently",
    (select coalesce(json_object_agg(role, count), '{}') from
      (select role, count(*) from operators group by role) as roles) as "byRole",
    (select coalesce(json_object_agg(status, count), '{}') from
      (select status, count(*) from operators group by status) as statuses) as "byStatus",
    (select json_agg(json_build_object('month', to_char(month, 'YYYY-MM'), 'count',
        (select count(*) from operators where operators.month = months.month)) order by month)
      from generate_series(date_trunc('month', $1::timestamptz at time zone 'UTC') - interval '${MONTHS - 1} months',
        date_trunc('month', $1::timestamptz at time zone 'UTC'), interval '1 month') as months (month)) as "createdPerMonth"`);

export type OperatorStatisticsRepository = ReturnType<typeof createOperatorStatisticsRepository>;

export function createOperatorStatisticsRepository({ database }: { database: Database }) {
  return {
    /** @param now ISO 8601 */
    async count(ctx: Context<PlatformScope>, now: string): Promise<OperatorStatistics> {
      const [row] = await database.query<Pick<OperatorStatistics, keyof OperatorStatistics>>(ctx, COUNT, [now]);
      return invariant(row, 'A count has a row');
    },
  };
}
