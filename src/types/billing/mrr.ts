/** `new` is a tenant's first paid subscription, `reactivation` a later one, `churn` the end of one. */
export type MrrMovementKind = 'new' | 'expansion' | 'contraction' | 'churn' | 'reactivation';

/** A step of monthly recurring revenue: decimal strings with four decimals, net of discounts and without tax. */
export interface MrrMovement {
  readonly id: string;
  readonly subscriptionId: string;
  readonly kind: MrrMovementKind;
  readonly currency: string;
  /** What it adds; negative for contraction and churn. */
  readonly amount: string;
  /** The subscription's MRR after it. */
  readonly mrr: string;
  readonly planId: string;
  readonly occurredAt: string;
  readonly createdAt: string;
}
