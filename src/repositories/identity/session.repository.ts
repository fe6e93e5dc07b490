import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';
import { CUSTOM_PERMISSIONS } from './custom-permissions.ts';

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly method: SignInMethod | 'impersonation';
  /** Where it is opened; null on the platform and for people on their own. */
  readonly homeTenantId: TenantId | null;
  /** Whether the second factor has been proved. */
  readonly twoFactor: boolean;
  /** May do nothing but set up a second factor. */
  readonly isRestricted: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** Until it ends, whatever happens. */
  readonly minutes: number;
  /** null for a session that ends with its access token. */
  readonly firstToken: {
    readonly id: string;
    readonly secretHash: Buffer;
    /** Days until it ends unused. */
    readonly idleDays: number;
  } | null;
}

/** Why a session ended. */
export type RevokeReason =
  | 'logout'
  | 'refresh_token_reused'
  | 'revoked_by_user'
  | 'revoked_by_administrator'
  | 'password_changed'
  | 'password_reset'
  | 'two_factor_changed'
  | 'user_changed'
  | 'member_removed';

/** What somebody may do in a tenant. */
export interface TenantStanding {
  readonly role: string;
  /** Of the tenant's own roles, besides those of `role`. */
  readonly permissions: readonly string[];
}

/** The operator who works in the place of a session's user. */
export interface ImpersonationFacts {
  readonly impersonatorId: string;
  readonly tenantId: TenantId;
  readonly mode: 'read_only' | 'full';
  /** Whether the operator may still sign in. */
  readonly live: boolean;
  readonly platformRole: string | null;
  readonly platformPermissions: readonly string[] | null;
}

/** Where a session was opened from. */
export interface SessionOrigin {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** ISO 8601 */
  readonly at: string;
}

/** A session that lives, as its user sees it. Times are ISO 8601. */
export interface LiveSession {
  readonly id: string;
  readonly method: NewSession['method'];
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** The operator who works in the user's place; null in a session of the user's own. */
  readonly impersonatorName: string | null;
}

/** What a request needs to know of the session behind its token. */
export interface SessionFacts {
  readonly userId: string;
  readonly method: NewSession['method'];
  /** Neither revoked nor over, and its user may sign in. */
  readonly live: boolean;
  readonly expiresAt: string;
  readonly isRestricted: boolean;
  readonly platformRole: string | null;
  /** An operator's own permissions; null for those of the role. */
  readonly platformPermissions: readonly string[] | null;
  /** By tenant id, of the memberships that are active. */
  readonly tenants: Readonly<Record<string, TenantStanding>>;
  readonly impersonation: ImpersonationFacts | null;
}

const OPEN = statement(`
  with opened as (
    insert into sessions (id, user_id, method, home_tenant_id, two_factor_at, is_restricted, ip_address, user_agent,
      last_used_at, expires_at)
    values ($1, $2, $3, $4, case when $5 then now() end, $6, $7, $8, now(), now() + make_interval(mins => $9))
    returning id, expires_at
  )
  insert into refresh_tokens (id, session_id, generation, secret_hash, expires_at)
  select $10, opened.id, 1, $11, least(now() + make_interval(days => $12), opened.expires_at) from opened
  where $10::uuid is not null`);

const FACTS = statement(`
  select s.user_id as "userId", s.method, s.expires_at as "expiresAt", s.is_restricted as "isRestricted",
    u.platform_role as "platformRole", u.platform_permissions as "platformPermissions",
    s.revoked_at is null and s.expires_at > now() and u.status = 'active' as live,
    coalesce(
      (select json_object_agg(m.tenant_id, json_build_object('role', m.role, 'permissions', ${CUSTOM_PERMISSIONS}))
       from memberships m where m.user_id = u.id and m.status = 'active'), '{}'
    ) as tenants,
    (select json_build_object('impersonatorId', i.impersonator_id, 'tenantId', i.tenant_id, 'mode', i.mode,
       'live', operator.status = 'active', 'platformRole', operator.platform_role,
       'platformPermissions', operator.platform_permissions)
     from impersonations i join users operator on operator.id = i.impersonator_id
     where i.session_id = s.id) as impersonation
  from sessions s
  join users u on u.id = s.user_id
  where s.id = $1`);

const REVOKE = statement(
  'update sessions set revoked_at = clock_timestamp(), revoke_reason = $2 where id = $1 and revoked_at is null',
);

const FIND_ORIGIN = statement(`
  select ip_address as "ipAddress", user_agent as "userAgent", created_at as at from sessions where id = $1`);

/** With those in which the user, an operator, works in the place of somebody else. */
/** Not revoked, not over, and not left unused for longer than its refresh token lives. */
const LIVES = `s.revoked_at is null and s.expires_at > clock_timestamp() and coalesce(
    (select max(t.expires_at) from refresh_tokens t where t.session_id = s.id), s.expires_at) > clock_timestamp()`;

const LIST_LIVE = statement(`
  select s.id, s.method, s.ip_address as "ipAddress", s.user_agent as "userAgent", s.created_at as "createdAt",
    s.last_used_at as "lastUsedAt", s.expires_at as "expiresAt", operator.name as "impersonatorName"
  from sessions s
  left join impersonations i on i.session_id = s.id
  left join users operator on operator.id = i.impersonator_id
  where s.user_id = $1 and ${LIVES}
  order by s.created_at desc, s.id desc
  limit $2`);

const LOCK_LIVE = statement(`
  select s.home_tenant_id as "homeTenantId" from sessions s where s.id = $1 and s.user_id = $2 and ${LIVES} for update`);

const REVOKE_OF_USER = statement(`
  update sessions set revoked_at = clock_timestamp(), revoke_reason = $2
  where id in (
      select id from sessions where user_id = $1
      union all select session_id from impersonations where impersonator_id = $1
    ) and revoked_at is null and expires_at > clock_timestamp() and id is distinct from $3
  returning id`);

const SET_TWO_FACTOR = statement(
  'update sessions set two_factor_at = case when $2::boolean then now() end where id = $1',
);

export type SessionRepository = ReturnType<typeof createSessionRepository>;

export function createSessionRepository({ database }: { database: Database }) {
  return {
    /** Opens a session, with the first generation of its refresh token if it has any. Both expiries are the database's time. */
    open(ctx: TxContext<PlatformScope>, session: NewSession): void {
      const { firstToken } = session;
      writeAtCommit(ctx.tx, OPEN, [
        session.id,
        session.userId,
        session.method,
        session.homeTenantId,
        session.twoFactor,
        session.isRestricted,
        session.ipAddress,
        session.userAgent,
        session.minutes,
        firstToken?.id ?? null,
        firstToken?.secretHash ?? null,
        firstToken?.idleDays ?? null,
      ]);
    },

    /** The newest of a user's sessions that live. */
    listLive: (ctx: Context<PlatformScope>, userId: string, limit: number): Promise<LiveSession[]> =>
      database.query<LiveSession & Record<string, unknown>>(ctx, LIST_LIVE, [userId, limit]),

    /** A session that lives and is the user's, with the tenant it was opened in; null for any other. */
    async lockLive(
      ctx: TxContext<PlatformScope>,
      id: string,
      userId: string,
    ): Promise<{ readonly homeTenantId: TenantId | null } | null> {
      const [row] = await database.query<{ homeTenantId: TenantId | null }>(ctx, LOCK_LIVE, [id, userId]);
      return row ?? null;
    },

    async findFacts(ctx: Context<PlatformScope>, id: string): Promise<SessionFacts | null> {
      const [facts] = await database.query<SessionFacts & Record<string, unknown>>(ctx, FACTS, [id]);
      return facts ?? null;
    },

    revoke(ctx: TxContext<PlatformScope>, id: string, reason: RevokeReason): void {
      writeAtCommit(ctx.tx, REVOKE, [id, reason]);
    },

    async findOrigin(ctx: Context<PlatformScope>, id: string): Promise<SessionOrigin | null> {
      const [origin] = await database.query<SessionOrigin & Record<string, unknown>>(ctx, FIND_ORIGIN, [id]);
      return origin ?? null;
    },

    /** Says whether the second factor has been proved in a session. */
    setTwoFactor(ctx: TxContext<PlatformScope>, id: string, isProved: boolean): void {
      writeAtCommit(ctx.tx, SET_TWO_FACTOR, [id, isProved]);
    },

    /** @returns the sessions that were live until now */
    async revokeOfUser(
      ctx: TxContext<PlatformScope>,
      userId: string,
      reason: RevokeReason,
      exceptId: string | null,
    ): Promise<string[]> {
      const rows = await database.query<{ id: string }>(ctx, REVOKE_OF_USER, [userId, reason, exceptId]);
      return rows.map(({ id }) => id);
    },
  };
}
