import type { z } from 'zod';
import type { CouponService } from '../../services/billing/coupon.service.ts';
import type { Coupon } from '../../types/billing/coupon.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { CouponResponse, CreateCouponRequest, ListCouponsQuery } from '../../validators/billing/coupon.schema.ts';

type CouponAnswer = z.input<typeof CouponResponse>;

export type CouponController = ReturnType<typeof createCouponController>;

export function createCouponController({ coupons }: { readonly coupons: CouponService }) {
  return {
    async list(ctx: Context<PlatformScope>, query: z.output<typeof ListCouponsQuery>): Promise<Page<CouponAnswer>> {
      const page = await coupons.list(ctx, query);
      return { ...page, items: page.items.map(toAnswer) };
    },

    async create(ctx: Context<PlatformScope>, body: z.output<typeof CreateCouponRequest>): Promise<CouponAnswer> {
      return toAnswer(await coupons.create(ctx, body));
    },

    async remove(ctx: Context<PlatformScope>, id: string): Promise<undefined> {
      await coupons.remove(ctx, id);
    },
  };
}

const toAnswer = (coupon: Coupon): CouponAnswer => ({ ...coupon, planIds: [...coupon.planIds] });
