import type { CheckoutController } from '../../controllers/payments/checkout.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { CheckoutResponse, CreateCheckoutRequest } from '../../validators/payments/checkout.schema.ts';

export interface CheckoutRouteDeps {
  readonly checkout: CheckoutController;
}

const endpoint = endpointsFor<CheckoutRouteDeps>();

export const createCheckout = endpoint({
  method: 'post',
  path: '/api/payments/checkout',
  operationId: 'createCheckout',
  summary: 'Make a page on which somebody pays',
  description:
    'For what is due of an invoice, or for an amount that the tenant collects. Send the payer to `url`; the payment tells what came of it. Repeat it with the same Idempotency-Key until it is answered: after a 503 it goes on where it was. An invoice that has an open page with the same addresses keeps it.',
  tags: ['Payments'],
  access: tenant('payments:write'),
  body: CreateCheckoutRequest,
  refusesCardNumbers: true,
  success: { status: 201, schema: CheckoutResponse },
  errors: [
    'INVOICE_NOT_FOUND',
    'INVOICE_NOT_OPEN',
    'PAYMENT_IN_PROGRESS',
    'PAYMENT_AMOUNT_REFUSED',
    'PAYMENT_CURRENCY_REFUSED',
    'CHECKOUT_ADDRESS_REFUSED',
    'CHECKOUT_EXPIRED',
    'PAYMENT_GATEWAY_UNAVAILABLE',
    'PAYMENT_GATEWAY_REFUSED',
  ],
  idempotent: true,
  audit: 'checkout.created',
  begin: ({ checkout }, { body, ctx }) => checkout.begin(ctx, body),
  handler: ({ checkout }, { begun, ctx }) => checkout.finish(ctx, begun),
});

export const checkoutEndpoints = [createCheckout] as const;
