import { uuidv7 } from 'uuidv7';
import type { SubscriptionHistoryRepository } from '../../repositories/billing/subscription-history.repository.ts';
import type { CouponRedemption } from '../../types/billing/coupon.ts';
import type { MrrMovementKind } from '../../types/billing/mrr.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext } from '../../types/context.ts';
import { parseDecimal } from '../../utils/money.ts';
import { monthlyRevenue } from './subscription-pricing.ts';

export interface MrrLogDeps {
  readonly history: Pick<SubscriptionHistoryRepository, 'findLastMovement' | 'insertMovement'>;
  readonly clock: Clock;
}

/** What is known of a subscription's revenue before a movement. */
export interface MrrPast {
  /** The subscription's MRR; "0" before its first movement. */
  readonly mrr: string;
  /** Whether another subscription of the tenant was paid for before. */
  readonly returns: boolean;
  readonly hasMoved: boolean;
}

/**
 * What kind of movement leads from one MRR to another; null for none. Only an end is churn: who goes on for nothing contracts,
 * and expands when paying again.
 */
export function movementKind(
  { mrr, returns, hasMoved }: MrrPast,
  next: string,
  { hasEnded }: { readonly hasEnded: boolean },
): MrrMovementKind | null {
  const step = parseDecimal(next).comparedTo(mrr);
  if (step === 0) return null;
  if (step < 0) return hasEnded ? 'churn' : 'contraction';
  if (hasMoved) return 'expansion';
  return returns ? 'reactivation' : 'new';
}

export type MrrLog = ReturnType<typeof createMrrLog>;

/**
 * The event log that every figure of recurring revenue is a sum of: start + new + expansion + reactivation - contraction - churn
 * is the end, for any two moments, since a movement is the difference of what is and what the movements before come to.
 */
export function createMrrLog({ history, clock }: MrrLogDeps) {
  return {
    /**
     * Writes down what a change of a subscription did to the MRR, in the transaction of the change; nothing where it stays.
     * @param occurredAt when it counts, never before the movement before it
     */
    async record(
      ctx: TenantTxContext,
      subscription: Subscription,
      redemption: CouponRedemption | null,
      occurredAt: string,
    ): Promise<void> {
      const { last, hasEarlier } = await history.findLastMovement(ctx, subscription.id);
      const past = { mrr: last?.mrr ?? '0', returns: hasEarlier, hasMoved: last !== null };
      const mrr = monthlyRevenue(subscription, redemption);
      const kind = movementKind(past, mrr, { hasEnded: subscription.endedAt !== null });
      if (kind === null) return;
      await history.insertMovement(ctx, {
        id: uuidv7(),
        subscriptionId: subscription.id,
        kind,
        currency: subscription.currency,
        amount: parseDecimal(mrr).minus(past.mrr).toFixed(4),
        mrr,
        planId: subscription.planId,
        occurredAt,
        createdAt: clock.now().toISOString(),
      });
    },
  };
}
