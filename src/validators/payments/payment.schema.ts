import { z } from 'zod';
import {
  currency,
  currencyInput,
  id,
  line,
  money,
  moneyInput,
  timestamp,
  timestampInput,
} from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

export const PaymentStatusField = z
  .enum(['pending', 'processing', 'requires_action', 'succeeded', 'failed', 'canceled'])
  .meta({ id: 'PaymentStatus', example: 'succeeded' });

export const PaymentMethodKindField = z
  .enum(['card', 'upi', 'bank_transfer', 'wallet', 'cash', 'cheque'])
  .meta({ id: 'PaymentMethodKind', example: 'card' });

const purpose = () =>
  z
    .enum(['invoice', 'collection'])
    .meta({ description: 'Paid to the operator, or collected for the tenant.', example: 'invoice' });

const createdRange = { createdFrom: timestampInput().optional(), createdTo: timestampInput().optional() };
const searched = () =>
  search().meta({
    description: "In the gateway's id or the reference, name and e-mail of the payer, and description.",
  });

export const ListPaymentsQuery = pageQuery(['createdAt'], {
  search: searched(),
  status: PaymentStatusField.optional(),
  purpose: purpose().optional(),
  method: PaymentMethodKindField.optional(),
  ...createdRange,
});

export const ListFailedPaymentsQuery = pageQuery(['createdAt'], {
  search: searched(),
  purpose: purpose().optional(),
  method: PaymentMethodKindField.optional(),
  ...createdRange,
});

const RefundStatusField = z.enum(['pending', 'succeeded', 'failed']).meta({ id: 'RefundStatus', example: 'succeeded' });

export const ListRefundsQuery = pageQuery(['createdAt'], {
  status: RefundStatusField.optional(),
  paymentId: id().optional(),
  ...createdRange,
});

const failureClass = () =>
  z
    .enum(['soft', 'hard', 'authentication', 'gateway'])
    .nullable()
    .meta({ description: 'What can be done about it: a hard decline comes again.', example: 'soft' });

const payment = {
  id: id(),
  tenantId: id(),
  purpose: purpose(),
  invoiceId: id().nullable(),
  paymentMethodId: id().nullable(),
  gateway: z.enum(['stripe', 'sandbox', 'external']).meta({ example: 'stripe' }),
  gatewayPaymentId: z
    .string()
    .nullable()
    .meta({ description: "The gateway's id of it, or the reference of what was paid outside.", example: 'pi_3PqX2e' }),
  method: PaymentMethodKindField,
  status: PaymentStatusField,
  currency: currency(),
  amount: money(),
  amountRefunded: money().meta({ description: 'Refunds that succeeded or may still.' }),
  gatewayFee: money(),
  platformFee: money(),
  netAmount: money(),
  payerName: z.string().nullable().meta({ example: 'Asha Rao' }),
  payerEmail: z.string().nullable().meta({ example: 'asha@lakeside.example' }),
  description: z.string().nullable().meta({ example: 'Invoice INV-2627-000042' }),
  failureCode: z.string().nullable().meta({ example: 'insufficient_funds' }),
  failureMessage: z.string().nullable().meta({ example: 'The card has insufficient funds.' }),
  failureClass: failureClass(),
  retryOfId: id().nullable(),
  capturedAt: timestamp().nullable(),
  failedAt: timestamp().nullable(),
  availableAt: timestamp().nullable().meta({ description: 'A collection can be paid out from then on.' }),
  settlementId: id().nullable(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const PaymentResponse = z.object(payment).meta({ id: 'Payment' });

export const RefundResponse = z
  .object({
    id: id(),
    tenantId: id(),
    paymentId: id(),
    gatewayRefundId: z.string().nullable().meta({ example: 're_3PqX2e' }),
    currency: currency(),
    amount: money(),
    reason: z.string().nullable().meta({ example: 'Closed for repairs' }),
    status: RefundStatusField,
    failureCode: z.string().nullable().meta({ example: null }),
    settlementId: id().nullable(),
    createdBy: id().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp(),
    succeededAt: timestamp().nullable(),
  })
  .meta({ id: 'Refund' });

const DisputeResponse = z
  .object({
    id: id(),
    gatewayDisputeId: z.string().meta({ example: 'dp_3PqX2e' }),
    currency: currency(),
    amount: money(),
    fee: money(),
    reason: z.string().nullable().meta({ example: 'fraudulent' }),
    status: z.enum(['open', 'won', 'lost']).meta({ example: 'open' }),
    openedAt: timestamp(),
    closedAt: timestamp().nullable(),
  })
  .meta({ id: 'Dispute' });

const PaymentAttemptResponse = z
  .object({
    position: z.number().int().meta({ example: 1 }),
    operation: z.enum(['charge', 'retrieve', 'refund', 'checkout', 'event']).meta({ example: 'charge' }),
    outcome: z.enum(['succeeded', 'failed', 'pending', 'unknown']).meta({ example: 'succeeded' }),
    response: z.record(z.string(), z.unknown()).meta({ example: { status: 'succeeded' } }),
    createdAt: timestamp(),
  })
  .meta({ id: 'PaymentAttempt' });

export const PaymentDetailsResponse = z
  .object({
    ...payment,
    attempts: z.array(PaymentAttemptResponse),
    refunds: z.array(RefundResponse),
    disputes: z.array(DisputeResponse),
  })
  .meta({ id: 'PaymentDetails' });

export const CreateRefundRequest = z
  .strictObject({
    paymentId: id(),
    amount: moneyInput().optional().meta({ description: 'All that is left where none is named.' }),
    currency: currencyInput().optional().meta({ description: 'Must be that of the payment.' }),
    reason: line(200).optional().meta({ example: 'Closed for repairs' }),
  })
  .meta({ id: 'CreateRefundRequest' });

export const RetryPaymentRequest = z
  .strictObject({ paymentMethodId: id().optional() })
  .meta({ id: 'RetryPaymentRequest' });

/** Through a gateway, or recorded as paid outside of every one. */
export const PayInvoiceRequest = z
  .discriminatedUnion('through', [
    z.strictObject({
      through: z.literal('gateway'),
      paymentMethodId: id().optional().meta({
        description: 'The method of the subscription, or the default of the tenant, where none is named.',
      }),
    }),
    z.strictObject({
      through: z.literal('outside'),
      method: z.enum(['bank_transfer', 'cash', 'cheque']).meta({ example: 'bank_transfer' }),
      reference: line(100).meta({
        description: "The bank's reference, or the number of the cheque or the receipt.",
        example: 'UTR 4172 0031',
      }),
      paidAt: timestampInput(),
      amount: moneyInput().optional().meta({ description: 'All that is due where none is named.' }),
      currency: currencyInput().optional().meta({ description: 'Must be that of the invoice.' }),
    }),
  ])
  .meta({ id: 'PayInvoiceRequest' });
