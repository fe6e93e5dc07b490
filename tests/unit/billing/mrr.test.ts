import { describe, expect, test } from '@jest/globals';
import { movementKind } from '../../../src/services/billing/mrr-log.ts';
import { monthlyRevenue } from '../../../src/services/billing/subscription-pricing.ts';
import type { CouponRedemption } from '../../../src/types/billing/coupon.ts';

const START = '2027-11-01T00:00:00.000Z';
const subscription = {
  planId: 'plan',
  status: 'active',
  billingCycle: 'monthly',
  unitPrice: '100.00',
  quantity: 1,
  currency: 'USD',
  currentPeriodStart: START,
} as const;

const coupon: CouponRedemption = {
  id: 'redemption',
  couponId: 'coupon',
  code: 'C',
  discountType: 'percentage',
  discountValue: '12.5',
  planIds: [],
  periodsLeft: null,
  redeemedAt: START,
};

describe('what a subscription comes to in a month', () => {
  test.each([
    ['monthly', {}, null, '100.0000'],
    ['three of it', { quantity: 3 }, null, '300.0000'],
    ['a year', { billingCycle: 'annual' }, null, '8.3333'],
    ['a year that ends in a half', { billingCycle: 'annual', unitPrice: '0.0006' }, null, '0.0000'],
    ['seven years of it', { billingCycle: 'annual', quantity: 7 }, null, '58.3333'],
    ['in trial', { status: 'trialing' }, null, '0.0000'],
    ['past due', { status: 'past_due' }, null, '100.0000'],
    ['paused', { status: 'paused' }, null, '100.0000'],
    ['canceled', { status: 'canceled' }, null, '0.0000'],
    ['less a percentage', {}, coupon, '87.5000'],
    ['less an amount', {}, { ...coupon, discountType: 'fixed', discountValue: '30' }, '70.0000'],
    ['less more than there is', {}, { ...coupon, discountType: 'fixed', discountValue: '300' }, '0.0000'],
    ['a coupon of another plan', {}, { ...coupon, planIds: ['another'] }, '100.0000'],
    ['a coupon of its plan', {}, { ...coupon, planIds: ['another', 'plan'] }, '87.5000'],
    ['a coupon that begins later', {}, { ...coupon, redeemedAt: '2027-11-01T00:00:00.001Z' }, '100.0000'],
    [
      'in a currency without decimals',
      { currency: 'JPY', unitPrice: '1999', billingCycle: 'annual' },
      null,
      '166.5833',
    ],
  ] as const)('%s', (_what, fields, redemption, expected) => {
    expect(monthlyRevenue({ ...subscription, ...fields }, redemption)).toBe(expected);
  });
});

describe('a movement is', () => {
  const never = { mrr: '0', returns: false, hasMoved: false };
  const paying = { mrr: '10.0000', returns: false, hasMoved: true };
  test.each([
    ['new the first time', never, '10.0000', false, 'new'],
    ['a reactivation for who paid before', { ...never, returns: true }, '10.0000', false, 'reactivation'],
    ['an expansion', paying, '10.0001', false, 'expansion'],
    ['a contraction', paying, '9.9999', false, 'contraction'],
    ['a contraction when it goes on for nothing', paying, '0.0000', false, 'contraction'],
    ['an expansion after that', { ...paying, mrr: '0.0000' }, '5.0000', false, 'expansion'],
    ['churn at the end', paying, '0.0000', true, 'churn'],
    ['none where nothing moves', paying, '10', false, null],
    ['none for the end of a trial that was never paid', never, '0.0000', true, null],
  ] as const)('%s', (_what, past, next, hasEnded, kind) => {
    expect(movementKind(past, next, { hasEnded })).toBe(kind);
  });
});
