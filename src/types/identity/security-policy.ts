/** What a tenant, or the platform, asks of those who sign in. */
export interface SecurityPolicy {
  /** Characters (code points); 12 or more. */
  readonly passwordMinLength: number;
  readonly twoFactor: 'optional' | 'required';
  /** Whether a mailed link may stand for the password. */
  readonly magicLinks: boolean;
  /** Days until a session ends, whatever happens. */
  readonly sessionDays: number;
  /** Days until a session ends unused. */
  readonly sessionIdleDays: number;
}
