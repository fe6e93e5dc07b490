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
  region,
  text,
  timestamp,
  timestampInput,
} from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';
import { CreditNoteResponse, InvoicePaymentResponse, TaxLineResponse } from './credit-note.schema.ts';

const MOST_ITEMS = 500;

export const InvoiceStatus = z
  .enum(['draft', 'open', 'paid', 'void', 'uncollectible'])
  .meta({ id: 'InvoiceStatus', example: 'open' });

/** What a filter may ask for besides: open invoices that are past their due date. */
const InvoiceFilterStatus = z.enum([...InvoiceStatus.options, 'overdue']).meta({ example: 'overdue' });

export const InvoiceItemKind = z
  .enum(['one_off', 'subscription', 'proration_credit', 'proration_charge', 'usage', 'credits'])
  .meta({ id: 'InvoiceItemKind', example: 'one_off' });

export const BillingReason = z
  .enum([
    'manual',
    'subscription_create',
    'subscription_cycle',
    'subscription_update',
    'subscription_cancel',
    'credit_purchase',
  ])
  .meta({ id: 'BillingReason', example: 'manual' });

export const TaxBehavior = z.enum(['exclusive', 'inclusive']).meta({ id: 'TaxBehavior', example: 'exclusive' });
export const TaxRounding = z.enum(['total', 'line']).meta({ id: 'TaxRounding', example: 'total' });

const isPeriod = ({ periodStart, periodEnd }: { periodStart?: string | null; periodEnd?: string | null }): boolean =>
  typeof periodStart !== 'string' || typeof periodEnd !== 'string' || Date.parse(periodStart) < Date.parse(periodEnd);
const PERIOD_ENDS_FIRST = { error: 'Must be after periodStart', path: ['periodEnd'] };

const InvoiceItemInput = z
  .strictObject({
    description: line(500).meta({ example: 'Reading room, 40 seats, November' }),
    quantity: quantityInput(),
    unitPrice: moneyInput(),
    taxRate: percentageInput()
      .optional()
      .meta({ description: 'Percent; without it and taxRateId the default tax of the customer’s country' }),
    taxRateId: id().optional(),
    productCode: line(20).nullable().default(null).meta({ example: '997212', description: 'HSN or SAC code' }),
    periodStart: timestampInput().nullable().default(null),
    periodEnd: timestampInput().nullable().default(null).meta({ description: 'Exclusive' }),
  })
  .refine(({ taxRate, taxRateId }) => taxRate === undefined || taxRateId === undefined, {
    error: 'Must not be given together with taxRate',
    path: ['taxRateId'],
  })
  .refine(isPeriod, PERIOD_ENDS_FIRST)
  .meta({
    id: 'InvoiceItemInput',
    example: {
      description: 'Reading room, 40 seats, November',
      quantity: '2',
      unitPrice: '1499.00',
      taxRate: '18',
      productCode: '997212',
      periodStart: '2026-11-01T00:00:00.000Z',
      periodEnd: '2026-12-01T00:00:00.000Z',
    },
  });

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
  periodStart: timestampInput().nullable(),
  periodEnd: timestampInput().nullable().meta({ description: 'Exclusive' }),
  placeOfSupply: region().nullable().meta({ description: 'Whose tax it is; the tenant’s region where absent' }),
  taxBehavior: TaxBehavior.optional().meta({
    description: 'Whether prices include tax; as the country’s tax has it where absent',
  }),
  taxRounding: TaxRounding.optional().meta({
    description: 'Whether tax is rounded once a rate or in each line; as the country’s tax has it where absent',
  }),
  finalizesAt: timestampInput()
    .nullable()
    .meta({ description: 'When the draft is finalized and sent by itself; null for never' }),
  items: z.array(InvoiceItemInput).min(1).max(MOST_ITEMS),
};

/** Without a currency or a customer the tenant's own are taken. */
export const CreateInvoiceRequest = z
  .strictObject({
    ...draftFields,
    discount: draftFields.discount.default(null),
    notes: draftFields.notes.default(null),
    paymentTerms: draftFields.paymentTerms.default(14),
    periodStart: draftFields.periodStart.default(null),
    periodEnd: draftFields.periodEnd.default(null),
    placeOfSupply: draftFields.placeOfSupply.default(null),
    finalizesAt: draftFields.finalizesAt.default(null),
  })
  .meta({ id: 'CreateInvoiceRequest' });

export const UpdateInvoiceRequest = z
  .strictObject({ ...draftFields, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdateInvoiceRequest' });

export const ListInvoicesQuery = pageQuery(['createdAt', 'dueAt', 'total', 'number'], {
  search: search().meta({ description: 'In number, customer name and customer e-mail' }),
  status: InvoiceFilterStatus.optional(),
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
  roundingAmount: money().meta({ description: 'What rounding the whole adds or takes' }),
  total: money(),
  amountPaid: money(),
  amountCredited: money().meta({ description: 'What credit notes took off' }),
  amountDue: money(),
  subscriptionId: id().nullable(),
  billingReason: BillingReason,
  issuedAt: timestamp().nullable(),
  dueAt: timestamp().nullable(),
  paidAt: timestamp().nullable(),
  version: z.number().int().meta({ example: 1 }),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const InvoiceSummaryResponse = z.object(summary).meta({ id: 'InvoiceSummary' });

const InvoiceItemResponse = z
  .object({
    id: id(),
    kind: InvoiceItemKind,
    description: z.string().meta({ example: 'Reading room, 40 seats, November' }),
    productCode: z.string().nullable().meta({ example: '997212' }),
    periodStart: timestamp().nullable(),
    periodEnd: timestamp().nullable(),
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
    couponId: id().nullable(),
    periodStart: timestamp().nullable(),
    periodEnd: timestamp().nullable(),
    taxBehavior: TaxBehavior,
    taxRounding: TaxRounding,
    placeOfSupply: z.string().nullable().meta({ example: 'IN-KA' }),
    taxLines: z.array(TaxLineResponse),
    notes: z.string().nullable().meta({ example: 'Thank you for your business.' }),
    paymentTerms: z.number().int().meta({ example: 14 }),
    voidedAt: timestamp().nullable(),
    writtenOffAt: timestamp().nullable(),
    finalizesAt: timestamp().nullable(),
    items: z.array(InvoiceItemResponse),
    creditNotes: z.array(CreditNoteResponse),
    payments: z.array(InvoicePaymentResponse),
  })
  .meta({ id: 'Invoice' });
