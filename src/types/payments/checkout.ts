import type { TenantId } from '../ids.ts';
import type { PaymentGatewayName, PaymentPurpose, PaymentStatus } from './payment.ts';

/** A page of the gateway on which somebody pays, with the payment that comes of it. Times are ISO 8601. */
export interface Checkout {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly paymentId: string;
  readonly invoiceId: string | null;
  readonly purpose: PaymentPurpose;
  readonly gateway: PaymentGatewayName;
  readonly paymentStatus: PaymentStatus;
  readonly status: 'open' | 'complete' | 'expired';
  readonly currency: string;
  readonly amount: string;
  readonly description: string | null;
  readonly payerName: string | null;
  readonly payerEmail: string | null;
  /** Null until the gateway has made the page. */
  readonly url: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string;
  readonly expiresAt: string;
  readonly createdAt: string;
}

/** What is written before the gateway is asked. */
export type NewCheckout = Omit<Checkout, 'tenantId' | 'paymentStatus' | 'status' | 'url'>;

export interface OpenCheckoutQuery extends Pick<Checkout, 'successUrl' | 'cancelUrl' | 'amount'> {
  readonly invoiceId: string;
  /** It must be open at least until then. */
  readonly openAt: string;
}
