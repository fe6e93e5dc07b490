import type { PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const DELETE_ALL = statement('delete from recovery_codes where user_id = $1');

const INSERT_ALL = statement(
  'insert into recovery_codes (user_id, code_hash) select $1, code_hash from unnest($2::bytea[]) as code_hash',
);

const DELETE = statement('delete from recovery_codes where user_id = $1 and code_hash = $2');

const COUNT = statement('select count(*)::int as remaining from recovery_codes where user_id = $1');

export type RecoveryCodeRepository = ReturnType<typeof createRecoveryCodeRepository>;

export function createRecoveryCodeRepository({ database }: { database: Database }) {
  return {
    /** Puts these codes in the place of all that the user had. */
    async replaceAll(ctx: TxContext<PlatformScope>, userId: string, codeHashes: readonly Buffer[]): Promise<void> {
      await database.execute(ctx, DELETE_ALL, [userId]);
      await database.execute(ctx, INSERT_ALL, [userId, codeHashes]);
    },

    async deleteAll(ctx: TxContext<PlatformScope>, userId: string): Promise<void> {
      await database.execute(ctx, DELETE_ALL, [userId]);
    },

    /** @returns false when it is none of the user's, or has been used */
    async delete(ctx: TxContext<PlatformScope>, userId: string, codeHash: Buffer): Promise<boolean> {
      return (await database.execute(ctx, DELETE, [userId, codeHash])) === 1;
    },

    async countRemaining(ctx: TxContext<PlatformScope>, userId: string): Promise<number> {
      const [row] = await database.query<{ remaining: number }>(ctx, COUNT, [userId]);
      return row?.remaining ?? 0;
    },
  };
}
