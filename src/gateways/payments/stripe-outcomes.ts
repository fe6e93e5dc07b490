import type Stripe from 'stripe';
import type { ChargeOutcome, GatewayMoney, PaymentFailure, RefundOutcome } from './payment.gateway.ts';
import { fromStripeAmount } from './stripe-amounts.ts';
import { declineClassOf } from './stripe-declines.ts';

type LastError = NonNullable<Stripe.PaymentIntent['last_payment_error']>;

const NEVER_PAID: PaymentFailure = {
  code: 'payment_method_needed',
  message: 'Nothing was paid with.',
  class: 'hard',
};

/** The status of a charge by that of its PaymentIntent (https://docs.stripe.com/payments/paymentintents/lifecycle). */
const statusOf: Readonly<Record<Stripe.PaymentIntent['status'], ChargeOutcome['status']>> = {
  succeeded: 'succeeded',
  processing: 'processing',
  requires_capture: 'processing',
  requires_confirmation: 'processing',
  requires_action: 'requires_action',
  requires_payment_method: 'failed',
  canceled: 'canceled',
};

export const idOf = (reference: string | { readonly id: string } | null | undefined): string | null =>
  typeof reference === 'string' ? reference : (reference?.id ?? null);

/** Marks the PaymentIntents of checkout pages, on which a decline is not the end: the payer takes another card. */
export const VIA_CHECKOUT = { via: 'checkout' } as const;

export const isUndecidedCheckout = ({ metadata, status }: Stripe.PaymentIntent): boolean =>
  metadata.via === VIA_CHECKOUT.via && status !== 'succeeded' && status !== 'processing' && status !== 'canceled';

const failureOf = (error: LastError | null): PaymentFailure => {
  if (error === null) return NEVER_PAID;
  const { decline_code: declineCode, code, message } = error;
  return {
    code: declineCode ?? code ?? 'declined',
    message: message ?? 'The payment was declined.',
    class: declineClassOf(declineCode, code),
  };
};

/** Stripe's fee, where the charge came with its balance transaction. */
function feeOf(charge: Stripe.PaymentIntent['latest_charge']): GatewayMoney | null {
  if (charge === null || typeof charge === 'string') return null;
  const { balance_transaction: transaction } = charge;
  if (transaction === null || typeof transaction === 'string') return null;
  return fromStripeAmount(transaction.fee, transaction.currency);
}

/** What became of a charge; of the answer what says why, and never its client secret. */
export function toChargeOutcome(intent: Stripe.PaymentIntent): ChargeOutcome {
  const status = statusOf[intent.status] ?? 'processing';
  const error = intent.last_payment_error;
  return {
    status,
    gatewayPaymentId: intent.id,
    failure: status === 'failed' ? failureOf(error) : null,
    fee: feeOf(intent.latest_charge),
    response: {
      id: intent.id,
      status: intent.status,
      charge: idOf(intent.latest_charge),
      ...(error !== null && {
        code: error.code ?? null,
        declineCode: error.decline_code ?? null,
        networkDeclineCode: error.network_decline_code ?? null,
      }),
    },
  };
}

export function toRefundOutcome(refund: Stripe.Refund): RefundOutcome {
  const status =
    refund.status === 'succeeded'
      ? 'succeeded'
      : refund.status === 'failed' || refund.status === 'canceled'
        ? 'failed'
        : 'pending';
  return {
    status,
    gatewayRefundId: refund.id,
    failure:
      status === 'failed'
        ? { code: refund.failure_reason ?? refund.status ?? 'failed', message: 'The refund failed.', class: 'gateway' }
        : null,
    response: { id: refund.id, status: refund.status, failureReason: refund.failure_reason ?? null },
  };
}
