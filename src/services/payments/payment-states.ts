import type { DisputeStatus, PaymentStatus, RefundStatus } from '../../types/payments/payment.ts';

type Transitions<Status extends string> = Readonly<Record<Status, readonly Status[]>>;

/**
 * Where a payment may go. A gateway's word that money came is final and always heard, be it after a failure or a cancellation:
 * money that came in is never lost. Nothing else leads back.
 */
const paymentTransitions = {
  pending: ['processing', 'requires_action', 'succeeded', 'failed', 'canceled'],
  processing: ['requires_action', 'succeeded', 'failed', 'canceled'],
  requires_action: ['processing', 'succeeded', 'failed', 'canceled'],
  failed: ['succeeded'],
  canceled: ['succeeded'],
  succeeded: [],
} as const satisfies Transitions<PaymentStatus>;

/** A refund that was given up and arrived all the same is heard as well. */
const refundTransitions = {
  pending: ['succeeded', 'failed'],
  failed: ['succeeded'],
  succeeded: [],
} as const satisfies Transitions<RefundStatus>;

const disputeTransitions = {
  open: ['won', 'lost'],
  won: [],
  lost: [],
} as const satisfies Transitions<DisputeStatus>;

const allows =
  <Status extends string>(transitions: Transitions<Status>) =>
  (from: Status, to: Status): boolean =>
    transitions[from].includes(to);

export const canPaymentBecome = allows<PaymentStatus>(paymentTransitions);
export const canRefundBecome = allows<RefundStatus>(refundTransitions);
export const canDisputeBecome = allows<DisputeStatus>(disputeTransitions);
