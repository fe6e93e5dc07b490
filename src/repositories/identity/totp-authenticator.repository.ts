import type { Context, PlatformScope } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const IS_CONFIRMED = statement('select 1 from totp_authenticators where user_id = $1 and confirmed_at is not null');

export type TotpAuthenticatorRepository = ReturnType<typeof createTotpAuthenticatorRepository>;

export function createTotpAuthenticatorRepository({ database }: { database: Database }) {
  return {
    /** Whether the user has a second factor that works. */
    async isConfirmed(ctx: Context<PlatformScope>, userId: string): Promise<boolean> {
      return (await database.query(ctx, IS_CONFIRMED, [userId])).length > 0;
    },
  };
}
