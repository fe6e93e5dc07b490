import type { SecurityEventType } from './security-event.ts';

/** How tries to sign in came out. */
export interface SignInCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly throttled: number;
  readonly twoFactorFailed: number;
}

/** The tries of a UTC day. */
export interface SignInDay extends SignInCounts {
  /** YYYY-MM-DD */
  readonly date: string;
}

/** How many people have a second factor. */
export interface TwoFactorAdoption {
  readonly members: number;
  readonly enrolled: number;
}

export interface SecurityEventCount {
  readonly type: SecurityEventType;
  readonly count: number;
}
