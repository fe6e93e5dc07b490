import type { Context, PlatformScope } from '../../types/context.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

export type LoginOutcome = 'succeeded' | 'failed' | 'throttled' | 'two_factor_required' | 'two_factor_failed';

export interface NewLoginAttempt {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly userId: string | null;
  /** Of an unknown account no more than its beginning and its domain: people also type passwords here. */
  readonly email: string;
  readonly method: SignInMethod;
  readonly outcome: LoginOutcome;
  readonly knownDevice: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

const INSERT = statement(`
  insert into login_attempts (tenant_id, id, user_id, email, method, outcome, known_device, ip_address, user_agent)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

export type LoginAttemptRepository = ReturnType<typeof createLoginAttemptRepository>;

export function createLoginAttemptRepository({ database }: { database: Database }) {
  return {
    /** In a transaction it rides with the commit. */
    async append(ctx: Context<PlatformScope>, attempt: NewLoginAttempt): Promise<void> {
      const values = [
        attempt.tenantId,
        attempt.id,
        attempt.userId,
        attempt.email,
        attempt.method,
        attempt.outcome,
        attempt.knownDevice,
        attempt.ipAddress,
        attempt.userAgent,
      ];
      if (ctx.tx === null) await database.execute(ctx, INSERT, values);
      else writeAtCommit(ctx.tx, INSERT, values);
    },
  };
}
