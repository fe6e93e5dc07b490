/** Throttles of an account: what its owner, or who watches over them, can be asked to lift. */
export const accountLockoutKinds = ['sign_in_account', 'sign_in_device', 'two_factor', 'recovery_code'] as const;

/** With those of a network address, which belongs to no tenant. */
export const lockoutKinds = [...accountLockoutKinds, 'sign_in_address'] as const;

export type LockoutKind = (typeof lockoutKinds)[number];

/** A throttle that makes somebody wait now. Times are ISO 8601. */
export interface Lockout {
  readonly id: string;
  readonly kind: LockoutKind;
  /** Whose account it protects; null for an address, and for an account that does not exist. */
  readonly user: { readonly id: string; readonly name: string; readonly email: string } | null;
  /** Their membership in the tenant; null on the platform. */
  readonly membershipId: string | null;
  /** Attempts so far. */
  readonly count: number;
  readonly blockedUntil: string;
  readonly updatedAt: string;
}
