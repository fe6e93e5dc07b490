import { z } from 'zod';
import { country, id, line, percentageInput, region, timestamp } from '../common/fields.schema.ts';
import { pageQuery } from '../common/page.schema.ts';
import { TaxBehavior, TaxRounding } from './invoice.schema.ts';

const TaxKind = z.enum(['gst', 'vat', 'sales_tax']).meta({ id: 'TaxKind', example: 'gst' });

/** A multiple that totals are rounded to: a positive decimal string with up to four decimals. */
const roundTotalTo = () =>
  z
    .string()
    .regex(/^\d{1,6}(\.\d{1,4})?$/, 'Must be a decimal string such as "1"')
    .refine((value) => Number(value) > 0, 'Must be more than 0')
    .meta({ example: '1', description: 'A multiple that totals are rounded to; null for the smallest unit' });

const fields = {
  name: line(80).meta({ example: 'GST 18 %' }),
  kind: TaxKind,
  country: country(),
  region: region().nullable().meta({ description: 'Null for the whole country' }),
  percentage: percentageInput(),
  behavior: TaxBehavior,
  rounding: TaxRounding,
  roundTotalTo: roundTotalTo().nullable(),
  active: z.boolean().meta({ description: 'Whether it is charged' }),
};

export const CreateTaxRateRequest = z
  .strictObject({
    ...fields,
    region: fields.region.default(null),
    behavior: fields.behavior.default('exclusive'),
    rounding: fields.rounding.default('total'),
    roundTotalTo: fields.roundTotalTo.default(null),
    active: fields.active.default(true),
  })
  .meta({ id: 'CreateTaxRateRequest' });

export const UpdateTaxRateRequest = z
  .strictObject({ ...fields, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdateTaxRateRequest' });

export const ListTaxRatesQuery = pageQuery(['createdAt'], {
  country: country().optional(),
  active: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional()
    .meta({ description: 'Whether it is charged', example: 'true' }),
});

export const TaxRateResponse = z
  .object({
    id: id(),
    name: z.string().meta({ example: 'GST 18 %' }),
    kind: TaxKind,
    country: country(),
    region: region().nullable(),
    percentage: z.string().meta({ example: '18' }),
    behavior: TaxBehavior,
    rounding: TaxRounding,
    roundTotalTo: z.string().nullable().meta({ example: '1' }),
    active: z.boolean(),
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'TaxRate' });
