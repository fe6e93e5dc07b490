import { z } from 'zod';
import { currency, currencyInput, id, line, moneyInput, timestamp, timestampInput } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

/** A coupon's code: stored in upper case, taken in any. */
export const couponCode = () =>
  z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{1,39}$/, 'Must be 2 to 40 letters, digits, hyphens and underscores')
    .meta({ example: 'WELCOME20' });

const planIds = () => z.array(id()).max(50).meta({ description: 'The plans it is for; empty for all.', example: [] });

export const CouponDuration = z.enum(['once', 'repeating', 'forever']);
const DiscountType = z.enum(['percentage', 'fixed']);

export const CreateCouponRequest = z
  .strictObject({
    code: couponCode(),
    name: line(80).meta({ example: 'Welcome' }),
    discountType: DiscountType.meta({ example: 'percentage' }),
    discountValue: moneyInput().meta({
      description: 'Percent, or an amount of `currency` off each period.',
      example: '20',
    }),
    currency: currencyInput().nullable().default(null).meta({ description: 'Of a fixed discount.', example: null }),
    duration: CouponDuration.meta({ example: 'repeating' }),
    durationPeriods: z
      .number()
      .int()
      .min(1)
      .max(120)
      .nullable()
      .default(null)
      .meta({ description: 'How many billing periods a repeating one holds for.', example: 3 }),
    maxRedemptions: z.number().int().min(1).max(1_000_000_000).nullable().default(null).meta({ example: 100 }),
    planIds: planIds().default([]),
    expiresAt: timestampInput().nullable().default(null).meta({
      description: 'When it can be redeemed no longer. Who has it keeps it.',
      example: '2027-03-31T18:30:00.000Z',
    }),
  })
  .superRefine((coupon, check) => {
    const refuse = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    const value = Number(coupon.discountValue);
    if (!(value > 0)) refuse('discountValue', 'Must be more than 0');
    if (coupon.discountType === 'percentage' && value > 100) refuse('discountValue', 'Must be 100 or less');
    if ((coupon.discountType === 'fixed') !== (coupon.currency !== null)) {
      refuse('currency', 'Belongs to a fixed discount, and to no other');
    }
    if ((coupon.duration === 'repeating') !== (coupon.durationPeriods !== null)) {
      refuse('durationPeriods', 'Belongs to a repeating coupon, and to no other');
    }
  })
  .meta({ id: 'CreateCouponRequest' });

export const ListCouponsQuery = pageQuery(['createdAt'], {
  search: search(),
  status: z.enum(['active', 'archived']).optional(),
});

export const CouponResponse = z
  .object({
    id: id(),
    code: z.string().meta({ example: 'WELCOME20' }),
    name: z.string().meta({ example: 'Welcome' }),
    discountType: DiscountType,
    discountValue: z
      .string()
      .regex(/^\d+(\.\d+)?$/)
      .meta({ format: 'decimal', example: '20' }),
    currency: currency().nullable().meta({ example: null }),
    duration: CouponDuration,
    durationPeriods: z.number().int().nullable().meta({ example: 3 }),
    maxRedemptions: z.number().int().nullable().meta({ example: 100 }),
    redemptions: z.number().int().meta({ example: 17 }),
    planIds: planIds(),
    expiresAt: timestamp().nullable(),
    archivedAt: timestamp().nullable().meta({ example: null }),
    createdAt: timestamp(),
  })
  .meta({ id: 'Coupon' });
