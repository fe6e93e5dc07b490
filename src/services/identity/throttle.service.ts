import { AppError, appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { ThrottleRepository, ThrottleReservation } from '../../repositories/identity/throttle.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';

export interface ThrottleServiceDeps {
  readonly throttles: ThrottleRepository;
  readonly tx: TransactionRunner;
}

export type ThrottleService = ReturnType<typeof createThrottleService>;

export function createThrottleService({ throttles, tx }: ThrottleServiceDeps) {
  return {
    /**
     * Counts an attempt in several throttles before it is made, in all of them or in none: parallel attempts can't get past
     * a limit together. The order of the keys is the same for everybody, so that no two attempts wait for each other.
     * @returns the count of each key, with this attempt
     * @throws AppError TOO_MANY_ATTEMPTS with the time to wait
     */
    async reserve(ctx: Context, reservations: readonly ThrottleReservation[]): Promise<ReadonlyMap<string, number>> {
      const platformCtx = rescoped(ctx, platformScope);
      const inOrder = [...reservations].sort((a, b) => (a.key < b.key ? -1 : 1));
      try {
        return await tx.run(platformCtx, async (txCtx) => {
          const counts = await Promise.all(inOrder.map((reservation) => throttles.reserve(txCtx, reservation)));
          return new Map(
            inOrder.map(({ key }, index) => {
              const count = counts[index];
              if (count === null || count === undefined) throw appError('TOO_MANY_ATTEMPTS');
              return [key, count];
            }),
          );
        });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const wait = await throttles.longestWait(
          platformCtx,
          inOrder.map(({ key }) => key),
        );
        throw appError('TOO_MANY_ATTEMPTS', { retryAfter: Math.max(1, wait) });
      }
    },

    /** Takes back an attempt that was right. */
    refund: (ctx: Context, keys: readonly string[]): Promise<void> =>
      throttles.refund(rescoped(ctx, platformScope), keys),

    /** Forgets all attempts. */
    clear: (ctx: Context, keys: readonly string[]): Promise<void> =>
      throttles.clear(rescoped(ctx, platformScope), keys),
  };
}
