import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { CouponRepository } from '../../repositories/billing/coupon.repository.ts';
import type { PlanRepository } from '../../repositories/billing/plan.repository.ts';
import type { Coupon, CouponFilter, CouponRedemption, NewCoupon } from '../../types/billing/coupon.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TenantTxContext, TxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount, trimDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';

export interface CouponServiceDeps {
  readonly coupons: CouponRepository;
  readonly plans: Pick<PlanRepository, 'countExisting'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

export type CouponService = ReturnType<typeof createCouponService>;

export function createCouponService({ coupons, plans, tx, audit, clock }: CouponServiceDeps) {
  const now = (): string => clock.now().toISOString();

  const assertPlans = async (ctx: TxContext, planIds: readonly string[]): Promise<void> => {
    if (planIds.length === 0 || (await plans.countExisting(ctx, planIds)) === new Set(planIds).size) return;
    throw appError('VALIDATION_FAILED', { details: [{ path: 'body.planIds', message: 'There is no such plan' }] });
  };

  const redeemable = async (
    ctx: TenantTxContext,
    code: string,
    { planId, currency }: Pick<Subscription, 'planId' | 'currency'>,
    at: string,
  ): Promise<Coupon> => {
    const coupon = await coupons.findByCode(ctx, code.toUpperCase());
    if (coupon === null || coupon.archivedAt !== null) throw appError('COUPON_UNKNOWN');
    if (coupon.expiresAt !== null && coupon.expiresAt <= at) throw appError('COUPON_EXPIRED');
    if (coupon.planIds.length > 0 && !coupon.planIds.includes(planId)) throw appError('COUPON_NOT_FOR_PLAN');
    if (coupon.currency !== null && coupon.currency !== currency) {
      throw appError('CURRENCY_MISMATCH', { message: `This coupon takes off ${coupon.currency}.` });
    }
    return coupon;
  };

  return {
    list(ctx: Context<PlatformScope>, filter: CouponFilter): Promise<Page<Coupon>> {
      return coupons.list(ctx, filter);
    },

    /**
     * @param coupon its code in any case
     * @throws AppError COUPON_CODE_TAKEN, VALIDATION_FAILED for an amount the currency does not have, or an unknown plan
     */
    async create(ctx: Context<PlatformScope>, coupon: Omit<NewCoupon, 'id'>): Promise<Coupon> {
      const exact = { ...coupon, id: uuidv7(), code: coupon.code.toUpperCase(), discountValue: exactDiscount(coupon) };
      return tx.run(ctx, async (txCtx) => {
        await assertPlans(txCtx, exact.planIds);
        const created = await insertOnce(coupons, txCtx, exact, now());
        audit.record(txCtx, { resourceType: 'coupon', resourceId: created.id, after: auditedFields(created) });
        return created;
      });
    },

    /**
     * Deletes a coupon that nobody redeemed, and archives any other: who has it keeps it.
     * @throws AppError COUPON_NOT_FOUND
     */
    async remove(ctx: Context<PlatformScope>, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const coupon = await coupons.lock(txCtx, id);
        if (coupon === null || coupon.archivedAt !== null) throw appError('COUPON_NOT_FOUND');
        if (coupon.redemptions > 0) await coupons.markArchived(txCtx, id, now());
        else await coupons.delete(txCtx, id);
        audit.record(txCtx, { resourceType: 'coupon', resourceId: id, before: auditedFields(coupon) });
      });
    },

    /**
     * Takes a coupon for a subscription: it counts at once, and never more often than it may.
     * @param at when it begins
     * @returns the redemption, which is not written yet
     * @throws AppError COUPON_UNKNOWN, COUPON_EXPIRED, COUPON_USED_UP, COUPON_NOT_FOR_PLAN, CURRENCY_MISMATCH
     */
    async redeem(
      ctx: TenantTxContext,
      code: string,
      subscription: Pick<Subscription, 'planId' | 'currency'>,
      at: string,
    ): Promise<CouponRedemption> {
      const coupon = await redeemable(ctx, code, subscription, at);
      if (!(await coupons.addRedemption(ctx, coupon.id, at))) throw appError('COUPON_USED_UP');
      const { discountType, discountValue, planIds } = coupon;
      return {
        id: uuidv7(),
        couponId: coupon.id,
        code: coupon.code,
        discountType,
        discountValue,
        planIds,
        periodsLeft: periodsOf(coupon),
        redeemedAt: at,
      };
    },

    /**
     * Puts a redemption in force.
     * @throws AppError COUPON_ALREADY_APPLIED for a second coupon, and for one the subscription had before
     */
    async apply(ctx: TenantTxContext, subscriptionId: string, redemption: CouponRedemption): Promise<void> {
      try {
        await coupons.insertRedemption(ctx, subscriptionId, redemption);
      } catch (error) {
        if (violatedConstraint(error) === undefined) throw error;
        throw appError('COUPON_ALREADY_APPLIED', { cause: error });
      }
    },
  };
}

const periodsOf = ({ duration, durationPeriods }: Coupon): number | null => (duration === 'once' ? 1 : durationPeriods);

async function insertOnce(
  coupons: CouponRepository,
  ctx: TxContext<PlatformScope>,
  coupon: NewCoupon,
  now: string,
): Promise<Coupon> {
  try {
    return await coupons.insert(ctx, coupon, now);
  } catch (error) {
    if (violatedConstraint(error) === 'coupons_code_key') throw appError('COUPON_CODE_TAKEN', { cause: error });
    throw error;
  }
}

function exactDiscount({ discountValue, currency }: Pick<NewCoupon, 'discountValue' | 'currency'>): string {
  if (currency === null) return trimDecimal(discountValue);
  try {
    return formatAmount(discountValue, currency);
  } catch (error) {
    throw appError('VALIDATION_FAILED', {
      details: [{ path: 'body.discountValue', message: `Is no amount of ${currency}` }],
      cause: error,
    });
  }
}

const auditedFields = ({ id: _id, createdAt: _createdAt, ...fields }: Coupon) => fields;
