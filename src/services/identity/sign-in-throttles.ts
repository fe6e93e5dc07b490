import { createHash, createHmac } from 'node:crypto';
import type { Environment } from '../../config/environment.ts';
import type { ThrottleReservation, ThrottleRule } from '../../repositories/identity/throttle.repository.ts';
import type { Context } from '../../types/context.ts';
import { addressPrefix, isIPv6Network } from '../../utils/address-prefix.ts';
import { deriveKeys } from '../../utils/derived-keys.ts';
import type { ThrottleService } from './throttle.service.ts';

export interface SignInThrottlesDeps {
  readonly throttles: ThrottleService;
  readonly settings: Pick<Environment, 'ENCRYPTION_KEYS'>;
  readonly rules?: SignInRules;
}

/** One rule for each of what is counted; `network` is a /48 of IPv6. */
export type SignInRules = Readonly<Record<'account' | 'device' | 'address' | 'network', ThrottleRule>>;

/** Who tries to sign in, and from where. */
export interface SignInTry {
  /** In lower case. */
  readonly email: string;
  /** null for an unknown account. */
  readonly userId: string | null;
  /** The browser's name where it is known to be one of this user's. */
  readonly deviceId: string | null;
}

/** A try that may be made. */
export interface AdmittedTry {
  readonly admitted: true;
  /** What counts it. */
  readonly keys: readonly string[];
  /** The account's key and wrong passwords in a row from unknown devices, where the next one has to wait; else null. */
  readonly blocked: { readonly key: string; readonly failures: number } | null;
}

export interface RefusedTry {
  readonly admitted: false;
  /** What it has to wait for. */
  readonly blocked: readonly [string, ...string[]];
  /** Seconds. */
  readonly retryAfter: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
const BACKOFF = { firstWait: 1, longestWait: 900 } as const;

/**
 * Wrong passwords without a wait. Those of an account from unknown devices are counted until a right one, and wait for a day
 * after the 100th: NIST SP 800-63B-4, 3.2.2 allows no more in a row. They count as long as throttles are kept.
 */
export const SIGN_IN_RULES: SignInRules = {
  account: { ...BACKOFF, free: 5, forgottenAfter: 7 * DAY, exhausted: { count: 100, wait: DAY } },
  device: { ...BACKOFF, free: 10, forgottenAfter: 7 * DAY, exhausted: { count: 100, wait: DAY } },
  address: { ...BACKOFF, free: 20, forgottenAfter: HOUR },
  network: { ...BACKOFF, free: 60, forgottenAfter: HOUR },
};

export type SignInThrottles = ReturnType<typeof createSignInThrottles>;

/**
 * Lock-out that can't be used against the owner: a browser that its owner has signed in from is counted by itself, and waits
 * neither for what strangers do to the account nor for what its neighbours do behind the same address. Whatever is not known to
 * be one of the owner's shares the account's count, and its address's. Unknown accounts are counted like known ones.
 */
export function createSignInThrottles({ throttles, settings, rules = SIGN_IN_RULES }: SignInThrottlesDeps) {
  const [key] = deriveKeys(settings.ENCRYPTION_KEYS, 'throttle');

  const accountKey = (email: string): string =>
    `sign_in_account:${createHmac('sha256', key).update(email).digest('base64url')}`;

  const ofAddress = (ipAddress: string | null): ThrottleReservation[] => {
    const address = ipAddress === null ? 'unknown' : addressPrefix(ipAddress, 64);
    const common = { kind: 'sign_in_address', userId: null } as const;
    const own = { ...common, key: `sign_in_address:${address}`, rule: rules.address };
    if (ipAddress === null || !isIPv6Network(address)) return [own];
    return [own, { ...common, key: `sign_in_address:${addressPrefix(ipAddress, 48)}`, rule: rules.network }];
  };

  return {
    accountKey,

    /** Counts a try before the password is looked at. */
    async admit(ctx: Context, { email, userId, deviceId }: SignInTry): Promise<AdmittedTry | RefusedTry> {
      const account = accountKey(email);
      const reservations =
        deviceId !== null
          ? [{ key: deviceKey(deviceId), kind: 'sign_in_device', userId, rule: rules.device }]
          : [
              { key: account, kind: 'sign_in_account', userId, rule: rules.account },
              ...ofAddress(ctx.origin.ipAddress),
            ];
      const verdict = await throttles.tryReserve(ctx, reservations);
      if (!verdict.admitted) return verdict;
      const failures = verdict.counts.get(account) ?? 0;
      return {
        admitted: true,
        keys: reservations.map((reservation) => reservation.key),
        blocked: failures >= rules.account.free ? { key: account, failures } : null,
      };
    },

    /** Takes back a try whose password was right, or was never looked at. */
    refund: (ctx: Context, { keys }: AdmittedTry): Promise<void> => throttles.refund(ctx, keys),

    /** Forgets the wrong passwords from unknown devices; in a transaction, with its commit. */
    forgetAccount: (ctx: Context, email: string): Promise<void> => throttles.clear(ctx, [accountKey(email)]),

    /** Forgets the wrong passwords from a device; in a transaction, with its commit. */
    forgetDevice: (ctx: Context, deviceId: string): Promise<void> => throttles.clear(ctx, [deviceKey(deviceId)]),
  };
}

const deviceKey = (deviceId: string): string =>
  `sign_in_device:${createHash('sha256').update(deviceId).digest('base64url')}`;
