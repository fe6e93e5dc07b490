import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { LiveSession } from '../../types/identity/live-session.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import { statementFamily } from '../base/statement.ts';

export interface LiveSessionFilter extends PageRequest<'createdAt' | '-createdAt'> {
  readonly search?: string | undefined;
}

/** A session that is about to be ended, and what its user is. */
export interface LockedSession {
  readonly id: string;
  readonly tenantId: TenantId | null;
  readonly userId: string;
  readonly platformRole: string | null;
  /** In the tenant in which the session was opened; null where that is none, or they are no member any more. */
  readonly memberRole: string | null;
}

/** Those who are searched for are found first, by users_search: planned without the pattern, the list would be walked for them. */
const filters = createFilters({
  tenantId: 's.home_tenant_id = ?',
  id: 's.id = ?',
  search: "s.user_id = any(array(select id from users where lower(name || ' ' || email) like ?))",
});

/** Neither ended nor over, nor left unused for so long that its last refresh token is. Some have none, and end by themselves. */
const IS_LIVE = `
  s.revoked_at is null and s.expires_at > now()
  and coalesce(
    (select t.expires_at from refresh_tokens t where t.session_id = s.id order by t.generation desc limit 1), s.expires_at
  ) > now()`;

/**
 * Values: the filters', then limit and offset. Its people are looked up for the page alone (OFFSET 0 keeps it so): planned without
 * knowing the limit, all users would be read for it.
 */
const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  const order = `order by s.created_at ${direction}, s.id ${direction}`;
  return `
    with page as (select * from sessions s where ${IS_LIVE} and ${text} ${order} limit $${next} offset $${next + 1})
    select s.id, s.home_tenant_id as "tenantId", u.id as "userId", u.name as "userName", u.email as "userEmail", s.method,
      s.two_factor_at is not null as "twoFactor", s.ip_address as "ipAddress", s.user_agent as "userAgent",
      s.created_at as "createdAt", s.last_used_at as "lastUsedAt", s.expires_at as "expiresAt",
      operator.id as "impersonatorId", operator.name as "impersonatorName"
    from page s
    cross join lateral (select id, name, email from users where id = s.user_id offset 0) u
    left join lateral (
      select operator.id, operator.name from impersonations i join users operator on operator.id = i.impersonator_id
      where i.session_id = s.id offset 0
    ) operator on true
    ${order}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from sessions s where ${IS_LIVE} and ${filters.clause(given).text}`,
);

const lockStatement = statementFamily(
  (given: string) => `
    select s.id, s.home_tenant_id as "tenantId", u.id as "userId", u.platform_role as "platformRole", m.role as "memberRole"
    from sessions s
    join users u on u.id = s.user_id
    left join memberships m on m.tenant_id = s.home_tenant_id and m.user_id = s.user_id
    where ${IS_LIVE} and ${filters.clause(given).text} for update of s`,
);

interface LiveSessionRow extends Omit<LiveSession, 'user' | 'impersonator'> {
  readonly userId: string;
  readonly userName: string;
  readonly userEmail: string;
  readonly impersonatorId: string | null;
  readonly impersonatorName: string | null;
}

export type SecuritySessionRepository = ReturnType<typeof createSecuritySessionRepository>;

/** Sessions are global: a tenant is given those that were opened in it, the platform all of them. */
export function createSecuritySessionRepository({ database }: { database: Database }) {
  const count = async (
    ctx: Context<PlatformScope>,
    { names, values }: { readonly names: string; readonly values: readonly unknown[] },
  ): Promise<number> => {
    const [row] = await database.query<{ total: number }>(ctx, countStatement(names), values);
    return row?.total ?? 0;
  };

  return {
    /** @param tenantId where they were opened; null for all of them */
    async list(
      ctx: Context<PlatformScope>,
      tenantId: TenantId | null,
      filter: LiveSessionFilter,
    ): Promise<Page<LiveSession>> {
      const { direction } = parseSort(filter.sort, ['createdAt']);
      const given = filters.given({
        tenantId: tenantId ?? undefined,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [rows, total] = await Promise.all([
        database.query<LiveSessionRow & Record<string, unknown>>(ctx, listStatement(given.names, direction), [
          ...given.values,
          filter.limit,
          offsetOf(filter),
        ]),
        count(ctx, given),
      ]);
      return { items: rows.map(toLiveSession), page: filter.page, limit: filter.limit, total };
    },

    /** @param tenantId where they were opened; null for all of them */
    count: (ctx: Context<PlatformScope>, tenantId: TenantId | null): Promise<number> =>
      count(ctx, filters.given({ tenantId: tenantId ?? undefined })),

    /** Reads a live session that nobody else can end until the transaction does. */
    async lock(ctx: TxContext<PlatformScope>, tenantId: TenantId | null, id: string): Promise<LockedSession | null> {
      const { names, values } = filters.given({ tenantId: tenantId ?? undefined, id });
      const [row] = await database.query<LockedSession & Record<string, unknown>>(ctx, lockStatement(names), values);
      return row ?? null;
    },
  };
}

function toLiveSession(row: LiveSessionRow): LiveSession {
  const { userId, userName, userEmail, impersonatorId, impersonatorName, ...session } = row;
  return {
    ...session,
    user: { id: userId, name: userName, email: userEmail },
    impersonator:
      impersonatorId === null || impersonatorName === null ? null : { id: impersonatorId, name: impersonatorName },
  };
}
