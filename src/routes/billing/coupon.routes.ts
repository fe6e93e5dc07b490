import type { CouponController } from '../../controllers/billing/coupon.controller.ts';
import { platform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { CouponResponse, CreateCouponRequest, ListCouponsQuery } from '../../validators/billing/coupon.schema.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';

export interface CouponRouteDeps {
  readonly coupons: CouponController;
}

const endpoint = endpointsFor<CouponRouteDeps>();
const tags = ['Coupons'] as const;

export const listCoupons = endpoint({
  method: 'get',
  path: '/api/revenue/coupons',
  operationId: 'listCoupons',
  summary: 'List coupons',
  tags,
  access: platform('plans:read'),
  query: ListCouponsQuery,
  success: { status: 200, page: CouponResponse },
  handler: ({ coupons }, { query, ctx }) => coupons.list(ctx, query),
});

export const createCoupon = endpoint({
  method: 'post',
  path: '/api/revenue/coupons',
  operationId: 'createCoupon',
  summary: 'Create a coupon',
  description:
    'A percentage, or an amount of one currency, off a subscription’s price for one billing period, for several, or for ever. A subscription has one coupon at a time.',
  tags,
  access: platform('plans:write'),
  body: CreateCouponRequest,
  success: { status: 201, schema: CouponResponse },
  errors: ['COUPON_CODE_TAKEN'],
  idempotent: true,
  audit: 'coupon.created',
  handler: ({ coupons }, { body, ctx }) => coupons.create(ctx, body),
});

export const deleteCoupon = endpoint({
  method: 'delete',
  path: '/api/revenue/coupons/:id',
  operationId: 'deleteCoupon',
  summary: 'Delete or archive a coupon',
  description: 'One that was redeemed is archived: nobody can redeem it again, and who has it keeps it.',
  tags,
  access: platform('plans:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['COUPON_NOT_FOUND'],
  audit: 'coupon.deleted',
  handler: ({ coupons }, { params, ctx }) => coupons.remove(ctx, params.id),
});

export const couponEndpoints = [listCoupons, createCoupon, deleteCoupon] as const;
