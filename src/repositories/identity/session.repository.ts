import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

export interface NewSession {
  readonly id: string;
  readonly userId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  /** Days until it ends, whatever happens. */
  readonly days: number;
  readonly firstToken: {
    readonly id: string;
    readonly secretHash: Buffer;
    /** Days until it ends unused. */
    readonly idleDays: number;
  };
}

/** Why a session ended. */
export type RevokeReason = 'logout' | 'refresh_token_reused';

/** What a request needs to know of the session behind its token. */
export interface SessionFacts {
  readonly userId: string;
  /** Neither revoked nor over, and its user may sign in. */
  readonly live: boolean;
  readonly expiresAt: string;
  readonly platformRole: string | null;
  /** Role by tenant id, of the memberships that are active. */
  readonly tenantRoles: Readonly<Record<string, string>>;
}

const OPEN = statement(`
  with opened as (
    insert into sessions (id, user_id, ip_address, user_agent, last_used_at, expires_at)
    values ($1, $2, $3, $4, now(), now() + make_interval(days => $5))
    returning id, expires_at
  )
  insert into refresh_tokens (id, session_id, generation, secret_hash, expires_at)
  select $6, opened.id, 1, $7, least(now() + make_interval(days => $8), opened.expires_at) from opened`);

const FACTS = statement(`
  select s.user_id as "userId", s.expires_at as "expiresAt", u.platform_role as "platformRole",
    s.revoked_at is null and s.expires_at > now() and u.status = 'active' as live,
    coalesce(
      (select json_object_agg(m.tenant_id, m.role) from memberships m where m.user_id = u.id and m.status = 'active'), '{}'
    ) as "tenantRoles"
  from sessions s
  join users u on u.id = s.user_id
  where s.id = $1`);

const REVOKE = statement(
  'update sessions set revoked_at = clock_timestamp(), revoke_reason = $2 where id = $1 and revoked_at is null',
);

export type SessionRepository = ReturnType<typeof createSessionRepository>;

export function createSessionRepository({ database }: { database: Database }) {
  return {
    /** Opens a session with the first generation of its refresh token. Both expiries are the database's time. */
    open(ctx: TxContext<PlatformScope>, session: NewSession): void {
      const { id, userId, ipAddress, userAgent, days, firstToken } = session;
      writeAtCommit(ctx.tx, OPEN, [
        id,
        userId,
        ipAddress,
        userAgent,
        days,
        firstToken.id,
        firstToken.secretHash,
        firstToken.idleDays,
      ]);
    },

    async findFacts(ctx: Context<PlatformScope>, id: string): Promise<SessionFacts | null> {
      const [facts] = await database.query<SessionFacts & Record<string, unknown>>(ctx, FACTS, [id]);
      return facts ?? null;
    },

    revoke(ctx: TxContext<PlatformScope>, id: string, reason: RevokeReason): void {
      writeAtCommit(ctx.tx, REVOKE, [id, reason]);
    },
  };
}
