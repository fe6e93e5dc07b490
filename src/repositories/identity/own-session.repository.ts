import type { Context, PlatformScope } from '../../types/context.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** What the banner shows while an operator works in a session's user's place. Times are ISO 8601. */
export interface SessionImpersonation {
  readonly impersonator: { readonly id: string; readonly name: string };
  readonly reason: string;
  readonly expiresAt: string;
  readonly mode: 'read_only' | 'full';
}

/** The session of a request, as its own user sees it. */
export interface OwnSession {
  readonly id: string;
  readonly method: SignInMethod | 'impersonation';
  /** Whether this session has proved a second factor. */
  readonly twoFactor: boolean;
  /** Whether its user has a second factor that works. */
  readonly twoFactorEnabled: boolean;
  readonly expiresAt: string;
  readonly isRestricted: boolean;
  /** Seconds since it was opened. */
  readonly sessionAge: number;
  readonly impersonation: SessionImpersonation | null;
}

interface OwnSessionRow extends Omit<OwnSession, 'impersonation'>, Record<string, unknown> {
  impersonatorId: string | null;
  impersonatorName: string;
  reason: string;
  impersonationEnds: string;
  mode: 'read_only' | 'full';
}

const FIND = statement(`
  select s.id, s.method, s.two_factor_at is not null as "twoFactor", s.expires_at as "expiresAt",
    s.is_restricted as "isRestricted", extract(epoch from clock_timestamp() - s.created_at)::float8 as "sessionAge",
    exists (select 1 from totp_authenticators a where a.user_id = s.user_id and a.confirmed_at is not null)
      as "twoFactorEnabled",
    i.impersonator_id as "impersonatorId", o.name as "impersonatorName", i.reason,
    i.expires_at as "impersonationEnds", i.mode
  from sessions s
  left join impersonations i on i.session_id = s.id
  left join users o on o.id = i.impersonator_id
  where s.id = $1`);

export type OwnSessionRepository = ReturnType<typeof createOwnSessionRepository>;

export function createOwnSessionRepository({ database }: { database: Database }) {
  return {
    async findById(ctx: Context<PlatformScope>, id: string): Promise<OwnSession | null> {
      const [row] = await database.query<OwnSessionRow>(ctx, FIND, [id]);
      return row === undefined ? null : toOwnSession(row);
    },
  };
}

function toOwnSession(row: OwnSessionRow): OwnSession {
  const { id, method, twoFactor, twoFactorEnabled, expiresAt, isRestricted, sessionAge, impersonatorId } = row;
  const own = { id, method, twoFactor, twoFactorEnabled, expiresAt, isRestricted, sessionAge };
  if (impersonatorId === null) return { ...own, impersonation: null };
  const { impersonatorName: name, reason, impersonationEnds, mode } = row;
  const impersonator = { id: impersonatorId, name };
  return { ...own, impersonation: { impersonator, reason, expiresAt: impersonationEnds, mode } };
}
