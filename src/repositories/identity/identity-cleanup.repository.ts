import type { Context, PlatformScope } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { type Statement, statement } from '../base/statement.ts';

const THROTTLES = statement(`
  delete from throttles where ctid = any (array(
    select ctid from throttles where updated_at < $1 order by updated_at limit $2 for update skip locked))
  and updated_at < $1`);

const LOGIN_ATTEMPTS = statement(`
  delete from login_attempts where ctid = any (array(
    select ctid from login_attempts where occurred_at < $1 order by occurred_at limit $2))`);

const SECURITY_EVENTS = statement(`
  delete from security_events where ctid = any (array(
    select ctid from security_events where occurred_at < $1 order by occurred_at limit $2))`);

const SIGN_IN_CHALLENGES = statement(`
  delete from sign_in_challenges where ctid = any (array(
    select ctid from sign_in_challenges where expires_at < $1 order by expires_at limit $2))`);

const ONE_TIME_TOKENS = statement(`
  delete from one_time_tokens where ctid = any (array(
    select ctid from one_time_tokens where expires_at < $1 order by expires_at limit $2 for update skip locked))
  and expires_at < $1`);

export type IdentityCleanupRepository = ReturnType<typeof createIdentityCleanupRepository>;

/** Of all tenants, and of the platform, oldest first. Every function returns how many rows it deleted, `limit` at the most. */
export function createIdentityCleanupRepository({ database }: { database: Database }) {
  const deleteBefore =
    (deletion: Statement) =>
    (ctx: Context<PlatformScope>, before: string, limit: number): Promise<number> =>
      database.execute(ctx, deletion, [before, limit]);

  return {
    deleteThrottlesUntouchedSince: deleteBefore(THROTTLES),
    deleteLoginAttemptsBefore: deleteBefore(LOGIN_ATTEMPTS),
    deleteSecurityEventsBefore: deleteBefore(SECURITY_EVENTS),
    deleteChallengesExpiredBefore: deleteBefore(SIGN_IN_CHALLENGES),
    deleteOneTimeTokensExpiredBefore: deleteBefore(ONE_TIME_TOKENS),
  };
}
