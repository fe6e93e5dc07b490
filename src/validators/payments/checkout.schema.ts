import { z } from 'zod';
import { currency, currencyInput, email, id, line, money, moneyInput, timestamp } from '../common/fields.schema.ts';

const address = (example: string) =>
  z
    .url({ protocol: /^https?$/ })
    .max(1000)
    .meta({ example });

/** What a collection has and an invoice brings along. */
const COLLECTION_FIELDS = ['amount', 'currency', 'description'] as const;

export const CreateCheckoutRequest = z
  .strictObject({
    invoiceId: id()
      .optional()
      .meta({ description: 'Pays what is due of it. Without it, amount and description are needed.' }),
    amount: moneyInput().optional().meta({ description: 'Collected for the tenant.' }),
    currency: currencyInput()
      .optional()
      .meta({ description: "The tenant's own; no other one is taken.", example: 'INR' }),
    description: line(200).optional().meta({ example: 'Membership, November' }),
    payerName: line(120).nullable().default(null).meta({ example: 'Asha Rao' }),
    payerEmail: email().nullable().default(null),
    successUrl: address('https://app.rowhouse.example/paid').meta({
      description: 'https, on an origin of the installation.',
    }),
    cancelUrl: address('https://app.rowhouse.example/cart'),
    expiresInMinutes: z
      .number()
      .int()
      .min(35)
      .max(1440)
      .default(60)
      .meta({ description: 'Gateways take no less than half an hour.', example: 60 }),
  })
  .superRefine((value, context) => {
    const given = COLLECTION_FIELDS.filter((name) => value[name] !== undefined);
    const needed = value.invoiceId === undefined ? (['amount', 'description'] as const) : [];
    for (const name of needed.filter((field) => value[field] === undefined))
      context.addIssue({ code: 'custom', path: [name], message: 'Needed where no invoice is named' });
    for (const name of value.invoiceId === undefined ? [] : given)
      context.addIssue({ code: 'custom', path: [name], message: 'The invoice says it' });
  })
  .meta({
    id: 'CreateCheckoutRequest',
    example: {
      amount: '1499.00',
      currency: 'INR',
      description: 'Membership, November',
      payerName: 'Asha Rao',
      payerEmail: 'asha@lakeside.example',
      successUrl: 'https://app.rowhouse.example/paid',
      cancelUrl: 'https://app.rowhouse.example/cart',
      expiresInMinutes: 60,
    },
  });

export const CheckoutResponse = z
  .object({
    id: id(),
    tenantId: id(),
    paymentId: id().meta({ description: 'Its state tells whether somebody paid.' }),
    invoiceId: id().nullable(),
    purpose: z.enum(['invoice', 'collection']).meta({ example: 'collection' }),
    gateway: z.enum(['stripe', 'sandbox', 'external']).meta({ example: 'stripe' }),
    status: z.enum(['open', 'complete', 'expired']).meta({ example: 'open' }),
    currency: currency(),
    amount: money(),
    description: z.string().nullable().meta({ example: 'Membership, November' }),
    url: z
      .string()
      .meta({ description: 'Send the payer there.', example: 'https://checkout.stripe.com/c/pay/cs_1Q2w3E' }),
    expiresAt: timestamp(),
    createdAt: timestamp(),
  })
  .meta({ id: 'Checkout' });
