import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface NewChallenge {
  readonly id: string;
  readonly userId: string;
  readonly kind: 'two_factor' | 'enrolment';
  readonly secretHash: Buffer;
  /** The first factor. */
  readonly method: SignInMethod;
  /** The tenant to work in, where one was asked for. */
  readonly wantedTenantId: TenantId | null;
  /** The session in which a second factor is being set up. */
  readonly sessionId: string | null;
  readonly minutes: number;
}

export interface ChallengeRow {
  readonly id: string;
  readonly userId: string;
  readonly kind: 'two_factor' | 'enrolment';
  readonly secretHash: Buffer;
  readonly method: SignInMethod;
  readonly wantedTenantId: TenantId | null;
  readonly sessionId: string | null;
}

const COLUMNS = `id, user_id as "userId", kind, secret_hash as "secretHash", method, wanted_tenant_id as "wantedTenantId",
  session_id as "sessionId"`;

const INSERT = statement(`
  insert into sign_in_challenges (id, user_id, kind, secret_hash, method, wanted_tenant_id, session_id, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(mins => $8))`);

const SPEND_ATTEMPT = statement(`
  update sign_in_challenges set attempts_left = attempts_left - 1
  where id = $1 and secret_hash = $2 and attempts_left > 0 and expires_at > clock_timestamp()
  returning ${COLUMNS}`);

const CONSUME = statement('delete from sign_in_challenges where id = $1');

const DELETE_OF_USER = statement('delete from sign_in_challenges where user_id = $1');

const DELETE_ENROLMENTS = statement("delete from sign_in_challenges where user_id = $1 and kind = 'enrolment'");

export type SignInChallengeRepository = ReturnType<typeof createSignInChallengeRepository>;

/** First factors that wait for the second one. Measured by the database's clock. */
export function createSignInChallengeRepository({ database }: { database: Database }) {
  return {
    async insert(ctx: Context<PlatformScope>, challenge: NewChallenge): Promise<void> {
      const { id, userId, kind, secretHash, method, wantedTenantId, sessionId, minutes } = challenge;
      await database.execute(ctx, INSERT, [id, userId, kind, secretHash, method, wantedTenantId, sessionId, minutes]);
    },

    /** Takes one of a challenge's attempts; null when it has none left, is over, or the secret is wrong. */
    async spendAttempt(ctx: Context<PlatformScope>, id: string, secretHash: Buffer): Promise<ChallengeRow | null> {
      const values = [id, secretHash];
      const [row] = await database.query<ChallengeRow & Record<string, unknown>>(ctx, SPEND_ATTEMPT, values);
      return row ?? null;
    },

    /** @returns false when somebody else has used it up */
    async consume(ctx: TxContext<PlatformScope>, id: string): Promise<boolean> {
      return (await database.execute(ctx, CONSUME, [id])) === 1;
    },

    async deleteEnrolmentsOfUser(ctx: TxContext<PlatformScope>, userId: string): Promise<void> {
      await database.execute(ctx, DELETE_ENROLMENTS, [userId]);
    },

    async deleteOfUser(ctx: TxContext<PlatformScope>, userId: string): Promise<void> {
      await database.execute(ctx, DELETE_OF_USER, [userId]);
    },
  };
}
