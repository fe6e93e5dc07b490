import type Stripe from 'stripe';
import type { ChargeOutcome, GatewayEvent } from './payment.gateway.ts';
import { fromStripeAmount } from './stripe-amounts.ts';
import { idOf, isUndecidedCheckout, toChargeOutcome, toRefundOutcome } from './stripe-outcomes.ts';

type Told = Pick<GatewayEvent, 'id' | 'type' | 'occurredAt'>;

const ofPayment = (told: Told, intent: Stripe.PaymentIntent): GatewayEvent =>
  isUndecidedCheckout(intent)
    ? { ...told, kind: 'other' }
    : { ...told, kind: 'payment', metadata: intent.metadata, outcome: toChargeOutcome(intent) };

/** What a page led to, as far as it tells; that of a card comes with the PaymentIntent's own event as well. */
function pageOutcome(session: Stripe.Checkout.Session, failed: boolean): ChargeOutcome | null {
  const gatewayPaymentId = idOf(session.payment_intent);
  if (gatewayPaymentId === null) return null;
  const status = failed ? 'failed' : session.payment_status === 'unpaid' ? 'processing' : 'succeeded';
  return {
    status,
    gatewayPaymentId,
    failure: failed ? { code: 'async_payment_failed', message: 'The payment did not arrive.', class: 'soft' } : null,
    fee: null,
    response: { id: session.id, status: session.status, paymentStatus: session.payment_status },
  };
}

const ofPage = (
  told: Told,
  session: Stripe.Checkout.Session,
  status: 'complete' | 'expired',
  failed = false,
): GatewayEvent => ({
  ...told,
  kind: 'checkout',
  metadata: session.metadata ?? {},
  gatewaySessionId: session.id,
  status,
  outcome: status === 'expired' ? null : pageOutcome(session, failed),
});

function ofRefund(told: Told, refund: Stripe.Refund): GatewayEvent {
  const gatewayPaymentId = idOf(refund.payment_intent);
  if (gatewayPaymentId === null) return { ...told, kind: 'other' };
  return {
    ...told,
    kind: 'refund',
    metadata: refund.metadata ?? {},
    gatewayPaymentId,
    outcome: toRefundOutcome(refund),
  };
}

/** An inquiry (`warning_…`) has taken no money yet, and one that was prevented took none. */
function ofDispute(told: Told, dispute: Stripe.Dispute): GatewayEvent {
  const gatewayPaymentId = idOf(dispute.payment_intent);
  const { status } = dispute;
  if (gatewayPaymentId === null || status.startsWith('warning_') || status === 'prevented')
    return { ...told, kind: 'other' };
  const fee = dispute.balance_transactions.reduce((sum, transaction) => sum + transaction.fee, 0);
  const feeCurrency = dispute.balance_transactions[0]?.currency ?? dispute.currency;
  return {
    ...told,
    kind: 'dispute',
    gatewayPaymentId,
    gatewayDisputeId: dispute.id,
    status: status === 'won' ? 'won' : status === 'lost' ? 'lost' : 'open',
    amount: fromStripeAmount(dispute.amount, dispute.currency),
    fee: fromStripeAmount(Math.max(0, fee), feeCurrency),
    reason: dispute.reason,
  };
}

/** What an event of Stripe's says; `other` is one that changes nothing here. */
export function toGatewayEvent(event: Stripe.Event): GatewayEvent {
  const told = { id: event.id, type: event.type, occurredAt: new Date(event.created * 1000) };
  switch (event.type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.payment_failed':
    case 'payment_intent.processing':
    case 'payment_intent.requires_action':
    case 'payment_intent.canceled':
      return ofPayment(told, event.data.object);
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
      return ofPage(told, event.data.object, 'complete');
    case 'checkout.session.async_payment_failed':
      return ofPage(told, event.data.object, 'complete', true);
    case 'checkout.session.expired':
      return ofPage(told, event.data.object, 'expired');
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
      return ofRefund(told, event.data.object);
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
      return ofDispute(told, event.data.object);
    default:
      return { ...told, kind: 'other' };
  }
}
