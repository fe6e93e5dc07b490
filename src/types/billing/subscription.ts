import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

/** Trialing, active, past_due and paused are live; canceled is the end. */
export type SubscriptionStatus = 'trialing' | 'active' | 'past_due' | 'paused' | 'canceled';

export type BillingCycle = 'monthly' | 'annual';

export type SubscriptionMetadata = Readonly<Record<string, string | number | boolean | null>>;

/** What a tenant pays for. Times are ISO 8601; a period ends exclusively. */
export interface Subscription {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly planId: string;
  readonly status: SubscriptionStatus;
  readonly billingCycle: BillingCycle;
  readonly quantity: number;
  readonly currency: string;
  /** Of one unit per billing cycle, as agreed for the present period. */
  readonly unitPrice: string;
  readonly trialEndsAt: string | null;
  readonly currentPeriodStart: string;
  readonly currentPeriodEnd: string;
  readonly cancelAtPeriodEnd: boolean;
  readonly canceledAt: string | null;
  readonly cancelReason: string | null;
  readonly endedAt: string | null;
  readonly pausedAt: string | null;
  readonly resumesAt: string | null;
  readonly pastDueAt: string | null;
  readonly pendingPlanId: string | null;
  readonly pendingBillingCycle: BillingCycle | null;
  readonly pendingQuantity: number | null;
  /** Day of the month on which periods begin, in UTC. */
  readonly anchorDay: number;
  readonly paymentMethodId: string | null;
  readonly metadata: SubscriptionMetadata;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewSubscription = Pick<
  Subscription,
  | 'tenantId'
  | 'id'
  | 'planId'
  | 'status'
  | 'billingCycle'
  | 'quantity'
  | 'currency'
  | 'unitPrice'
  | 'trialEndsAt'
  | 'currentPeriodStart'
  | 'currentPeriodEnd'
  | 'anchorDay'
  | 'paymentMethodId'
  | 'metadata'
>;

/** What a subscription is to: the part that a change of plan changes. */
export interface SubscriptionTerms {
  readonly planId: string;
  readonly billingCycle: BillingCycle;
  readonly quantity: number;
}

export interface SubscriptionFilter extends PageRequest {
  readonly status?: SubscriptionStatus | undefined;
}

export type SubscriptionChangeKind =
  | 'created'
  | 'trial_ended'
  | 'plan_changed'
  | 'quantity_changed'
  | 'change_scheduled'
  | 'paused'
  | 'resumed'
  | 'cancel_scheduled'
  | 'canceled'
  | 'cancel_revoked'
  | 'renewed'
  | 'past_due'
  | 'recovered';

/** What a change changed: only the fields that differ. */
export type ChangedFields = Readonly<Record<string, unknown>>;

/** An entry of a subscription's history. */
export interface SubscriptionChange {
  readonly id: string;
  readonly subscriptionId: string;
  readonly kind: SubscriptionChangeKind;
  readonly before: ChangedFields | null;
  readonly after: ChangedFields | null;
  readonly effectiveAt: string;
  readonly invoiceId: string | null;
  readonly changedBy: string | null;
  readonly changedByName: string;
  readonly createdAt: string;
}

/** What the next invoice of a subscription bills, or takes off where the price is negative. */
export interface PendingItem {
  readonly id: string;
  readonly subscriptionId: string;
  readonly kind: 'proration_credit' | 'proration_charge' | 'usage' | 'one_off';
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly periodStart: string | null;
  readonly periodEnd: string | null;
}

/** Something metered that was used. */
export interface UsageEvent {
  /** Who counts: an id is unique within its source (CloudEvents). */
  readonly source: string;
  readonly eventId: string;
  readonly subscriptionId: string;
  readonly metric: string;
  readonly quantity: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
}

export type NewUsageEvent = Omit<UsageEvent, 'subscriptionId' | 'receivedAt'>;
