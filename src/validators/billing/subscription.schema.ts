import { z } from 'zod';
import {
  currency,
  currencyInput,
  id,
  metadata,
  money,
  text,
  timestamp,
  timestampInput,
} from '../common/fields.schema.ts';
import { pageQuery, sliceQuery } from '../common/page.schema.ts';
import { couponCode } from './coupon.schema.ts';

export const SubscriptionStatus = z.enum(['trialing', 'active', 'past_due', 'paused', 'canceled']);
const BillingCycle = z.enum(['monthly', 'annual']);

const quantity = () => z.number().int().min(1).max(1_000_000).meta({ example: 5 });
const version = () => z.number().int().min(1).meta({ example: 1 });

export const CreateSubscriptionRequest = z
  .strictObject({
    planId: id(),
    billingCycle: BillingCycle.default('monthly'),
    quantity: quantity().default(1),
    currency: currencyInput().optional().meta({
      description: 'What you expect the plan to be paid in; it is refused where that is not so.',
      example: 'INR',
    }),
    couponCode: couponCode().optional(),
    paymentMethodId: id().nullable().default(null),
    metadata: metadata().default({}),
  })
  .meta({ id: 'CreateSubscriptionRequest' });

export const UpdateSubscriptionRequest = z
  .strictObject({
    quantity: quantity(),
    billingCycle: BillingCycle,
    couponCode: couponCode().meta({ description: 'Takes off from the next period on.' }),
    paymentMethodId: id().nullable(),
    metadata: metadata(),
    version: version(),
  })
  .partial()
  .meta({ id: 'UpdateSubscriptionRequest' });

export const ChangeSubscriptionRequest = z
  .strictObject({
    planId: id().optional(),
    billingCycle: BillingCycle.optional(),
    quantity: quantity().optional(),
    atPeriodEnd: z
      .boolean()
      .optional()
      .meta({ description: 'Waits for the end of the period, whatever the plan says.', example: false }),
  })
  .refine(({ planId, billingCycle, quantity: units }) => (planId ?? billingCycle ?? units) !== undefined, {
    error: 'Say what to change: planId, billingCycle or quantity',
  })
  .meta({ id: 'ChangeSubscriptionRequest' });

export const CancelSubscriptionRequest = z
  .strictObject({
    when: z.enum(['now', 'period_end']).default('period_end'),
    reason: text(500).nullable().default(null).meta({ example: 'The branch has closed.' }),
  })
  .meta({ id: 'CancelSubscriptionRequest' });

export const PauseSubscriptionRequest = z
  .strictObject({
    resumesAt: timestampInput()
      .nullable()
      .default(null)
      .meta({ description: 'When it goes on by itself.', example: '2027-01-10T00:00:00.000Z' }),
  })
  .meta({ id: 'PauseSubscriptionRequest' });

export const ListSubscriptionsQuery = pageQuery(['createdAt'], {
  status: SubscriptionStatus.optional(),
});

export const ListSubscriptionChangesQuery = sliceQuery({});
export const ListSubscriptionInvoicesQuery = pageQuery(['createdAt', 'dueAt', 'total', 'number'], {});

const nullableTime = () => timestamp().nullable().meta({ example: null });

export const SubscriptionResponse = z
  .object({
    id: id(),
    tenantId: id(),
    planId: id(),
    status: SubscriptionStatus.meta({ example: 'active' }),
    billingCycle: BillingCycle.meta({ example: 'monthly' }),
    quantity: z.number().int().meta({ example: 5 }),
    currency: currency(),
    unitPrice: money().meta({ description: 'Of one unit in the present period.', example: '1499.00' }),
    trialEndsAt: nullableTime(),
    currentPeriodStart: timestamp(),
    currentPeriodEnd: timestamp().meta({ description: 'Exclusive.', example: '2026-12-20T09:30:00.000Z' }),
    cancelAtPeriodEnd: z.boolean().meta({ example: false }),
    canceledAt: nullableTime(),
    cancelReason: z.string().nullable().meta({ example: null }),
    endedAt: nullableTime(),
    pausedAt: nullableTime(),
    resumesAt: nullableTime(),
    pastDueAt: nullableTime(),
    pending: z
      .object({ planId: id(), billingCycle: BillingCycle, quantity: z.number().int().meta({ example: 3 }) })
      .nullable()
      .meta({ description: 'What it changes to at the end of the period.', example: null }),
    paymentMethodId: id().nullable().meta({ example: null }),
    metadata: metadata(),
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'Subscription' });

const lineFields = {
  kind: z
    .enum(['one_off', 'subscription', 'proration_credit', 'proration_charge', 'usage', 'credits'])
    .meta({ example: 'proration_charge' }),
  description: z.string().meta({ example: 'Remaining time on Growth, monthly × 5' }),
  quantity: z.string().meta({ example: '1' }),
  unitPrice: money().meta({ example: '19.33' }),
  periodStart: timestamp().nullable(),
  periodEnd: timestamp().nullable(),
};

const ChangeInvoice = z
  .object({
    lines: z.array(
      z.object({
        ...lineFields,
        amount: money().meta({ example: '19.33' }),
        taxRate: z.string().meta({ example: '18' }),
        taxAmount: money().meta({ example: '3.48' }),
        total: money().meta({ example: '22.81' }),
      }),
    ),
    subtotal: money(),
    discountTotal: money(),
    taxTotal: money(),
    roundingAmount: money(),
    total: money(),
  })
  .meta({ id: 'SubscriptionChangeInvoice' });

const previewFields = {
  policy: z.enum(['prorate', 'full_price', 'next_period', 'trial', 'withdrawn']).meta({
    description:
      'What happens: `prorate` bills the difference, `full_price` begins a period, `next_period` waits for its end, `trial` bills nothing yet, `withdrawn` takes back what was ordered for the next period.',
    example: 'prorate',
  }),
  effectiveAt: timestamp(),
  currency: currency(),
  terms: z.object({
    planId: id(),
    billingCycle: BillingCycle.meta({ example: 'monthly' }),
    quantity: z.number().int().meta({ example: 5 }),
    unitPrice: money(),
    currentPeriodEnd: timestamp(),
  }),
  lines: z
    .array(z.object(lineFields))
    .meta({ description: 'How the difference comes about, also where no invoice follows from it.' }),
  invoice: ChangeInvoice.nullable().meta({
    description: 'What is invoiced at once, with what was waiting; null for nothing.',
  }),
  waiting: z.array(z.object({ description: z.string(), amount: money().meta({ example: '-14.50' }) })).meta({
    description: 'What is left for the next invoice.',
    example: [{ description: 'Unused time on Growth, monthly × 5', amount: '-14.50' }],
  }),
};

export const ChangePreviewResponse = z.object(previewFields).meta({ id: 'SubscriptionChangePreview' });

export const ChangeResponse = z
  .object({ ...previewFields, invoiceId: id().nullable(), subscription: SubscriptionResponse })
  .meta({ id: 'SubscriptionChangeResult' });

const changedFields = () => z.record(z.string(), z.unknown()).nullable();

export const SubscriptionChangeResponse = z
  .object({
    id: id(),
    kind: z
      .enum([
        'created',
        'trial_ended',
        'plan_changed',
        'quantity_changed',
        'change_scheduled',
        'paused',
        'resumed',
        'cancel_scheduled',
        'canceled',
        'cancel_revoked',
        'renewed',
        'past_due',
        'recovered',
      ])
      .meta({ example: 'quantity_changed' }),
    before: changedFields().meta({ description: 'What differs, as it was.', example: { quantity: 3 } }),
    after: changedFields().meta({ description: 'What differs, as it is since.', example: { quantity: 5 } }),
    effectiveAt: timestamp(),
    invoiceId: id().nullable(),
    changedBy: id().nullable(),
    changedByName: z.string().meta({ example: 'Asha Rao' }),
    createdAt: timestamp(),
  })
  .meta({ id: 'SubscriptionChange' });

/** As the shared cache holds it. */
export const CachedEntitlement = z.object({ planId: z.string().nullable() });
