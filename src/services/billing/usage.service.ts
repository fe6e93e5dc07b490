import { appError, type ErrorDetail } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type {
  SubscriptionItemsRepository,
  UsageSum,
} from '../../repositories/billing/subscription-items.repository.ts';
import type { Plan } from '../../types/billing/plan.ts';
import type { NewUsageEvent, Subscription, UsageEvent } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { ExactDecimal, parseDecimal, trimDecimal } from '../../utils/money.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { overage } from './subscription-lines.ts';
import type { SubscriptionReader } from './subscription-reader.ts';

export interface UsageServiceDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'lock'>;
  readonly items: Pick<SubscriptionItemsRepository, 'insertUsage' | 'findUsage' | 'sumUsage'>;
  readonly reader: Pick<SubscriptionReader, 'get' | 'planOf'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** What was used of a metric in the present period, against the plan's limit. Quantities are decimal strings. */
export interface MetricUsage {
  readonly metric: string;
  readonly used: string;
  /** Null where the plan sets none. */
  readonly limit: number | null;
  readonly remaining: string | null;
  /** What is used above the limit. */
  readonly overage: string;
  /** What a unit above the limit costs; null where it is not billed. */
  readonly unitPrice: string | null;
  readonly events: number;
}

export interface PeriodUsage {
  readonly subscription: Subscription;
  readonly metrics: readonly MetricUsage[];
}

export interface RecordedUsage {
  /** Events that were not there before, and those that were. */
  readonly recorded: number;
  readonly repeated: number;
}

/** How far a sender's clock may be ahead. */
const SKEW_MS = 300_000;

export type UsageService = ReturnType<typeof createUsageService>;

/** Metered usage: events that count once, however often they are sent. */
export function createUsageService({ subscriptions, items, reader, tx, audit, clock }: UsageServiceDeps) {
  /** Counts nothing while a period is closed, and closes no period while something is counted. */
  const lock = async (ctx: TenantTxContext, id: string): Promise<Subscription> => {
    const subscription = await subscriptions.lock(ctx, id, 'share');
    if (subscription === null) throw appError('SUBSCRIPTION_NOT_FOUND');
    if (subscription.status === 'canceled') throw appError('SUBSCRIPTION_STATE');
    return subscription;
  };

  return {
    /**
     * Records events, all or none. One that was recorded before is left as it is.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE for a canceled one; USAGE_EVENT_CONFLICT,
     *   USAGE_METRIC_UNKNOWN and USAGE_OUTSIDE_PERIOD with a path for each event
     */
    record(ctx: TenantContext, id: string, events: readonly NewUsageEvent[]): Promise<RecordedUsage> {
      return tx.run(ctx, async (txCtx) => {
        const subscription = await lock(txCtx, id);
        const known = await items.findUsage(txCtx, events);
        const fresh = freshOf(events, known, id);
        const now = clock.now();
        assertCountable(events, fresh, subscription, await reader.planOf(txCtx, subscription.planId), now);
        const added = await items.insertUsage(txCtx, id, fresh, now.toISOString());
        if (added.length < fresh.length) freshOf(fresh, await items.findUsage(txCtx, fresh), id);
        const counts = { recorded: added.length, repeated: events.length - added.length };
        audit.record(txCtx, { resourceType: 'subscription', resourceId: id, after: counts });
        return counts;
      });
    },

    /** @throws AppError SUBSCRIPTION_NOT_FOUND */
    async ofPeriod(ctx: TenantContext, id: string): Promise<PeriodUsage> {
      const subscription = await reader.get(ctx, id);
      const { planId, currentPeriodStart, currentPeriodEnd } = subscription;
      const [plan, sums] = await Promise.all([
        reader.planOf(ctx, planId),
        items.sumUsage(ctx, id, currentPeriodStart, currentPeriodEnd),
      ]);
      const metrics = new Set([...metricsOf(plan), ...sums.map(({ metric }) => metric)]);
      return { subscription, metrics: [...metrics].toSorted().map((metric) => usageOf(metric, plan, sums)) };
    },
  };
}

const metricsOf = ({ limits, usagePrices }: Plan): string[] => [...Object.keys(limits), ...Object.keys(usagePrices)];

function usageOf(metric: string, { limits, usagePrices }: Plan, sums: readonly UsageSum[]): MetricUsage {
  const { quantity: used = '0', events = 0 } = sums.find((sum) => sum.metric === metric) ?? {};
  const limit = limits[metric] ?? null;
  const unitPrice = usagePrices[metric] ?? null;
  const left = limit === null ? null : ExactDecimal.max(parseDecimal(String(limit)).minus(used), 0);
  return {
    metric,
    used,
    limit,
    remaining: left === null ? null : trimDecimal(left.toFixed()),
    overage: limit === null && unitPrice === null ? '0' : overage(used, limit ?? 0),
    unitPrice,
    events,
  };
}

const keyOf = ({ source, eventId }: Pick<UsageEvent, 'source' | 'eventId'>): string =>
  JSON.stringify([source, eventId]);

const isSame = (a: NewUsageEvent, b: NewUsageEvent): boolean =>
  a.metric === b.metric && a.occurredAt === b.occurredAt && parseDecimal(a.quantity).eq(b.quantity);

/**
 * The events that are not recorded yet, each once.
 * @throws AppError USAGE_EVENT_CONFLICT where an id stands for something else
 */
function freshOf(
  events: readonly NewUsageEvent[],
  known: readonly UsageEvent[],
  subscriptionId: string,
): NewUsageEvent[] {
  const recorded = new Map(known.map((event) => [keyOf(event), event]));
  const fresh = new Map<string, NewUsageEvent>();
  const conflicts: ErrorDetail[] = [];
  for (const [index, event] of events.entries()) {
    const key = keyOf(event);
    const old = recorded.get(key);
    const other = old ?? fresh.get(key);
    if (other === undefined) fresh.set(key, event);
    else if (!isSame(other, event) || (old !== undefined && old.subscriptionId !== subscriptionId)) {
      conflicts.push({ path: `body.events.${index}`, message: 'Another event has this source and id' });
    }
  }
  if (conflicts.length > 0) throw appError('USAGE_EVENT_CONFLICT', { details: conflicts });
  return [...fresh.values()];
}

/** @throws AppError USAGE_METRIC_UNKNOWN, USAGE_OUTSIDE_PERIOD */
function assertCountable(
  events: readonly NewUsageEvent[],
  fresh: readonly NewUsageEvent[],
  { currentPeriodStart, pausedAt }: Subscription,
  plan: Plan,
  now: Date,
): void {
  const pathOf = (event: NewUsageEvent): string => `body.events.${events.indexOf(event)}`;
  const metrics = new Set(metricsOf(plan));
  const unknown = fresh.filter(({ metric }) => !metrics.has(metric));
  if (unknown.length > 0) {
    const details = unknown.map((event) => ({
      path: `${pathOf(event)}.metric`,
      message: 'The plan has no such metric',
    }));
    throw appError('USAGE_METRIC_UNKNOWN', { details });
  }
  const latest = pausedAt ?? new Date(now.getTime() + SKEW_MS).toISOString();
  const outside = fresh.filter(({ occurredAt }) => occurredAt < currentPeriodStart || occurredAt > latest);
  if (outside.length > 0) {
    const details = outside.map((event) => ({
      path: `${pathOf(event)}.occurredAt`,
      message: `Must be from ${currentPeriodStart} to ${latest}`,
    }));
    throw appError('USAGE_OUTSIDE_PERIOD', { details });
  }
}
