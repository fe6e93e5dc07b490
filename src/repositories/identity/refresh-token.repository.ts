import type { PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

/** A refresh token and its place in the session's family, measured by the database's clock. */
export interface RefreshTokenState {
  readonly id: string;
  readonly sessionId: string;
  readonly userId: string;
  readonly generation: number;
  readonly latestGeneration: number;
  readonly secretHash: Buffer;
  /** Seconds since it was exchanged; null while it is the current one. */
  readonly secondsSinceUse: number | null;
  readonly idleExpired: boolean;
  /** Neither revoked nor over. */
  readonly sessionLive: boolean;
  /** Whether the session has proved a second factor. */
  readonly twoFactor: boolean;
  /** Seconds since the session was opened. */
  readonly sessionAge: number;
  readonly sealedSuccessor: Buffer | null;
}

export interface Rotation {
  readonly id: string;
  readonly sealedSuccessor: Buffer;
  readonly successor: { readonly id: string; readonly secretHash: Buffer; readonly idleDays: number };
}

const LOCK_FAMILY = statement(
  'select id from sessions where id = (select session_id from refresh_tokens where id = $1) for update',
);

const FIND = statement(`
  select t.id, t.session_id as "sessionId", s.user_id as "userId", t.generation, t.secret_hash as "secretHash",
    t.sealed_successor as "sealedSuccessor", t.expires_at <= clock_timestamp() as "idleExpired",
    extract(epoch from clock_timestamp() - t.used_at)::float8 as "secondsSinceUse",
    s.revoked_at is null and s.expires_at > clock_timestamp() as "sessionLive",
    s.two_factor_at is not null as "twoFactor",
    extract(epoch from clock_timestamp() - s.created_at)::float8 as "sessionAge",
    (select max(generation) from refresh_tokens family where family.session_id = t.session_id) as "latestGeneration"
  from refresh_tokens t
  join sessions s on s.id = t.session_id
  where t.id = $1`);

const ROTATE = statement(`
  with used as (
    update refresh_tokens set used_at = clock_timestamp(), sealed_successor = $2 where id = $1 returning session_id, generation
  ), touched as (
    update sessions set last_used_at = clock_timestamp() from used where sessions.id = used.session_id
    returning sessions.id, sessions.expires_at
  )
  insert into refresh_tokens (id, session_id, generation, secret_hash, issued_at, expires_at)
  select $3, touched.id, used.generation + 1, $4, clock_timestamp(),
    least(clock_timestamp() + make_interval(days => $5), touched.expires_at)
  from used, touched`);

export type RefreshTokenRepository = ReturnType<typeof createRefreshTokenRepository>;

export function createRefreshTokenRepository({ database }: { database: Database }) {
  return {
    /**
     * Locks the token's whole family, then reads the token: a statement of its own, since only a new snapshot sees what the
     * holder of the lock has committed.
     */
    async lockAndFind(ctx: TxContext<PlatformScope>, id: string): Promise<RefreshTokenState | null> {
      const [, found] = await Promise.all([
        database.query(ctx, LOCK_FAMILY, [id]),
        database.query<RefreshTokenState & Record<string, unknown>>(ctx, FIND, [id]),
      ]);
      return found[0] ?? null;
    },

    /** Marks a token as used and adds the next generation; the absolute expiry of the session stays. */
    rotate(ctx: TxContext<PlatformScope>, { id, sealedSuccessor, successor }: Rotation): void {
      const { id: successorId, secretHash, idleDays } = successor;
      writeAtCommit(ctx.tx, ROTATE, [id, sealedSuccessor, successorId, secretHash, idleDays]);
    },
  };
}
