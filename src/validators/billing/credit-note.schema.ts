import { z } from 'zod';
import { currency, id, line, money, moneyInput, timestamp } from '../common/fields.schema.ts';

const MOST_ITEMS = 500;

export const CreateCreditNoteRequest = z
  .strictObject({
    reason: line(500).meta({ example: 'The reading room was closed for a week.' }),
    items: z
      .array(
        z.strictObject({
          invoiceItemId: id(),
          amount: moneyInput()
            .optional()
            .meta({ description: 'After discount and before tax; all that is left of the line where absent' }),
        }),
      )
      .min(1)
      .max(MOST_ITEMS)
      .optional()
      .meta({ description: 'All that is left of the invoice where absent' }),
  })
  .meta({ id: 'CreateCreditNoteRequest' });

export const CreditNoteParams = z.strictObject({ id: id(), creditNoteId: id() });

/** What one tax comes to. */
export const TaxLineResponse = z
  .object({
    name: z.string().meta({ example: 'CGST' }),
    rate: z.string().meta({ example: '9' }),
    taxable: money(),
    amount: money(),
  })
  .meta({ id: 'TaxLine' });

export const CreditNoteResponse = z
  .object({
    id: id(),
    invoiceId: id(),
    number: z.string().meta({ example: 'CN-2627-000007' }),
    currency: currency(),
    reason: z.string().meta({ example: 'The reading room was closed for a week.' }),
    subtotal: money(),
    taxTotal: money(),
    roundingAmount: money(),
    total: money(),
    taxLines: z.array(TaxLineResponse),
    issuedAt: timestamp(),
    items: z.array(
      z.object({
        invoiceItemId: id(),
        description: z.string().meta({ example: 'Reading room, 40 seats, November' }),
        amount: money(),
        taxAmount: money(),
        total: money(),
      }),
    ),
  })
  .meta({ id: 'CreditNote' });

/** A payment of an invoice, within its answer. */
export const InvoicePaymentResponse = z
  .object({
    id: id(),
    status: z.enum(['pending', 'processing', 'requires_action', 'succeeded', 'failed', 'canceled']),
    gateway: z.string().meta({ example: 'stripe' }),
    method: z.string().meta({ example: 'card' }),
    currency: currency(),
    amount: money(),
    amountRefunded: money(),
    capturedAt: timestamp().nullable(),
    createdAt: timestamp(),
  })
  .meta({ id: 'InvoicePayment' });
