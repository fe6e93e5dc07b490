import { uuidv7 } from 'uuidv7';
import type { CouponRepository } from '../../repositories/billing/coupon.repository.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { SubscriptionHistoryRepository } from '../../repositories/billing/subscription-history.repository.ts';
import type { CouponRedemption } from '../../types/billing/coupon.ts';
import type { ChangedFields, Subscription, SubscriptionChangeKind } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantTxContext, TxContext } from '../../types/context.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { EventType } from '../base/event-catalogue.ts';
import type { Entitlements } from './entitlements.service.ts';
import type { MrrLog } from './mrr-log.ts';
import type { SubscriptionFacts } from './subscription-periods.ts';

export interface SubscriptionRecordsDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'save'>;
  readonly history: Pick<SubscriptionHistoryRepository, 'appendChange'>;
  readonly coupons: Pick<CouponRepository, 'updateRedemption'>;
  readonly mrr: MrrLog;
  readonly entitlements: Pick<Entitlements, 'forgetAtCommit'>;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

/** What happened to a subscription. */
export interface RecordedChange {
  readonly kind: SubscriptionChangeKind;
  /** When it happens. */
  readonly at: string;
  /** When it counts, where that is later. */
  readonly effectiveAt?: string;
  readonly invoiceId?: string | null;
}

const EVENTS = {
  created: 'subscription.created',
  trial_ended: 'subscription.renewed',
  plan_changed: 'subscription.changed',
  quantity_changed: 'subscription.changed',
  change_scheduled: 'subscription.changed',
  paused: 'subscription.paused',
  resumed: 'subscription.resumed',
  cancel_scheduled: 'subscription.changed',
  canceled: 'subscription.canceled',
  cancel_revoked: 'subscription.changed',
  renewed: 'subscription.renewed',
  past_due: 'subscription.past_due',
  recovered: 'subscription.recovered',
} as const satisfies Record<SubscriptionChangeKind, EventType>;

export type SubscriptionRecords = ReturnType<typeof createSubscriptionRecords>;

/** Every change of a subscription leaves the same traces, in its transaction: history, MRR, event, audit entry. */
export function createSubscriptionRecords(deps: SubscriptionRecordsDeps) {
  const { subscriptions, history, coupons, mrr, entitlements, audit, events, clock } = deps;

  const tell = (
    ctx: TxContext,
    before: Subscription | null,
    after: Subscription,
    { kind, at, effectiveAt = at, invoiceId = null }: RecordedChange,
  ): void => {
    history.appendChange(ctx, {
      tenantId: after.tenantId,
      id: uuidv7(),
      subscriptionId: after.id,
      kind,
      ...differing(before === null ? null : toldOf(before), toldOf(after)),
      effectiveAt,
      invoiceId,
      changedBy: ctx.actor.id,
      changedByName: ctx.actor.name,
      createdAt: clock.now().toISOString(),
    });
    events.publish(ctx, EVENTS[kind], after.id, { subscriptionId: after.id }, after.tenantId);
  };

  const auditChange = (ctx: TenantTxContext, before: Subscription | null, after: Subscription, action?: string): void =>
    audit.record(ctx, {
      resourceType: 'subscription',
      resourceId: after.id,
      ...(action !== undefined && { action }),
      ...(before !== null && { before: toldOf(before) }),
      after: toldOf(after),
    });

  return {
    /** A subscription that was just inserted. Its coupon stands already. */
    async created(
      ctx: TenantTxContext,
      subscription: Subscription,
      redemption: CouponRedemption | null,
      invoiceId: string | null,
    ): Promise<void> {
      const at = subscription.currentPeriodStart;
      await mrr.record(ctx, subscription, redemption, at);
      tell(ctx, null, subscription, { kind: 'created', at, invoiceId });
      auditChange(ctx, null, subscription, 'subscription.created');
      entitlements.forgetAtCommit(ctx);
    },

    /** As `created`, for the trial of a tenant that is being made, whose own entry in the audit log tells of it. */
    provisioned(ctx: TxContext, subscription: Subscription): void {
      tell(ctx, null, subscription, { kind: 'created', at: subscription.currentPeriodStart });
    },

    /**
     * Writes what a locked subscription and its coupon have become.
     * @returns it as it stands
     */
    async changed(
      ctx: TenantTxContext,
      { subscription: before, redemption: held }: Pick<SubscriptionFacts, 'subscription' | 'redemption'>,
      { after, redemption }: { readonly after: Subscription; readonly redemption: CouponRedemption | null },
      change: RecordedChange,
    ): Promise<Subscription> {
      const saved = await subscriptions.save(ctx, after, clock.now().toISOString());
      if (held !== null && held.id !== redemption?.id) {
        await coupons.updateRedemption(ctx, held.id, { periodsLeft: held.periodsLeft, endedAt: change.at });
      } else if (redemption !== null && held?.periodsLeft !== redemption.periodsLeft) {
        await coupons.updateRedemption(ctx, redemption.id, { periodsLeft: redemption.periodsLeft, endedAt: null });
      }
      await mrr.record(ctx, saved, redemption, change.at);
      tell(ctx, before, saved, change);
      auditChange(ctx, before, saved, `subscription.${change.kind}`);
      entitlements.forgetAtCommit(ctx);
      return saved;
    },

    /** Writes what is said about a locked subscription and changes neither its state nor its price. */
    async annotated(ctx: TenantTxContext, before: Subscription, after: Subscription): Promise<Subscription> {
      const saved = await subscriptions.save(ctx, after, clock.now().toISOString());
      auditChange(ctx, before, saved);
      return saved;
    },
  };
}

/** What a history tells: everything but ids and what every change changes. */
const toldOf = ({
  tenantId: _tenantId,
  id: _id,
  version: _version,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: Subscription): ChangedFields => fields;

/** Only what differs; all of what is new. */
function differing(
  before: ChangedFields | null,
  after: ChangedFields,
): { before: ChangedFields | null; after: ChangedFields } {
  if (before === null) return { before, after };
  const names = Object.keys(after).filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]));
  const pick = (fields: ChangedFields): ChangedFields => Object.fromEntries(names.map((name) => [name, fields[name]]));
  return { before: pick(before), after: pick(after) };
}
