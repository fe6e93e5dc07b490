import { randomUUID } from 'node:crypto';
import type { Logger } from '../../config/logger.ts';
import type { Metrics } from '../../config/metrics.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { MoneyCheck, MoneyDifference } from '../../types/money-check.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface ReconciliationServiceDeps {
  /** Of all domains that keep money. */
  readonly checks: readonly MoneyCheck[];
  readonly tx: TransactionRunner;
  readonly events: DomainEvents;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'setMoneyDifferences'>;
  readonly log: Pick<Logger, 'error'>;
}

export interface Reconciliation {
  readonly checkedAt: string;
  readonly differenceCount: number;
  /** At most 100. */
  readonly differences: readonly MoneyDifference[];
  /** How many differences each check found. */
  readonly checks: ReadonlyArray<{ readonly code: string; readonly differences: number }>;
}

const MOST_NAMED = 100;

export type ReconciliationService = ReturnType<typeof createReconciliationService>;

/** Compares everything about money that is kept twice. */
export function createReconciliationService({ checks, tx, events, clock, metrics, log }: ReconciliationServiceDeps) {
  /** One check after the other: they read a lot, and nobody is in a hurry. */
  const compare = async (ctx: Context, signal?: AbortSignal): Promise<Reconciliation> => {
    const checkedAt = clock.now().toISOString();
    const differences: MoneyDifference[] = [];
    const counts: { code: string; differences: number }[] = [];
    for (const { code, run } of checks) {
      signal?.throwIfAborted();
      const found = await run(ctx);
      counts.push({ code, differences: found.count });
      differences.push(...found.differences.slice(0, MOST_NAMED - differences.length));
    }
    const differenceCount = counts.reduce((sum, check) => sum + check.differences, 0);
    return { checkedAt, differenceCount, differences, checks: counts };
  };

  return {
    /** What differs: of the tenant in scope, or of all tenants. */
    compare,

    /** Compares the books of all tenants, and says so wherever it is heard when something differs. */
    async reconcile(
      ctx: Context<PlatformScope>,
      signal?: AbortSignal,
    ): Promise<Pick<Reconciliation, 'differenceCount'>> {
      const { differenceCount, differences, checks: counts } = await compare(ctx, signal);
      for (const { code, differences: count } of counts) metrics.setMoneyDifferences(code, count);
      for (const difference of differences) log.error('money differs', { ...difference });
      if (differenceCount > 0) {
        await tx.run(ctx, async (txCtx) =>
          events.publish(txCtx, 'reconciliation.failed', randomUUID(), { differences: differenceCount }),
        );
      }
      return { differenceCount };
    },
  };
}
