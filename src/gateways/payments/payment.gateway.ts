import type { GatewayMethod, PaymentFailureClass } from '../../types/payments/gateway.ts';

export interface PaymentFailure {
  /** The gateway's code in its own words: `insufficient_funds`. */
  readonly code: string;
  readonly message: string;
  readonly class: PaymentFailureClass;
}

/** Amounts are decimal strings in the currency, never minor units: a driver converts. */
export interface GatewayMoney {
  readonly amount: string;
  /** ISO 4217. */
  readonly currency: string;
}

/** What became of a charge. `processing` and `requires_action` are told by an event later. */
export interface ChargeOutcome {
  readonly status: 'succeeded' | 'failed' | 'processing' | 'requires_action' | 'canceled';
  readonly gatewayPaymentId: string;
  readonly failure: PaymentFailure | null;
  /** The gateway's own fee, where it tells; null leaves it to the fee schedule. */
  readonly fee: GatewayMoney | null;
  /** What may be kept of the answer: no secrets, no numbers of cards. */
  readonly response: Readonly<Record<string, unknown>>;
}

export interface ChargeRequest extends GatewayMoney {
  /** The id of our payment: the same key is the same charge, however often it is sent. */
  readonly idempotencyKey: string;
  readonly gatewayCustomerId: string | null;
  readonly gatewayMethodId: string;
  readonly description: string;
  /** Comes back with every event of the payment. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CheckoutRequest extends GatewayMoney {
  readonly idempotencyKey: string;
  readonly description: string;
  readonly payerEmail: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface CheckoutOutcome {
  readonly gatewaySessionId: string;
  readonly url: string;
  readonly expiresAt: Date;
}

export interface RefundRequest extends GatewayMoney {
  readonly idempotencyKey: string;
  readonly gatewayPaymentId: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RefundOutcome {
  readonly status: 'succeeded' | 'failed' | 'pending';
  readonly gatewayRefundId: string;
  readonly failure: PaymentFailure | null;
  readonly response: Readonly<Record<string, unknown>>;
}

/** An event whose signature was checked. `metadata` is what we gave the payment. */
export type GatewayEvent =
  | {
      readonly kind: 'payment';
      readonly id: string;
      readonly type: string;
      readonly occurredAt: Date;
      readonly metadata: Readonly<Record<string, string>>;
      readonly outcome: ChargeOutcome;
    }
  | {
      readonly kind: 'checkout';
      readonly id: string;
      readonly type: string;
      readonly occurredAt: Date;
      readonly metadata: Readonly<Record<string, string>>;
      readonly gatewaySessionId: string;
      readonly status: 'complete' | 'expired';
      readonly outcome: ChargeOutcome | null;
    }
  | {
      readonly kind: 'refund';
      readonly id: string;
      readonly type: string;
      readonly occurredAt: Date;
      readonly metadata: Readonly<Record<string, string>>;
      readonly gatewayPaymentId: string;
      readonly outcome: RefundOutcome;
    }
  | {
      readonly kind: 'dispute';
      readonly id: string;
      readonly type: string;
      readonly occurredAt: Date;
      readonly gatewayPaymentId: string;
      readonly gatewayDisputeId: string;
      readonly status: 'open' | 'won' | 'lost';
      readonly amount: GatewayMoney;
      readonly fee: GatewayMoney;
      readonly reason: string | null;
    }
  | { readonly kind: 'other'; readonly id: string; readonly type: string; readonly occurredAt: Date };

/**
 * A payment gateway. Every call has a time-out, bounded retries with jitter and a circuit breaker.
 * A declined charge is an outcome; PaymentGatewayError is thrown when it is not known whether anything was done.
 */
export interface PaymentGateway {
  readonly name: 'stripe' | 'sandbox';
  charge(request: ChargeRequest): Promise<ChargeOutcome>;
  /** What became of a charge by our own key; null when the gateway never heard of it. */
  findCharge(idempotencyKey: string, gatewayPaymentId: string | null): Promise<ChargeOutcome | null>;
  createCheckout(request: CheckoutRequest): Promise<CheckoutOutcome>;
  refund(request: RefundRequest): Promise<RefundOutcome>;
  /**
   * Checks a token of the gateway's own page, makes it good for more than one charge, and says what it stands for.
   * @param tenantId who pays by it: a token that belongs to another tenant is unknown
   * @throws UnknownPaymentMethodError, PaymentGatewayError
   */
  describeMethod(token: string, tenantId: string): Promise<GatewayMethod>;
  /**
   * Checks the signature of an event over its raw body, and reads it.
   * @throws PaymentSignatureError for one that is wrong, missing or too old
   */
  readEvent(rawBody: Buffer, headers: GatewayEventHeaders): GatewayEvent;
  /** Reads an event whose signature was checked when it came in. */
  parseEvent(rawBody: Buffer): GatewayEvent;
}

/** Names in lower case. */
export type GatewayEventHeaders = Readonly<Record<string, string | undefined>>;

/** The gateway did not answer as it should: nobody knows whether anything was done. */
export class PaymentGatewayError extends Error {
  /** False when the gateway refused the request itself, which another attempt won't change. */
  readonly retryable: boolean;

  constructor(message: string, { retryable, cause }: { retryable: boolean; cause?: unknown }) {
    super(message, { cause });
    this.name = 'PaymentGatewayError';
    this.retryable = retryable;
  }
}

/** A method or token that the gateway does not know. */
export class UnknownPaymentMethodError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnknownPaymentMethodError';
  }
}

export class PaymentSignatureError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PaymentSignatureError';
  }
}
