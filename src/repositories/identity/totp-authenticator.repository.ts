import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const IS_CONFIRMED = statement('select 1 from totp_authenticators where user_id = $1 and confirmed_at is not null');

const SECRET = statement(`
  select sealed_secret as "sealedSecret" from totp_authenticators
  where user_id = $1 and (confirmed_at is not null) = $2::boolean`);

const REPLACE_PENDING = statement(`
  insert into totp_authenticators as authenticator (user_id, sealed_secret) values ($1, $2)
  on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, last_step = 0, created_at = now()
  where authenticator.confirmed_at is null`);

const CONFIRM = statement(`
  update totp_authenticators set confirmed_at = now(), last_step = $2
  where user_id = $1 and confirmed_at is null and sealed_secret = $3`);

const ACCEPT_STEP = statement(`
  update totp_authenticators set last_step = $2
  where user_id = $1 and confirmed_at is not null and last_step < $2`);

const LOCK_CONFIRMED = statement(
  'select 1 from totp_authenticators where user_id = $1 and confirmed_at is not null for update',
);

const DELETE = statement('delete from totp_authenticators where user_id = $1');

export type TotpAuthenticatorRepository = ReturnType<typeof createTotpAuthenticatorRepository>;

export function createTotpAuthenticatorRepository({ database }: { database: Database }) {
  const findSecret = async (ctx: Context<PlatformScope>, userId: string, confirmed: boolean) => {
    const [row] = await database.query<{ sealedSecret: Buffer }>(ctx, SECRET, [userId, confirmed]);
    return row?.sealedSecret ?? null;
  };

  return {
    /** Whether the user has a second factor that works. */
    async isConfirmed(ctx: Context<PlatformScope>, userId: string): Promise<boolean> {
      return (await database.query(ctx, IS_CONFIRMED, [userId])).length > 0;
    },

    /** The sealed secret of an authenticator that works; null without one. */
    findConfirmedSecret: (ctx: Context<PlatformScope>, userId: string): Promise<Buffer | null> =>
      findSecret(ctx, userId, true),

    /** The sealed secret of an authenticator that waits for its first code; null without one. */
    findPendingSecret: (ctx: Context<PlatformScope>, userId: string): Promise<Buffer | null> =>
      findSecret(ctx, userId, false),

    /** @returns false when the user has an authenticator that works: that is never replaced */
    async replacePending(ctx: TxContext<PlatformScope>, userId: string, sealedSecret: Buffer): Promise<boolean> {
      return (await database.execute(ctx, REPLACE_PENDING, [userId, sealedSecret])) === 1;
    },

    /** @returns false when it has been confirmed or replaced in the meantime */
    async confirm(
      ctx: TxContext<PlatformScope>,
      userId: string,
      { step, sealedSecret }: { readonly step: number; readonly sealedSecret: Buffer },
    ): Promise<boolean> {
      return (await database.execute(ctx, CONFIRM, [userId, step, sealedSecret])) === 1;
    },

    /**
     * Uses up the code of a time step, with those of all the steps before it.
     * @returns false when a code of this step or a later one has been used
     */
    async acceptStep(ctx: TxContext<PlatformScope>, userId: string, step: number): Promise<boolean> {
      return (await database.execute(ctx, ACCEPT_STEP, [userId, step])) === 1;
    },

    /**
     * Keeps the user's authenticator as it is until the transaction ends.
     * @returns false when the user has none that works
     */
    async lockConfirmed(ctx: TxContext<PlatformScope>, userId: string): Promise<boolean> {
      return (await database.query(ctx, LOCK_CONFIRMED, [userId])).length > 0;
    },

    /** @returns false when the user had none */
    async delete(ctx: TxContext<PlatformScope>, userId: string): Promise<boolean> {
      return (await database.execute(ctx, DELETE, [userId])) === 1;
    },
  };
}
