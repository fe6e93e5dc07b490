import type { PageRequest } from '../page.ts';

export type CouponDuration = 'once' | 'repeating' | 'forever';

/** A discount that the operator gives away by a code. */
export interface Coupon {
  readonly id: string;
  /** In upper case. */
  readonly code: string;
  readonly name: string;
  readonly discountType: 'percentage' | 'fixed';
  /** Percent, or an amount of `currency` for each period. */
  readonly discountValue: string;
  readonly currency: string | null;
  readonly duration: CouponDuration;
  /** Periods, of a repeating one. */
  readonly durationPeriods: number | null;
  readonly maxRedemptions: number | null;
  readonly redemptions: number;
  /** Plans it is for; empty for all. */
  readonly planIds: readonly string[];
  readonly expiresAt: string | null;
  readonly archivedAt: string | null;
  readonly createdAt: string;
}

export type NewCoupon = Omit<Coupon, 'redemptions' | 'archivedAt' | 'createdAt'>;

export interface CouponFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly status?: 'active' | 'archived' | undefined;
}

/** What a coupon takes off, and from what. */
export type CouponTerms = Pick<Coupon, 'discountType' | 'discountValue' | 'planIds'>;

/** A coupon in force for a subscription. */
export interface CouponRedemption extends CouponTerms {
  readonly id: string;
  readonly couponId: string;
  readonly code: string;
  /** Further periods it holds for; null for ever. */
  readonly periodsLeft: number | null;
  readonly redeemedAt: string;
}
