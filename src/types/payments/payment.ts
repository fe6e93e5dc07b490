import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';
import type { PaymentFailureClass } from './gateway.ts';

export type PaymentPurpose = 'invoice' | 'collection';
export type PaymentGatewayName = 'stripe' | 'sandbox' | 'external';
export type PaymentMethodKind = 'card' | 'upi' | 'bank_transfer' | 'wallet' | 'cash' | 'cheque';
export type PaymentStatus = 'pending' | 'processing' | 'requires_action' | 'succeeded' | 'failed' | 'canceled';
export type RefundStatus = 'pending' | 'succeeded' | 'failed';
export type DisputeStatus = 'open' | 'won' | 'lost';

/** Money that comes in. Amounts are decimal strings in its currency, times ISO 8601. */
export interface Payment {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly purpose: PaymentPurpose;
  readonly invoiceId: string | null;
  readonly paymentMethodId: string | null;
  readonly gateway: PaymentGatewayName;
  /** The gateway's id of it, or the reference of an external one. */
  readonly gatewayPaymentId: string | null;
  readonly method: PaymentMethodKind;
  readonly status: PaymentStatus;
  readonly currency: string;
  readonly amount: string;
  /** Refunds that succeeded or may still. */
  readonly amountRefunded: string;
  readonly gatewayFee: string;
  readonly platformFee: string;
  readonly netAmount: string;
  readonly payerName: string | null;
  readonly payerEmail: string | null;
  readonly description: string | null;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly failureClass: PaymentFailureClass | null;
  /** The failed payment that this one tries again. */
  readonly retryOfId: string | null;
  readonly capturedAt: string | null;
  readonly failedAt: string | null;
  /** A collection can be settled from then on. */
  readonly availableAt: string | null;
  readonly settlementId: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What was asked of a gateway and what it said, without secrets. */
export interface PaymentAttempt {
  readonly position: number;
  readonly operation: 'charge' | 'retrieve' | 'refund' | 'checkout' | 'event';
  readonly outcome: 'succeeded' | 'failed' | 'pending' | 'unknown';
  readonly response: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
}

export interface Refund {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly paymentId: string;
  readonly gatewayRefundId: string | null;
  readonly currency: string;
  readonly amount: string;
  readonly reason: string | null;
  readonly status: RefundStatus;
  readonly failureCode: string | null;
  readonly settlementId: string | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly succeededAt: string | null;
}

/** A payment that its payer contests. */
export interface Dispute {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly paymentId: string;
  readonly gatewayDisputeId: string;
  readonly currency: string;
  readonly amount: string;
  readonly fee: string;
  readonly reason: string | null;
  readonly status: DisputeStatus;
  readonly openedAt: string;
  readonly closedAt: string | null;
}

export interface PaymentDetails extends Payment {
  readonly attempts: readonly PaymentAttempt[];
  readonly refunds: readonly Refund[];
  readonly disputes: readonly Dispute[];
}

export interface PaymentFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly status?: PaymentStatus | undefined;
  readonly purpose?: PaymentPurpose | undefined;
  readonly method?: PaymentMethodKind | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}

export interface RefundFilter extends PageRequest {
  readonly status?: RefundStatus | undefined;
  readonly paymentId?: string | undefined;
  readonly createdFrom?: string | undefined;
  readonly createdTo?: string | undefined;
}

/** A payment as it is written before anything is asked of anybody. */
export interface NewPayment
  extends Pick<
    Payment,
    | 'id'
    | 'purpose'
    | 'invoiceId'
    | 'paymentMethodId'
    | 'gateway'
    | 'method'
    | 'currency'
    | 'amount'
    | 'description'
    | 'retryOfId'
  > {
  readonly createdAt: string;
}

/** What a payment's invoice still takes. */
export interface PayableInvoice {
  readonly id: string;
  readonly number: string | null;
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  readonly currency: string;
  readonly amountDue: string;
  readonly billingReason: string;
  readonly subscriptionId: string | null;
  readonly issuedAt: string | null;
}

/** A token of a gateway by which a tenant pays. */
export interface ChargeableMethod {
  readonly id: string;
  readonly gateway: 'stripe' | 'sandbox';
  readonly gatewayCustomerId: string | null;
  readonly gatewayMethodId: string;
  readonly kind: 'card' | 'upi' | 'bank_transfer' | 'wallet';
  /** ISO 3166-1 alpha-2; where it was issued. */
  readonly country: string | null;
}
