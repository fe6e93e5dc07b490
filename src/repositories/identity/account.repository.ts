import { uuidv7 } from 'uuidv7';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { type Statement, statement } from '../base/statement.ts';

/** What somebody signs up with. */
export interface SignUpRow {
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  /** Whether the password is the one that the waiting account has already. */
  readonly isRepetition: boolean;
}

export interface ProfileChanges {
  readonly name?: string | undefined;
  readonly phone?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
  readonly locale?: string | undefined;
}

/** An account that waits for its address to be proved and that nobody has been given rights with. */
const OPEN_TO_SIGN_UP = `users.status = 'pending' and users.platform_role is null`;

const SIGN_UP = statement(`
  insert into users (id, email, name, type, status, password_hash, password_changed_at, updated_at)
  values ($1, $2, $3, 'PLATFORM_USER', 'pending', $4, now(), now())
  on conflict (email) do update set password_hash = case when $5::boolean then users.password_hash end,
    updated_at = excluded.updated_at
  where ${OPEN_TO_SIGN_UP}
  returning id, id = $1 as created`);

const FIND_WAITING_PASSWORD = statement(`
  select password_hash as "passwordHash" from users where email = $1 and ${OPEN_TO_SIGN_UP}`);

const VERIFY_ADDRESS = `email_verified_at = coalesce(email_verified_at, now()),
  status = case when status = 'pending' then 'active'::user_status else status end, updated_at = now()`;

const VERIFY_EMAIL = statement(`
  update users set ${VERIFY_ADDRESS} where id = $1 and status in ('active', 'pending')`);

const PROVE_ADDRESS = statement(`
  update users set ${VERIFY_ADDRESS},
    password_hash = case when status = 'pending' then null else password_hash end
  where id = $1 and status in ('active', 'pending')`);

const RESET_PASSWORD = statement(`
  update users set ${VERIFY_ADDRESS}, password_hash = $2, password_changed_at = now()
  where id = $1 and status in ('active', 'pending')`);

const CHANGE_PASSWORD = statement(`
  update users set password_hash = $3, password_changed_at = now(), updated_at = now()
  where id = $1 and password_hash = $2`);

export type AccountRepository = ReturnType<typeof createAccountRepository>;

/** What people change about their own accounts. */
export function createAccountRepository({ database }: { database: Database }) {
  const changesOne = async (
    ctx: TxContext<PlatformScope>,
    change: Statement,
    values: readonly unknown[],
  ): Promise<boolean> => (await database.execute(ctx, change, values)) === 1;

  return {
    /** The password that waits for its address to be proved, or null. @param email in lower case */
    async findWaitingPassword(ctx: Context<PlatformScope>, email: string): Promise<string | null> {
      const [row] = await database.query<{ passwordHash: string | null }>(ctx, FIND_WAITING_PASSWORD, [email]);
      return row?.passwordHash ?? null;
    },

    /**
     * Makes an account that waits for its address to be proved. Where one waits already and another password is given, neither
     * counts: nobody can tell which of the two owns the address, and its owner chooses a new one by a reset.
     * @returns null for the address of an account that is in use
     */
    async signUp(
      ctx: TxContext<PlatformScope>,
      { email, name, passwordHash, isRepetition }: SignUpRow,
    ): Promise<{ readonly id: string; readonly created: boolean } | null> {
      const values = [uuidv7(), email, name, passwordHash, isRepetition];
      const [row] = await database.query<{ id: string; created: boolean }>(ctx, SIGN_UP, values);
      return row ?? null;
    },

    /**
     * The answer to the mail of the sign-up itself: the account with its password counts from now on.
     * @returns false when there is no account that may be used
     */
    verifyEmail: (ctx: TxContext<PlatformScope>, id: string): Promise<boolean> => changesOne(ctx, VERIFY_EMAIL, [id]),

    /**
     * The address has been proved by something else than the mail of the sign-up. A password that was set before goes: somebody
     * else may have signed up with this address ("pre-hijacking").
     * @returns false when there is no account that may be used
     */
    proveAddress: (ctx: TxContext<PlatformScope>, id: string): Promise<boolean> => changesOne(ctx, PROVE_ADDRESS, [id]),

    /**
     * Sets a password by whoever has proved the address.
     * @returns false when there is no account that may be used
     */
    resetPassword: (ctx: TxContext<PlatformScope>, id: string, passwordHash: string): Promise<boolean> =>
      changesOne(ctx, RESET_PASSWORD, [id, passwordHash]),

    /** @returns false when the password has been changed in the meantime */
    changePassword: (
      ctx: TxContext<PlatformScope>,
      id: string,
      { current, replacement }: { readonly current: string; readonly replacement: string },
    ): Promise<boolean> => changesOne(ctx, CHANGE_PASSWORD, [id, current, replacement]),

    async updateProfile(ctx: Context<PlatformScope>, id: string, changes: ProfileChanges): Promise<void> {
      const { name, phone, avatarUrl, locale } = changes;
      const data = {
        ...(name !== undefined && { name }),
        ...(phone !== undefined && { phone }),
        ...(avatarUrl !== undefined && { avatarUrl }),
        ...(locale !== undefined && { locale }),
      };
      await database.orm(ctx, (client) => client.user.updateMany({ where: { id }, data }));
    },
  };
}
