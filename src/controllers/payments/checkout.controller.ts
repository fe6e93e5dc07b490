import type { z } from 'zod';
import { invariant } from '../../errors/app-error.ts';
import type { CheckoutInput, CheckoutService } from '../../services/payments/checkout.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Checkout } from '../../types/payments/checkout.ts';
import type { CheckoutResponse, CreateCheckoutRequest } from '../../validators/payments/checkout.schema.ts';

export interface CheckoutControllerDeps {
  readonly checkout: CheckoutService;
}

export type CheckoutController = ReturnType<typeof createCheckoutController>;

export function createCheckoutController({ checkout }: CheckoutControllerDeps) {
  return {
    begin(ctx: TenantContext, body: z.output<typeof CreateCheckoutRequest>): Promise<string> {
      return checkout.begin(ctx, toInput(body));
    },

    async finish(ctx: TenantContext, id: string): Promise<z.input<typeof CheckoutResponse>> {
      return toCheckoutAnswer(await checkout.finish(ctx, id));
    },
  };
}

function toInput({ invoiceId, amount, description, ...page }: z.output<typeof CreateCheckoutRequest>): CheckoutInput {
  if (invoiceId !== undefined) return { ...page, invoiceId };
  return {
    ...page,
    amount: invariant(amount, 'The schema asks for an amount'),
    description: invariant(description, 'The schema asks for a description'),
  };
}

function toCheckoutAnswer({
  paymentStatus: _paymentStatus,
  payerName: _payerName,
  payerEmail: _payerEmail,
  successUrl: _successUrl,
  cancelUrl: _cancelUrl,
  url,
  ...checkout
}: Checkout): z.input<typeof CheckoutResponse> {
  return { ...checkout, url: invariant(url, 'A page that was made has an address') };
}
