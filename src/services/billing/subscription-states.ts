import type { SubscriptionStatus } from '../../types/billing/subscription.ts';

/** What can happen to a subscription. `renew` begins its next period, the first paid one after a trial included. */
export type SubscriptionAction =
  | 'renew'
  | 'change'
  | 'pause'
  | 'resume'
  | 'schedule_cancel'
  | 'revoke_cancel'
  | 'cancel'
  | 'mark_past_due'
  | 'recover';

export const subscriptionActions = [
  'renew',
  'change',
  'pause',
  'resume',
  'schedule_cancel',
  'revoke_cancel',
  'cancel',
  'mark_past_due',
  'recover',
] as const satisfies readonly SubscriptionAction[];

/**
 * Which state each action leads to; what is absent is refused. A trial can't be paused, having nothing that would be billed; who
 * owes money changes nothing before it is paid, and goes on being billed; a paused subscription is resumed or canceled; what is
 * canceled stays so.
 */
const transitions: Readonly<
  Record<SubscriptionStatus, Readonly<Partial<Record<SubscriptionAction, SubscriptionStatus>>>>
> = {
  trialing: {
    renew: 'active',
    change: 'trialing',
    schedule_cancel: 'trialing',
    revoke_cancel: 'trialing',
    cancel: 'canceled',
  },
  active: {
    renew: 'active',
    change: 'active',
    pause: 'paused',
    schedule_cancel: 'active',
    revoke_cancel: 'active',
    cancel: 'canceled',
    mark_past_due: 'past_due',
  },
  past_due: {
    renew: 'past_due',
    schedule_cancel: 'past_due',
    revoke_cancel: 'past_due',
    cancel: 'canceled',
    recover: 'active',
  },
  paused: { resume: 'active', cancel: 'canceled' },
  canceled: {},
};

/** The state that an action leads to; null where it is not allowed. */
export const stateAfter = (status: SubscriptionStatus, action: SubscriptionAction): SubscriptionStatus | null =>
  transitions[status][action] ?? null;
