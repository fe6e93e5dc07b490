import type { SecurityPolicy } from '../../types/identity/security-policy.ts';
import type { User } from '../../types/identity/user.ts';

/** What a session has to show where its user wants to work. */
export interface SessionEvidence {
  /** Whether it has proved a second factor. */
  readonly twoFactor: boolean;
  /** Seconds since it was opened. */
  readonly sessionAge: number;
}

export type EntryRefusal = 'TWO_FACTOR_REQUIRED' | 'REAUTHENTICATION_REQUIRED';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Why a session may not go on, or begin to work, under a policy; null when it may. A policy that has become stricter holds for
 * sessions that were opened before, and so does that of a tenant which the session was not opened in.
 */
export function entryRefusal(
  { twoFactorRequired }: Pick<User, 'twoFactorRequired'>,
  { twoFactor, sessionAge }: SessionEvidence,
  policy: Pick<SecurityPolicy, 'twoFactor' | 'sessionDays'>,
): EntryRefusal | null {
  if ((policy.twoFactor === 'required' || twoFactorRequired) && !twoFactor) return 'TWO_FACTOR_REQUIRED';
  return sessionAge > policy.sessionDays * DAY_SECONDS ? 'REAUTHENTICATION_REQUIRED' : null;
}
