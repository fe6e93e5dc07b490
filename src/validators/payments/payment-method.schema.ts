import { z } from 'zod';
import { id, line, timestamp } from '../common/fields.schema.ts';
import { pageQuery } from '../common/page.schema.ts';

const label = () => line(80).nullable().meta({ example: 'Card of the office' });

export const ListPaymentMethodsQuery = pageQuery(['createdAt'], {});

export const CreatePaymentMethodRequest = z
  .strictObject({
    token: z
      .string()
      .regex(/^[A-Za-z0-9_]{4,255}$/, "Must be a token of the gateway's page")
      .meta({
        description: "What the gateway's own page gives; never the number of a card.",
        example: 'pm_1Q2w3E4r5T',
      }),
    label: label().default(null),
    isDefault: z
      .boolean()
      .optional()
      .meta({ description: 'Where it is absent, the first one is the default.', example: true }),
  })
  .meta({ id: 'CreatePaymentMethodRequest' });

export const UpdatePaymentMethodRequest = z
  .strictObject({ label: label(), isDefault: z.boolean().meta({ example: true }) })
  .partial()
  .meta({ id: 'UpdatePaymentMethodRequest' });

export const PaymentMethodResponse = z
  .object({
    id: id(),
    tenantId: id(),
    gateway: z.enum(['stripe', 'sandbox']).meta({ example: 'stripe' }),
    kind: z.enum(['card', 'upi', 'bank_transfer', 'wallet']).meta({ example: 'card' }),
    label: z.string().nullable().meta({ example: 'Card of the office' }),
    brand: z.string().nullable().meta({ example: 'visa' }),
    lastFour: z.string().nullable().meta({ example: '4242' }),
    expiryMonth: z.number().int().nullable().meta({ example: 12 }),
    expiryYear: z.number().int().nullable().meta({ example: 2030 }),
    country: z
      .string()
      .nullable()
      .meta({ description: 'Where it was issued: cards of India are not charged again by themselves.', example: 'IN' }),
    isDefault: z.boolean().meta({ example: true }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'PaymentMethod' });
