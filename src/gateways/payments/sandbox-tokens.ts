import type { GatewayMethod, PaymentFailureClass } from '../../types/payments/gateway.ts';
import type { PaymentFailure } from './payment.gateway.ts';

/** What a payment by a token comes to. Seconds count from the charge. */
export interface SandboxBehaviour {
  /** At first; `unavailable` answers nothing and does nothing, `lost` does it and answers nothing. */
  readonly answer: 'succeeded' | 'failed' | 'processing' | 'requires_action' | 'unavailable' | 'lost';
  readonly failure?: PaymentFailure;
  /** What becomes of one that is processing or waits for its payer. */
  readonly later?: { readonly afterSeconds: number; readonly status: 'succeeded' | 'failed' };
  readonly dispute?: { readonly afterSeconds: number; readonly end?: 'won' | 'lost' };
  /** What becomes of its refunds. */
  readonly refund?: 'delayed' | 'failed';
  readonly method?: Partial<Pick<GatewayMethod, 'kind' | 'country' | 'brand'>>;
}

const LATER_SECONDS = 60;

const decline = (failureClass: PaymentFailureClass, code: string, message: string): PaymentFailure => ({
  code,
  message,
  class: failureClass,
});

const declined = (failureClass: PaymentFailureClass, code: string, message: string): SandboxBehaviour => ({
  answer: 'failed',
  failure: decline(failureClass, code, message),
});

const LATE_FAILURE = decline('soft', 'insufficient_funds', 'The account did not hold enough.');
export const PAGE_DECLINE = decline('soft', 'generic_decline', 'The card was declined.');

/** Every token of the sandbox, by its name after `pm_sandbox_`; docs/payments.md lists them. */
export const sandboxTokens = {
  success: { answer: 'succeeded' },
  success_india: { answer: 'succeeded', method: { country: 'IN' } },
  success_upi: { answer: 'succeeded', method: { kind: 'upi', country: 'IN', brand: null } },
  declined: declined('soft', 'generic_decline', 'The card was declined.'),
  declined_insufficient_funds: declined('soft', 'insufficient_funds', 'The card does not hold enough.'),
  declined_lost_card: declined('hard', 'lost_card', 'The card was reported lost.'),
  declined_expired_card: declined('hard', 'expired_card', 'The card has expired.'),
  declined_fraudulent: declined('hard', 'fraudulent', 'The payment looks fraudulent.'),
  authentication_required: declined('authentication', 'authentication_required', 'The payer must confirm the payment.'),
  gateway_error: declined('gateway', 'processing_error', 'The card could not be asked.'),
  unavailable: { answer: 'unavailable' },
  answer_lost: { answer: 'lost' },
  delayed_success: { answer: 'processing', later: { afterSeconds: LATER_SECONDS, status: 'succeeded' } },
  delayed_failure: {
    answer: 'processing',
    later: { afterSeconds: LATER_SECONDS, status: 'failed' },
    failure: LATE_FAILURE,
  },
  requires_action: { answer: 'requires_action', later: { afterSeconds: LATER_SECONDS, status: 'succeeded' } },
  dispute: { answer: 'succeeded', dispute: { afterSeconds: LATER_SECONDS } },
  dispute_won: { answer: 'succeeded', dispute: { afterSeconds: LATER_SECONDS, end: 'won' } },
  dispute_lost: { answer: 'succeeded', dispute: { afterSeconds: LATER_SECONDS, end: 'lost' } },
  refund_delayed: { answer: 'succeeded', refund: 'delayed' },
  refund_failed: { answer: 'succeeded', refund: 'failed' },
} as const satisfies Record<string, SandboxBehaviour>;

const behaviours: Readonly<Record<string, SandboxBehaviour>> = sandboxTokens;

/** A number at the end makes another card of the same kind: `pm_sandbox_success_2`. */
const TOKEN = /^pm_sandbox_([a-z_]+?)(?:_[0-9]{1,6})?$/;

/** What a token does; undefined for one that the sandbox does not know. */
export function behaviourOf(token: string): SandboxBehaviour | undefined {
  const name = TOKEN.exec(token)?.[1];
  return name === undefined || !Object.hasOwn(behaviours, name) ? undefined : behaviours[name];
}
