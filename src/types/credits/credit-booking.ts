import type { TenantId } from '../ids.ts';
import type { CreditChannel, CreditSource } from './credit.ts';

/** What every booking says of itself. */
export interface CreditBookingDetails {
  /** What it is for, in the caller's words: the id of a message or a campaign. */
  readonly reference?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/** Whose wallet, where the scope does not say. */
interface WalletOwner {
  readonly tenantId?: TenantId | undefined;
}

interface CreditMovement extends WalletOwner, CreditBookingDetails {
  readonly channel: CreditChannel;
  /** A whole number, 1 to 1,000,000,000. */
  readonly credits: number;
}

export interface GrantInput extends CreditMovement {
  readonly source: CreditSource;
  /** 1 (burnt first) to 100; 50 where it is not given. */
  readonly priority?: number | undefined;
  /** ISO 8601; without it they never expire. */
  readonly expiresAt?: string | null | undefined;
}

export interface DeductInput extends CreditMovement {}

export interface ReserveInput extends CreditMovement {
  /** 1 to 2,592,000 (30 days); after it what was not committed is available again. */
  readonly ttlSeconds: number;
}

export interface TransferInput extends CreditBookingDetails {
  readonly fromTenantId: TenantId;
  readonly toTenantId: TenantId;
  readonly channel: CreditChannel;
  readonly credits: number;
  readonly source: CreditSource;
  /** In place of the priorities that would travel along. */
  readonly priority?: number | null | undefined;
  /** No later than this they expire at the receiver; earlier expiries travel along. */
  readonly expiresAt?: string | null | undefined;
}

/** A booking that was made. */
export interface CreditBooking {
  readonly operationId: string;
  readonly walletId: string;
  readonly credits: number;
  /** Available credits of the channel afterwards. */
  readonly creditsAfter: number;
  readonly bookedAt: string;
}

/** Credits that are held until they are committed or released, or until they are available again by themselves. */
export interface CreditReservation extends CreditBooking {
  readonly expiresAt: string;
}
