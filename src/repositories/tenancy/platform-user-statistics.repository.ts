import type { TenantContext } from '../../types/context.ts';
import type {
  PlatformUserKind,
  PlatformUserStatistics,
  PlatformUserStatus,
} from '../../types/tenancy/platform-user.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const MONTHS = 12;
const MOST_LIBRARIES = 20;

const COUNT_BY_KIND = statement(`
  select kind, status, count(*) as count, count(*) filter (where library_id is null) as "withoutLibrary"
  from platform_users where tenant_id = $1 group by kind, status`);

/** $2 is now. */
const COUNT_BY_MONTH = statement(`
  select to_char(month, 'YYYY-MM') as month, (
    select count(*) from platform_users where tenant_id = $1
      and created_at >= month at time zone 'UTC' and created_at < (month + interval '1 month') at time zone 'UTC'
  ) as count
  from generate_series(date_trunc('month', $2::timestamptz at time zone 'UTC') - interval '${MONTHS - 1} months',
    date_trunc('month', $2::timestamptz at time zone 'UTC'), interval '1 month') as months (month)
  order by month`);

const COUNT_BY_LIBRARY = statement(`
  with counted as (
    select library_id, count(*) as count from platform_users where tenant_id = $1 and library_id is not null
    group by library_id order by count desc, library_id limit ${MOST_LIBRARIES}
  )
  select library.id as "libraryId", library.name, counted.count
  from counted join libraries library on library.tenant_id = $1 and library.id = counted.library_id
  order by counted.count desc, library.id`);

/** How many people of a kind have a status, and how many of those belong to no library. */
export interface PlatformUserCount {
  readonly kind: PlatformUserKind;
  readonly status: PlatformUserStatus;
  readonly count: number;
  readonly withoutLibrary: number;
}

type KindRow = Pick<PlatformUserCount, keyof PlatformUserCount>;
type MonthCount = PlatformUserStatistics['createdPerMonth'][number];
type LibraryCount = PlatformUserStatistics['byLibrary'][number];

export type PlatformUserStatisticsRepository = ReturnType<typeof createPlatformUserStatisticsRepository>;

export function createPlatformUserStatisticsRepository({ database }: { database: Database }) {
  return {
    /** What nobody is is not there. */
    async countByKind(ctx: TenantContext): Promise<PlatformUserCount[]> {
      return database.query<KindRow>(ctx, COUNT_BY_KIND, [ctx.scope.tenantId]);
    },

    /**
     * Who was added in each of the last twelve months in UTC, the oldest first.
     * @param now ISO 8601
     */
    async countByMonth(ctx: TenantContext, now: string): Promise<MonthCount[]> {
      return database.query<MonthCount>(ctx, COUNT_BY_MONTH, [ctx.scope.tenantId, now]);
    },

    /** The libraries with the most people, at most twenty. */
    async countByLibrary(ctx: TenantContext): Promise<LibraryCount[]> {
      return database.query<LibraryCount>(ctx, COUNT_BY_LIBRARY, [ctx.scope.tenantId]);
    },
  };
}
