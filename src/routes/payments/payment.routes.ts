import type { PaymentController } from '../../controllers/payments/payment.controller.ts';
import { tenant, tenantOrPlatform } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreateRefundRequest,
  ListFailedPaymentsQuery,
  ListPaymentsQuery,
  ListRefundsQuery,
  PayInvoiceRequest,
  PaymentDetailsResponse,
  PaymentResponse,
  RefundResponse,
  RetryPaymentRequest,
} from '../../validators/payments/payment.schema.ts';

export interface PaymentRouteDeps {
  readonly payments: PaymentController;
}

const endpoint = endpointsFor<PaymentRouteDeps>();
const tags = ['Payments'] as const;
const onceEach =
  'Repeat it with the same Idempotency-Key until it is answered: after a 503 it goes on where it was, and nothing is done twice.';

export const listPayments = endpoint({
  method: 'get',
  path: '/api/payments/transactions',
  operationId: 'listPayments',
  summary: 'List payments',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: ListPaymentsQuery,
  success: { status: 200, page: PaymentResponse },
  handler: ({ payments }, { query, ctx }) => payments.list(ctx, query),
});

export const getPayment = endpoint({
  method: 'get',
  path: '/api/payments/transactions/:id',
  operationId: 'getPayment',
  summary: 'Get a payment with its attempts, refunds and disputes',
  tags,
  access: tenantOrPlatform('payments:read'),
  params: IdParams,
  success: { status: 200, schema: PaymentDetailsResponse },
  errors: ['PAYMENT_NOT_FOUND'],
  handler: ({ payments }, { params, ctx }) => payments.get(ctx, params.id),
});

export const listTenantPayments = endpoint({
  method: 'get',
  path: '/api/tenants/:id/payments',
  operationId: 'listTenantPayments',
  summary: "List a tenant's payments",
  tags,
  access: tenantOrPlatform('payments:read'),
  params: IdParams,
  query: ListPaymentsQuery,
  success: { status: 200, page: PaymentResponse },
  errors: ['TENANT_NOT_FOUND'],
  handler: ({ payments }, { params, query, ctx }) => payments.listOfTenant(ctx, params.id, query),
});

export const createRefund = endpoint({
  method: 'post',
  path: '/api/payments/refund',
  operationId: 'createRefund',
  summary: 'Refund a payment, or a part of it',
  description: `Refunds never come to more than the payment; fees are not given back. The status of the answer says what the gateway made of it. ${onceEach}`,
  tags,
  access: tenant('payments:refund'),
  body: CreateRefundRequest,
  success: { status: 201, schema: RefundResponse },
  errors: [
    'PAYMENT_NOT_FOUND',
    'PAYMENT_NOT_REFUNDABLE',
    'PAYMENT_DISPUTED',
    'REFUND_EXCEEDS_PAYMENT',
    'PAYMENT_AMOUNT_REFUSED',
    'PAYMENT_CURRENCY_REFUSED',
    'CARD_NUMBER_REFUSED',
    'PAYMENT_GATEWAY_UNAVAILABLE',
  ],
  idempotent: true,
  audit: 'payment.refund_requested',
  begin: ({ payments }, { body, ctx }) => payments.beginRefund(ctx, body),
  handler: ({ payments }, { ctx, begun }) => payments.finishRefund(ctx, begun),
});

export const listRefunds = endpoint({
  method: 'get',
  path: '/api/payments/refunds',
  operationId: 'listRefunds',
  summary: 'List refunds',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: ListRefundsQuery,
  success: { status: 200, page: RefundResponse },
  handler: ({ payments }, { query, ctx }) => payments.listRefunds(ctx, query),
});

export const listFailedPayments = endpoint({
  method: 'get',
  path: '/api/payments/failed',
  operationId: 'listFailedPayments',
  summary: 'List payments that failed',
  tags,
  access: tenantOrPlatform('payments:read'),
  query: ListFailedPaymentsQuery,
  success: { status: 200, page: PaymentResponse },
  handler: ({ payments }, { query, ctx }) => payments.listFailed(ctx, query),
});

const CHARGE_ERRORS = [
  'INVOICE_NOT_OPEN',
  'PAYMENT_IN_PROGRESS',
  'PAYMENT_METHOD_NOT_FOUND',
  'PAYMENT_METHOD_NEEDED',
  'PAYMENT_GATEWAY_UNAVAILABLE',
] as const;

export const retryPayment = endpoint({
  method: 'post',
  path: '/api/payments/failed/:id/retry',
  operationId: 'retryPayment',
  summary: 'Try a failed payment again',
  description: `A new payment of the same invoice, which must be the latest that failed. After a hard decline, and for cards issued in India, another payment method is needed. The answer is the new payment, and says whether it succeeded. ${onceEach}`,
  tags,
  access: tenant('payments:write'),
  params: IdParams,
  body: RetryPaymentRequest,
  success: { status: 201, schema: PaymentResponse },
  errors: ['PAYMENT_NOT_FOUND', 'PAYMENT_NOT_FAILED', 'PAYMENT_SUPERSEDED', 'INVOICE_NOT_FOUND', ...CHARGE_ERRORS],
  idempotent: true,
  audit: 'payment.retried',
  begin: ({ payments }, { params, body, ctx }) => payments.beginRetry(ctx, params.id, body),
  handler: ({ payments }, { ctx, begun }) => payments.finishPayment(ctx, begun),
});

export const payInvoice = endpoint({
  method: 'post',
  path: '/api/revenue/invoices/:id/pay',
  operationId: 'payInvoice',
  summary: 'Pay an invoice',
  description: `Through a gateway with a payment method, or recorded as paid outside of every gateway. The answer is the payment, and says whether it succeeded. ${onceEach}`,
  tags,
  access: tenant('invoices:write'),
  params: IdParams,
  body: PayInvoiceRequest,
  success: { status: 201, schema: PaymentResponse },
  errors: [
    'INVOICE_NOT_FOUND',
    ...CHARGE_ERRORS,
    'PAYMENT_EXCEEDS_DUE',
    'PAYMENT_AMOUNT_REFUSED',
    'PAYMENT_CURRENCY_REFUSED',
    'PAYMENT_DATE_REFUSED',
    'PAYMENT_REFERENCE_TAKEN',
    'CARD_NUMBER_REFUSED',
  ],
  idempotent: true,
  audit: 'invoice.payment_requested',
  begin: ({ payments }, { params, body, ctx }) => payments.beginPayment(ctx, params.id, body),
  handler: ({ payments }, { ctx, begun }) => payments.finishPayment(ctx, begun),
});

export const paymentEndpoints = [
  listPayments,
  getPayment,
  listTenantPayments,
  createRefund,
  listRefunds,
  listFailedPayments,
  retryPayment,
  payInvoice,
] as const;
