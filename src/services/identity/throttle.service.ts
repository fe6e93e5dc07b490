import { AppError, appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { ThrottleRepository, ThrottleReservation } from '../../repositories/identity/throttle.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';

export interface ThrottleServiceDeps {
  readonly throttles: ThrottleRepository;
  readonly tx: TransactionRunner;
}

/** An attempt that may be made, or has to wait. */
export type ThrottleVerdict =
  | {
      readonly admitted: true;
      /** The count of each key, with this attempt. */
      readonly counts: ReadonlyMap<string, number>;
    }
  | {
      readonly admitted: false;
      /** The keys that have to wait; at least one. */
      readonly blocked: readonly [string, ...string[]];
      /** Seconds until none of them has to wait any more, 1 or more. */
      readonly retryAfter: number;
    };

/** Something that is done once in a while, however often there is an occasion. */
export interface RareDeed {
  readonly key: string;
  readonly kind: string;
  readonly seconds: number;
}

export type ThrottleService = ReturnType<typeof createThrottleService>;

export function createThrottleService({ throttles, tx }: ThrottleServiceDeps) {
  /** In all throttles or in none. The order of the keys is the same for everybody, so that no two attempts wait for each other. */
  const tryReserve = async (ctx: Context, reservations: readonly ThrottleReservation[]): Promise<ThrottleVerdict> => {
    const platformCtx = rescoped(ctx, platformScope);
    const inOrder = [...reservations].sort((a, b) => (a.key < b.key ? -1 : 1));
    let blocked: string[] = [];
    try {
      const counts = await tx.run(platformCtx, async (txCtx) => {
        const counted = await Promise.all(
          inOrder.map(async (reservation) => ({
            key: reservation.key,
            count: await throttles.reserve(txCtx, reservation),
          })),
        );
        blocked = counted.filter(({ count }) => count === null).map(({ key }) => key);
        if (blocked.length > 0) throw appError('TOO_MANY_ATTEMPTS');
        return new Map(counted.map(({ key, count }) => [key, count ?? 0]));
      });
      return { admitted: true, counts };
    } catch (error) {
      const [first, ...others] = blocked;
      if (!(error instanceof AppError) || first === undefined) throw error;
      const wait = await throttles.longestWait(platformCtx, blocked);
      return { admitted: false, blocked: [first, ...others], retryAfter: Math.max(1, wait) };
    }
  };

  return {
    /** Counts an attempt in several throttles before it is made: parallel attempts can't get past a limit together. */
    tryReserve,

    /**
     * As `tryReserve`.
     * @returns the count of each key, with this attempt
     * @throws AppError TOO_MANY_ATTEMPTS with the time to wait
     */
    async reserve(ctx: Context, reservations: readonly ThrottleReservation[]): Promise<ReadonlyMap<string, number>> {
      const verdict = await tryReserve(ctx, reservations);
      if (!verdict.admitted) throw appError('TOO_MANY_ATTEMPTS', { retryAfter: verdict.retryAfter });
      return verdict.counts;
    },

    /** Whether it is time to do something again; asking counts as doing it, unless the transaction is undone. */
    async isDue(txCtx: TxContext<PlatformScope>, { key, kind, seconds }: RareDeed): Promise<boolean> {
      const rule = { free: 1, firstWait: seconds, longestWait: seconds, forgottenAfter: seconds };
      return (await throttles.reserve(txCtx, { key, kind, userId: null, rule })) !== null;
    },

    /** Takes back an attempt that was right. */
    refund: (ctx: Context, keys: readonly string[]): Promise<void> => throttles.refund(onPlatform(ctx), keys),

    /** Forgets all attempts; in a transaction, with its commit. */
    clear: (ctx: Context, keys: readonly string[]): Promise<void> => throttles.clear(onPlatform(ctx), keys),

    /** Forgets what a user is counted for, of some kinds; with the commit. */
    clearOfUser: (txCtx: TxContext<PlatformScope>, userId: string, kinds: readonly string[]): void =>
      throttles.clearOfUser(txCtx, userId, kinds),
  };
}

/** Throttles are global: a transaction that writes them has been begun on the platform. */
const onPlatform = (ctx: Context): Context<PlatformScope> =>
  ctx.tx === null ? rescoped(ctx, platformScope) : { ...ctx, scope: platformScope };
