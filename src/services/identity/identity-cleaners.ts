import type { IdentityCleanupRepository } from '../../repositories/identity/identity-cleanup.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Cleaner } from '../base/cleaner.ts';

export interface IdentityCleanersDeps {
  readonly records: IdentityCleanupRepository;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

/** Days. A throttle is kept for as long as the longest of them counts. */
const KEPT = { throttles: 7, loginAttempts: 90, securityEvents: 365 } as const;

/** What identity has to delete: counters and secrets that are over, and records of sign-ins that have been kept long enough. */
export function identityCleaners({ records, clock }: IdentityCleanersDeps): readonly Cleaner[] {
  const cleaner = (
    name: string,
    days: number,
    deleteBefore: IdentityCleanupRepository[keyof IdentityCleanupRepository],
  ): Cleaner => ({
    name,
    clean: (ctx, limit) => deleteBefore(ctx, new Date(clock.now().getTime() - days * DAY_MS).toISOString(), limit),
  });
  return [
    cleaner('throttles', KEPT.throttles, records.deleteThrottlesUntouchedSince),
    cleaner('loginAttempts', KEPT.loginAttempts, records.deleteLoginAttemptsBefore),
    cleaner('securityEvents', KEPT.securityEvents, records.deleteSecurityEventsBefore),
    cleaner('signInChallenges', 0, records.deleteChallengesExpiredBefore),
    cleaner('oneTimeTokens', 0, records.deleteOneTimeTokensExpiredBefore),
  ];
}
