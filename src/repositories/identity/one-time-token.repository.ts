import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { OneTimeTokenPurpose } from '../../types/identity/one-time-token.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

export interface NewOneTimeToken {
  readonly id: string;
  readonly purpose: OneTimeTokenPurpose;
  /** The user's id, or the invitation's. */
  readonly subjectId: string;
  readonly secretHash: Buffer;
  readonly minutes: number;
  readonly browserHash: Buffer | null;
  readonly confirmationCodeHash: Buffer | null;
}

/** A token that lives. */
export interface OneTimeTokenRow {
  readonly id: string;
  readonly purpose: OneTimeTokenPurpose;
  readonly subjectId: string;
  readonly secretHash: Buffer;
  readonly browserHash: Buffer | null;
  readonly confirmationCodeHash: Buffer | null;
}

const REPLACE = statement(`
  insert into one_time_tokens (id, purpose, subject_id, secret_hash, browser_hash, confirmation_code_hash, expires_at)
  values ($1, $2, $3, $4, $5, $6, clock_timestamp() + make_interval(mins => $7))
  on conflict (purpose, subject_id) do update set id = excluded.id, secret_hash = excluded.secret_hash,
    browser_hash = excluded.browser_hash, confirmation_code_hash = excluded.confirmation_code_hash,
    attempts_left = excluded.attempts_left, expires_at = excluded.expires_at, created_at = excluded.created_at`);

const COLUMNS = `id, purpose, subject_id as "subjectId", secret_hash as "secretHash", browser_hash as "browserHash",
  confirmation_code_hash as "confirmationCodeHash"`;

const FIND = statement(
  `select ${COLUMNS} from one_time_tokens where id = $1 and purpose = any($2) and expires_at > clock_timestamp()`,
);

const CONSUME = statement(`
  delete from one_time_tokens where id = $1 and purpose = any($2) and secret_hash = $3 and expires_at > clock_timestamp()
  returning ${COLUMNS}`);

const SPEND_ATTEMPT = statement(
  'update one_time_tokens set attempts_left = attempts_left - 1 where id = $1 and attempts_left > 0',
);

const DELETE_OF_SUBJECT = statement('delete from one_time_tokens where subject_id = $1 and purpose = any($2)');

export type OneTimeTokenRepository = ReturnType<typeof createOneTimeTokenRepository>;

/** Secrets that were mailed. Measured by the database's clock. */
export function createOneTimeTokenRepository({ database }: { database: Database }) {
  return {
    /** The newest token of a purpose and subject takes the place of the one before. */
    async replace(ctx: TxContext<PlatformScope>, token: NewOneTimeToken): Promise<void> {
      const { id, purpose, subjectId, secretHash, browserHash, confirmationCodeHash, minutes } = token;
      await database.execute(ctx, REPLACE, [
        id,
        purpose,
        subjectId,
        secretHash,
        browserHash,
        confirmationCodeHash,
        minutes,
      ]);
    },

    async find(
      ctx: Context<PlatformScope>,
      id: string,
      purposes: readonly OneTimeTokenPurpose[],
    ): Promise<OneTimeTokenRow | null> {
      const [row] = await database.query<OneTimeTokenRow & Record<string, unknown>>(ctx, FIND, [id, purposes]);
      return row ?? null;
    },

    /** Takes a token away for good; of any number of callers one gets it. */
    async consume(
      ctx: TxContext<PlatformScope>,
      id: string,
      purposes: readonly OneTimeTokenPurpose[],
      secretHash: Buffer,
    ): Promise<OneTimeTokenRow | null> {
      const values = [id, purposes, secretHash];
      const [row] = await database.query<OneTimeTokenRow & Record<string, unknown>>(ctx, CONSUME, values);
      return row ?? null;
    },

    /** @returns false when no attempt is left */
    async spendAttempt(ctx: Context<PlatformScope>, id: string): Promise<boolean> {
      return (await database.execute(ctx, SPEND_ATTEMPT, [id])) === 1;
    },

    async deleteOfSubject(
      ctx: TxContext<PlatformScope>,
      subjectId: string,
      purposes: readonly OneTimeTokenPurpose[],
    ): Promise<void> {
      await database.execute(ctx, DELETE_OF_SUBJECT, [subjectId, purposes]);
    },
  };
}
