import type { Context, PlatformScope } from '../../types/context.ts';
import type { SecurityEventCount, SignInDay, TwoFactorAdoption } from '../../types/identity/security-overview.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** Beginnings of UTC days, ISO 8601; the day of `to` is not included. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** $1 and $2 are the period, $3 the tenant. */
const ownRows = (isTenant: boolean): string => (isTenant ? 'tenant_id = $3 and' : '');

/** Day by day, each a range of an index: no sort of all the tries, and a row for days without any. */
const signInsStatement = statementFamily(
  (isTenant: boolean) => `
    select to_char(day at time zone 'UTC', 'YYYY-MM-DD') as date, counted.*
    from generate_series($1::timestamptz, $2::timestamptz - interval '24 hours', interval '24 hours') day,
      lateral (
        select count(*) filter (where outcome = 'succeeded') as succeeded, count(*) filter (where outcome = 'failed') as failed,
          count(*) filter (where outcome = 'throttled') as throttled,
          count(*) filter (where outcome = 'two_factor_failed') as "twoFactorFailed"
        from login_attempts
        where ${ownRows(isTenant)} outcome in ('succeeded', 'failed', 'throttled', 'two_factor_failed')
          and occurred_at >= day and occurred_at < day + interval '24 hours'
      ) counted
    order by day`,
);

const eventsStatement = statementFamily(
  (isTenant: boolean) => `
    select type, count(*) as count from security_events
    where ${ownRows(isTenant)} occurred_at >= $1 and occurred_at < $2
    group by type order by count(*) desc, type`,
);

const MEMBERS_ENROLLED = statement(`
  select count(*) as members, count(a.confirmed_at) as enrolled
  from memberships m left join totp_authenticators a on a.user_id = m.user_id
  where m.tenant_id = $1 and m.status = 'active'`);

const USERS_ENROLLED = statement(`
  select (select count(*) from users where status = 'active') as members, count(*) as enrolled
  from totp_authenticators a join users u on u.id = a.user_id
  where a.confirmed_at is not null and u.status = 'active'`);

export type SecurityOverviewRepository = ReturnType<typeof createSecurityOverviewRepository>;

export function createSecurityOverviewRepository({ database }: { database: Database }) {
  const valuesOf = ({ scope }: Context, { from, to }: Period): readonly unknown[] =>
    scope.kind === 'tenant' ? [from, to, scope.tenantId] : [from, to];

  return {
    /** How tries to sign in came out on each day of the period, the oldest first. */
    countSignIns: (ctx: Context, period: Period): Promise<SignInDay[]> =>
      database.query<SignInDay & Record<string, unknown>>(
        ctx,
        signInsStatement(ctx.scope.kind === 'tenant'),
        valuesOf(ctx, period),
      ),

    /** The most frequent type first; types without any event are not there. */
    countEvents: (ctx: Context, period: Period): Promise<SecurityEventCount[]> =>
      database.query<SecurityEventCount & Record<string, unknown>>(
        ctx,
        eventsStatement(ctx.scope.kind === 'tenant'),
        valuesOf(ctx, period),
      ),

    /** Of a tenant's active members; without a tenant, of everybody who may sign in. */
    async countEnrolled(ctx: Context<PlatformScope>, tenantId: TenantId | null): Promise<TwoFactorAdoption> {
      const rows =
        tenantId === null
          ? await database.query<TwoFactorAdoption & Record<string, unknown>>(ctx, USERS_ENROLLED)
          : await database.query<TwoFactorAdoption & Record<string, unknown>>(ctx, MEMBERS_ENROLLED, [tenantId]);
      return rows[0] ?? { members: 0, enrolled: 0 };
    },
  };
}
