import { z } from 'zod';
import {
  currency,
  currencyInput,
  email,
  id,
  line,
  money,
  moneyInput,
  percentageInput,
  quantityInput,
  text,
  timestamp,
  timestampInput,
} from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

const MOST_ITEMS = 500;

export const InvoiceStatus = z
  .enum(['draft', 'open', 'paid', 'void', 'uncollectible'])
  .meta({ id: 'InvoiceStatus', example: 'open' });

const InvoiceItemInput = z
  .strictObject({
    description: line(500).meta({ example: 'Reading room, 40 seats, November' }),
    quantity: quantityInput(),
    unitPrice: moneyInput(),
    taxRate: percentageInput().default('0'),
  })
  .meta({ id: 'InvoiceItemInput' });

const DiscountInput = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('percentage'), value: percentageInput() }),
    z.strictObject({ type: z.literal('fixed'), value: moneyInput() }),
  ])
  .meta({ id: 'DiscountInput', example: { type: 'percentage', value: '10' } });

const CustomerInput = z
  .strictObject({
    name: line(200).meta({ example: 'Lakeside Study Rooms' }),
    email: email(),
    taxId: line(40).nullable().default(null).meta({ example: '29ABCDE1234F1Z5' }),
    addressLines: z
      .array(line(120))
      .max(6)
      .default([])
      .meta({ example: ['14 Lake Road', 'Bengaluru 560001', 'India'] }),
  })
  .meta({ id: 'CustomerInput' });

const draftFields = {
  currency: currencyInput().optional(),
  customer: CustomerInput.optional(),
  discount: DiscountInput.nullable(),
  notes: text(2000).nullable().meta({ example: 'Thank you for your business.' }),
  paymentTerms: z
    .number()
    .int()
    .min(0)
    .max(365)
    .meta({ example: 14, description: 'Days from finalization to the due date' }),
  items: z.array(InvoiceItemInput).min(1).max(MOST_ITEMS),
};

/** Without a currency or a customer the tenant's own are taken. */
export const CreateInvoiceRequest = z
  .strictObject({
    ...draftFields,
    discount: draftFields.discount.default(null),
    notes: draftFields.notes.default(null),
    paymentTerms: draftFields.paymentTerms.default(14),
  })
  .meta({ id: 'CreateInvoiceRequest' });

export const UpdateInvoiceRequest = z
  .strictObject({ ...draftFields, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdateInvoiceRequest' });

export const ListInvoicesQuery = pageQuery(['createdAt', 'dueAt', 'total', 'number'], {
  search: search().meta({ description: 'In number, customer name and customer e-mail' }),
  status: InvoiceStatus.optional(),
  createdFrom: timestampInput().optional(),
  createdTo: timestampInput().optional(),
});

const summary = {
  id: id(),
  tenantId: id(),
  number: z.string().nullable().meta({ example: 'INV-2627-000042' }),
  status: InvoiceStatus,
  currency: currency(),
  customerName: z.string().meta({ example: 'Lakeside Study Rooms' }),
  customerEmail: z.string().meta({ example: 'accounts@lakeside.example' }),
  subtotal: money(),
  discountTotal: money(),
  taxTotal: money(),
  total: money(),
  amountPaid: money(),
  amountDue: money(),
  issuedAt: timestamp().nullable(),
  dueAt: timestamp().nullable(),
  version: z.number().int().meta({ example: 1 }),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const InvoiceSummaryResponse = z.object(summary).meta({ id: 'InvoiceSummary' });

const InvoiceItemResponse = z
  .object({
    id: id(),
    description: z.string().meta({ example: 'Reading room, 40 seats, November' }),
    quantity: z.string().meta({ example: '2' }),
    unitPrice: z.string().meta({ example: '1499.00' }),
    taxRate: z.string().meta({ example: '18' }),
    amount: money(),
    discountAmount: money(),
    taxAmount: money(),
    total: money(),
  })
  .meta({ id: 'InvoiceItem' });

export const InvoiceResponse = z
  .object({
    ...summary,
    customerTaxId: z.string().nullable().meta({ example: '29ABCDE1234F1Z5' }),
    customerAddressLines: z.array(z.string()).meta({ example: ['14 Lake Road', 'Bengaluru 560001', 'India'] }),
    discount: z
      .object({ type: z.enum(['percentage', 'fixed']), value: z.string() })
      .nullable()
      .meta({ example: { type: 'percentage', value: '10' } }),
    notes: z.string().nullable().meta({ example: 'Thank you for your business.' }),
    paymentTerms: z.number().int().meta({ example: 14 }),
    items: z.array(InvoiceItemResponse),
  })
  .meta({ id: 'Invoice' });
