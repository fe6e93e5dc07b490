/** What makes a charge fail, and therefore what can be done about it. */
export type PaymentFailureClass = 'soft' | 'hard' | 'authentication' | 'gateway';

/** What a gateway knows of a payment method that its own page made. */
export interface GatewayMethod {
  readonly gatewayCustomerId: string | null;
  readonly gatewayMethodId: string;
  readonly kind: 'card' | 'upi' | 'bank_transfer' | 'wallet';
  readonly brand: string | null;
  readonly lastFour: string | null;
  readonly expiryMonth: number | null;
  readonly expiryYear: number | null;
  readonly country: string | null;
}
