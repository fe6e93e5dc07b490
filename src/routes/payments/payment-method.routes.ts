import type { PaymentMethodController } from '../../controllers/payments/payment-method.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreatePaymentMethodRequest,
  ListPaymentMethodsQuery,
  PaymentMethodResponse,
  UpdatePaymentMethodRequest,
} from '../../validators/payments/payment-method.schema.ts';

export interface PaymentMethodRouteDeps {
  readonly paymentMethods: PaymentMethodController;
}

const endpoint = endpointsFor<PaymentMethodRouteDeps>();
const tags = ['Payment methods'] as const;

export const listPaymentMethods = endpoint({
  method: 'get',
  path: '/api/revenue/payment-methods',
  operationId: 'listPaymentMethods',
  summary: 'List payment methods',
  tags,
  access: tenant('payment-methods:read'),
  query: ListPaymentMethodsQuery,
  success: { status: 200, page: PaymentMethodResponse },
  handler: ({ paymentMethods }, { query, ctx }) => paymentMethods.list(ctx, query),
});

export const createPaymentMethod = endpoint({
  method: 'post',
  path: '/api/revenue/payment-methods',
  operationId: 'createPaymentMethod',
  summary: 'Add a payment method',
  description:
    "Takes the token that the gateway's own page gives. Numbers of cards are refused, in whichever field they stand. The same token is added once: repeating the request is safe.",
  tags,
  access: tenant('payment-methods:write'),
  body: CreatePaymentMethodRequest,
  refusesCardNumbers: true,
  success: { status: 201, schema: PaymentMethodResponse },
  errors: ['PAYMENT_METHOD_UNKNOWN', 'PAYMENT_METHOD_TAKEN', 'PAYMENT_GATEWAY_UNAVAILABLE'],
  audit: 'payment_method.added',
  handler: ({ paymentMethods }, { body, ctx }) => paymentMethods.add(ctx, body),
});

export const updatePaymentMethod = endpoint({
  method: 'put',
  path: '/api/revenue/payment-methods/:id',
  operationId: 'updatePaymentMethod',
  summary: 'Name a payment method, or make it the default',
  description: 'What is absent stays as it is. There is one default at most.',
  tags,
  access: tenant('payment-methods:write'),
  params: IdParams,
  body: UpdatePaymentMethodRequest,
  refusesCardNumbers: true,
  success: { status: 200, schema: PaymentMethodResponse },
  errors: ['PAYMENT_METHOD_NOT_FOUND'],
  audit: 'payment_method.updated',
  handler: ({ paymentMethods }, { params, body, ctx }) => paymentMethods.update(ctx, params.id, body),
});

export const deletePaymentMethod = endpoint({
  method: 'delete',
  path: '/api/revenue/payment-methods/:id',
  operationId: 'deletePaymentMethod',
  summary: 'Remove a payment method',
  description:
    'One that a running subscription is paid with stays. After the default there is none until one is chosen.',
  tags,
  access: tenant('payment-methods:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['PAYMENT_METHOD_NOT_FOUND', 'PAYMENT_METHOD_IN_USE'],
  audit: 'payment_method.removed',
  handler: ({ paymentMethods }, { params, ctx }) => paymentMethods.remove(ctx, params.id),
});

export const paymentMethodEndpoints = [
  listPaymentMethods,
  createPaymentMethod,
  updatePaymentMethod,
  deletePaymentMethod,
] as const;
