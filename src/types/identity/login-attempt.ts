import type { TenantId } from '../ids.ts';
import type { TimePosition } from '../page.ts';

/** What came of a try to sign in. */
export const loginOutcomes = ['succeeded', 'failed', 'throttled', 'two_factor_required', 'two_factor_failed'] as const;

export type LoginOutcome = (typeof loginOutcomes)[number];

/** A try to sign in, as those who watch over accounts see it. */
export interface LoginAttemptEntry extends TimePosition {
  /** Where somebody worked or asked to work; null where that is nowhere or unknown. */
  readonly tenantId: TenantId | null;
  readonly userId: string | null;
  /** Of an unknown account its beginning and its domain. */
  readonly email: string;
  readonly method: string;
  readonly outcome: LoginOutcome;
  /** From a browser that had signed in to this account before. */
  readonly knownDevice: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

export interface LoginAttemptFilter {
  readonly outcome?: LoginOutcome | undefined;
  readonly userId?: string | undefined;
  /** The beginning of the period, included. */
  readonly from?: string | undefined;
  /** The end of the period, not included. */
  readonly to?: string | undefined;
}
