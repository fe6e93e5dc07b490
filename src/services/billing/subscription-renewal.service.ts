import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { DueSubscription, SubscriptionRepository } from '../../repositories/billing/subscription.repository.ts';
import type { Subscription } from '../../types/billing/subscription.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TenantContext, TenantTxContext } from '../../types/context.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { SubscriptionBilling } from './subscription-billing.ts';
import type { SubscriptionLifecycle } from './subscription-lifecycle.service.ts';
import { assertAllowed, assertGoesOn, isDue, type SubscriptionReader } from './subscription-reader.ts';
import type { SubscriptionRecords } from './subscription-records.ts';
import { cancellationStep, renewalStep } from './subscription-renewal.ts';

export interface SubscriptionRenewalServiceDeps {
  readonly subscriptions: Pick<SubscriptionRepository, 'listDue' | 'listToResume'>;
  readonly lifecycle: Pick<SubscriptionLifecycle, 'resumeDue'>;
  readonly reader: SubscriptionReader;
  readonly records: SubscriptionRecords;
  readonly billing: SubscriptionBilling;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
}

/** What a run did: periods begun, subscriptions ended and resumed, and those that something is wrong with. */
export interface RenewalRun {
  readonly renewed: number;
  readonly ended: number;
  readonly resumed: number;
  readonly failed: number;
}

type Outcome = 'renewed' | 'ended';

/** Subscriptions that are read at a time. */
const BATCH = 200;
const BEGINNING = { dueAt: '0001-01-01T00:00:00.000Z', id: '00000000-0000-0000-0000-000000000000' } as const;

export type SubscriptionRenewalService = ReturnType<typeof createSubscriptionRenewalService>;

export function createSubscriptionRenewalService(deps: SubscriptionRenewalServiceDeps) {
  const { subscriptions, lifecycle, reader, records, billing, tx, clock, log } = deps;
  const now = (): string => clock.now().toISOString();

  /** Advances the period and issues its invoice in one transaction: whoever comes second finds a period that is not over. */
  const beginNextPeriod = async (
    ctx: TenantTxContext,
    subscription: Subscription,
    start: string,
  ): Promise<Subscription> => {
    assertAllowed(subscription, 'renew');
    const facts = await reader.factsOf(ctx, subscription, start);
    const { pendingPlanId } = subscription;
    const isOther = pendingPlanId !== null && pendingPlanId !== facts.plan.id;
    const plan = isOther ? await reader.planOf(ctx, pendingPlanId) : facts.plan;
    const step = renewalStep(facts, plan, start);
    const { invoice } = await billing.bill(ctx, facts, step, plan, 'subscription_cycle');
    const kind = subscription.status === 'trialing' ? 'trial_ended' : 'renewed';
    return records.changed(ctx, facts, step, { kind, at: start, invoiceId: invoice?.id ?? null });
  };

  const end = async (ctx: TenantTxContext, subscription: Subscription): Promise<void> => {
    assertAllowed(subscription, 'cancel');
    const at = subscription.currentPeriodEnd;
    const facts = await reader.factsOf(ctx, subscription, at);
    const step = cancellationStep(facts, at, subscription);
    const { invoice } = await billing.bill(ctx, facts, step, facts.plan, 'subscription_cancel');
    await records.changed(ctx, facts, step, { kind: 'canceled', at, invoiceId: invoice?.id ?? null });
  };

  /** @returns null where nothing is due any more */
  const advance = (ctx: TenantContext, id: string): Promise<Outcome | null> =>
    tx.run(ctx, async (txCtx) => {
      const subscription = await reader.lock(txCtx, id);
      const { status, cancelAtPeriodEnd, currentPeriodEnd } = subscription;
      if (status === 'canceled' || status === 'paused' || !isDue(subscription, now())) return null;
      if (cancelAtPeriodEnd) {
        await end(txCtx, subscription);
        return 'ended';
      }
      await beginNextPeriod(txCtx, subscription, currentPeriodEnd);
      return 'renewed';
    });

  /** Missed periods are caught up with one by one, each in a transaction of its own. */
  const catchUp = async (ctx: TenantContext, id: string, signal: AbortSignal): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    while (!signal.aborted) {
      const outcome = await advance(ctx, id);
      if (outcome === null) break;
      outcomes.push(outcome);
    }
    return outcomes;
  };

  /** Does its work for one after the other; what fails is logged and does not keep the others waiting. */
  const each = async (
    ctx: Context<PlatformScope>,
    list: SubscriptionRepository['listDue'],
    signal: AbortSignal,
    work: (tenantCtx: TenantContext, due: DueSubscription) => Promise<void>,
  ): Promise<number> => {
    let failed = 0;
    let after: Pick<DueSubscription, 'dueAt' | 'id'> = BEGINNING;
    const until = now();
    for (;;) {
      const batch = await list(ctx, until, after, BATCH);
      for (const due of batch) {
        if (signal.aborted) return failed;
        try {
          await work(rescoped(ctx, tenantScope(due.tenantId)), due);
        } catch (error) {
          failed += 1;
          log.error('a subscription could not be renewed', { subscriptionId: due.id, tenantId: due.tenantId, error });
        }
      }
      const last = batch.at(-1);
      if (last === undefined || batch.length < BATCH) return failed;
      after = last;
    }
  };

  return {
    /**
     * Does by hand what the renewal job does: ends a trial, begins the next period of a subscription whose period is over.
     * @throws AppError SUBSCRIPTION_NOT_FOUND, SUBSCRIPTION_STATE, SUBSCRIPTION_ENDING, SUBSCRIPTION_NOT_DUE, and as
     *   InvoiceIssuingService.issue
     */
    renew(ctx: TenantContext, id: string): Promise<Subscription> {
      return tx.run(ctx, async (txCtx) => {
        const subscription = await reader.lock(txCtx, id);
        assertAllowed(subscription, 'renew');
        assertGoesOn(subscription);
        const over = isDue(subscription, now());
        if (!over && subscription.status !== 'trialing') throw appError('SUBSCRIPTION_NOT_DUE');
        return beginNextPeriod(txCtx, subscription, over ? subscription.currentPeriodEnd : now());
      });
    },

    /**
     * Resumes what was paused until now, then renews or ends whatever is due, the longest overdue first. May be killed anywhere,
     * and run any number of times at once: each period is begun once.
     */
    async renewAll(ctx: Context<PlatformScope>, signal: AbortSignal): Promise<RenewalRun> {
      const counts = { renewed: 0, ended: 0, resumed: 0 };
      const notResumed = await each(ctx, subscriptions.listToResume, signal, async (tenantCtx, { id }) => {
        if (await lifecycle.resumeDue(tenantCtx, id)) counts.resumed += 1;
      });
      const notRenewed = await each(ctx, subscriptions.listDue, signal, async (tenantCtx, { id }) => {
        for (const outcome of await catchUp(tenantCtx, id, signal)) counts[outcome] += 1;
      });
      return { ...counts, failed: notResumed + notRenewed };
    },
  };
}
