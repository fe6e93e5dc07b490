import { z } from 'zod';
import { currency, currencyInput, id, line, money, moneyInput, text, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

const code = () =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{1,39}$/, 'Must be 2 to 40 lower-case letters, digits and hyphens')
    .meta({ example: 'growth' });

const features = () =>
  z
    .array(line(120))
    .max(50)
    .meta({ example: ['Unlimited seats', 'Priority support'] });

const limits = () =>
  z
    .record(z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/), z.number().int().min(0).max(1_000_000_000))
    .refine((value) => Object.keys(value).length <= 50, 'At most 50 limits')
    .meta({ example: { users: 500, libraries: 10 } });

const changePolicy = () => z.enum(['prorate', 'next_period', 'full_price']);

const usagePrices = () =>
  z
    .record(z.string().regex(/^[a-z][a-zA-Z0-9]{0,39}$/), moneyInput())
    .refine((value) => Object.keys(value).length <= 50, 'At most 50 prices')
    .meta({
      description:
        'What a unit above the limit of a metric costs. A metric without a price is limited, and not billed.',
      example: { messages: '0.25' },
    });

const fields = {
  name: line(80).meta({ example: 'Growth' }),
  description: text(500).nullable().meta({ example: 'For libraries with more than one branch.' }),
  monthlyPrice: moneyInput(),
  annualPrice: moneyInput(),
  trialDays: z.number().int().min(0).max(365).meta({ example: 14 }),
  upgradePolicy: changePolicy().meta({
    description:
      'What a change to a dearer plan does: `prorate` bills the difference for the rest of the period, `next_period` waits for its end, `full_price` begins a period anew.',
    example: 'prorate',
  }),
  downgradePolicy: changePolicy().meta({
    description:
      'As `upgradePolicy`, for a cheaper plan. With `prorate` a subscription that is canceled at once is credited what is unused.',
    example: 'next_period',
  }),
  prorationUnit: z.enum(['second', 'day']).meta({ example: 'second' }),
  taxRateId: id()
    .nullable()
    .meta({ description: 'Null leaves the tax to the country of the customer.', example: null }),
  features: features(),
  limits: limits(),
  usagePrices: usagePrices(),
};

export const PlanStatus = z.enum(['active', 'archived']);

export const CreatePlanRequest = z
  .strictObject({
    ...fields,
    code: code(),
    currency: currencyInput(),
    description: fields.description.default(null),
    trialDays: fields.trialDays.default(0),
    upgradePolicy: fields.upgradePolicy.default('prorate'),
    downgradePolicy: fields.downgradePolicy.default('next_period'),
    prorationUnit: fields.prorationUnit.default('second'),
    taxRateId: fields.taxRateId.default(null),
    features: fields.features.default([]),
    limits: fields.limits.default({}),
    usagePrices: fields.usagePrices.default({}),
  })
  .meta({ id: 'CreatePlanRequest' });

/** Code and currency are for good: running subscriptions and reports refer to them. */
export const UpdatePlanRequest = z
  .strictObject({ ...fields, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdatePlanRequest' });

export const ListPlansQuery = pageQuery(['createdAt', 'name', 'monthlyPrice'], {
  search: search(),
  status: PlanStatus.optional(),
});

export const PlanResponse = z
  .object({
    id: id(),
    code: code(),
    name: z.string().meta({ example: 'Growth' }),
    description: z.string().nullable().meta({ example: 'For libraries with more than one branch.' }),
    currency: currency(),
    monthlyPrice: money(),
    annualPrice: money(),
    trialDays: z.number().int().meta({ example: 14 }),
    upgradePolicy: changePolicy().meta({ example: 'prorate' }),
    downgradePolicy: changePolicy().meta({ example: 'next_period' }),
    prorationUnit: z.enum(['second', 'day']).meta({ example: 'second' }),
    taxRateId: id().nullable().meta({ example: null }),
    features: z.array(z.string()).meta({ example: ['Unlimited seats', 'Priority support'] }),
    limits: z.record(z.string(), z.number()).meta({ example: { users: 500, libraries: 10 } }),
    usagePrices: z.record(z.string(), money()).meta({ example: { messages: '0.25' } }),
    status: PlanStatus,
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'Plan' });
