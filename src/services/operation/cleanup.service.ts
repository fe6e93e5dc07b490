import type { Logger } from '../../config/logger.ts';
import type { IdempotencyRepository } from '../../repositories/base/idempotency.repository.ts';
import type { OutboxRepository } from '../../repositories/base/outbox.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Cleaner } from '../base/cleaner.ts';

export interface CleanupDeps {
  readonly cleaners: readonly Cleaner[];
  readonly log: Logger;
}

/** Rows per transaction: short enough to hold up nobody. */
const BATCH_SIZE = 1000;

export type Cleanup = ReturnType<typeof createCleanup>;

export function createCleanup({ cleaners, log }: CleanupDeps) {
  const runCleaner = async (ctx: Context<PlatformScope>, cleaner: Cleaner, signal: AbortSignal): Promise<number> => {
    let total = 0;
    while (!signal.aborted) {
      const deleted = await cleaner.clean(ctx, BATCH_SIZE, signal);
      total += deleted;
      if (deleted < BATCH_SIZE) break;
    }
    return total;
  };

  return {
    /**
     * Lets every cleaner delete in batches until nothing is left or `signal` is aborted; what remains waits for the next run. Two
     * at once delete the same rows once.
     * @returns how many rows each cleaner deleted
     * @throws AggregateError when cleaners failed, after all others have run
     */
    async run(ctx: Context<PlatformScope>, signal: AbortSignal): Promise<Record<string, number>> {
      const deleted: Record<string, number> = {};
      const failures: unknown[] = [];
      for (const cleaner of cleaners) {
        try {
          deleted[cleaner.name] = await runCleaner(ctx, cleaner, signal);
        } catch (error) {
          log.warn('a cleaner failed', { cleaner: cleaner.name, error });
          failures.push(error);
        }
      }
      if (failures.length > 0)
        throw new AggregateError(failures, `${failures.length} of ${cleaners.length} cleaners failed`);
      return deleted;
    },
  };
}

export interface OperationCleanersDeps {
  readonly outbox: Pick<OutboxRepository, 'deletePublishedBefore'>;
  readonly idempotencyKeys: Pick<IdempotencyRepository, 'deleteExpired'>;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

const PUBLISHED_EVENTS_KEPT_DAYS = 7;

/** What this domain has to delete: expired idempotency keys, and events that were handed over more than 7 days ago. */
export const operationCleaners = ({
  outbox,
  idempotencyKeys,
  tx,
  clock,
}: OperationCleanersDeps): readonly Cleaner[] => [
  {
    name: 'idempotencyKeys',
    clean: (ctx, limit) => tx.run(ctx, (txCtx) => idempotencyKeys.deleteExpired(txCtx, limit)),
  },
  {
    name: 'outboxEvents',
    clean(ctx, limit) {
      const before = new Date(clock.now().getTime() - PUBLISHED_EVENTS_KEPT_DAYS * 86_400_000);
      return outbox.deletePublishedBefore(ctx, before.toISOString(), limit);
    },
  },
];
