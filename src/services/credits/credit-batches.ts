import { AppError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type {
  CreditBooking,
  CreditReservation,
  DeductInput,
  ReserveInput,
} from '../../types/credits/credit-booking.ts';
import type { CreditLedgerService } from './credit-ledger.service.ts';

export interface CreditBatchesDeps {
  readonly ledger: Pick<CreditLedgerService, 'deduct' | 'reserve' | 'commit' | 'release'>;
  readonly tx: TransactionRunner;
}

interface Job {
  readonly ctx: TenantContext;
  /** Books in the transaction of `ctx`. @returns what tells the caller, once it has committed */
  book(ctx: TenantTxContext): Promise<() => void>;
  fail(error: unknown): void;
}

const MOST_IN_A_BATCH = 50;

export type CreditBatches = ReturnType<typeof createCreditBatches>;

/**
 * Operations that need no transaction with anything else. Those that wait for the same wallet in this process share the next
 * transaction: a hot wallet waits for the disk once for all of them, and never holds more than one connection. What one is
 * refused is no matter to the others.
 */
export function createCreditBatches({ ledger, tx }: CreditBatchesDeps) {
  const waiting = new Map<string, Job[]>();

  const book = async (jobs: readonly [Job, ...Job[]]): Promise<void> => {
    const tellers = await tx.run(jobs[0].ctx, async (txCtx) => {
      const results = await Promise.allSettled(jobs.map((job) => job.book({ ...job.ctx, tx: txCtx.tx })));
      return results.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
      });
    });
    for (const tell of tellers) tell();
  };

  const bookAlone = async (job: Job): Promise<void> => {
    try {
      await book([job]);
    } catch (error) {
      job.fail(error);
    }
  };

  /** A failure that is no refusal undoes the transaction of all: then each has one of its own. */
  const bookTogether = async (jobs: readonly Job[]): Promise<void> => {
    const [first, ...others] = jobs;
    if (first === undefined) return;
    if (others.length === 0) return bookAlone(first);
    try {
      await book([first, ...others]);
    } catch {
      for (const job of jobs) await bookAlone(job);
    }
  };

  const drain = async (tenantId: string, queue: Job[]): Promise<void> => {
    while (queue.length > 0) await bookTogether(queue.splice(0, MOST_IN_A_BATCH));
    waiting.delete(tenantId);
  };

  const enqueue = <T>(ctx: TenantContext, work: (txCtx: TenantTxContext) => Promise<T>): Promise<T> => {
    if (ctx.tx !== null) throw new Error('In a transaction the ledger itself is used');
    return new Promise((resolve, reject) => {
      const job: Job = {
        ctx,
        fail: reject,
        async book(txCtx) {
          try {
            const booking = await work(txCtx);
            return () => resolve(booking);
          } catch (error) {
            if (error instanceof AppError) return () => reject(error);
            throw error;
          }
        },
      };
      const { tenantId } = ctx.scope;
      const queue = waiting.get(tenantId);
      if (queue !== undefined) {
        queue.push(job);
        return;
      }
      const fresh = [job];
      waiting.set(tenantId, fresh);
      void drain(tenantId, fresh);
    });
  };

  return {
    /** As the ledger's. */
    deduct: (ctx: TenantContext, input: DeductInput): Promise<CreditBooking> =>
      enqueue(ctx, (txCtx) => ledger.deduct(txCtx, input)),

    /** As the ledger's. */
    reserve: (ctx: TenantContext, input: ReserveInput): Promise<CreditReservation> =>
      enqueue(ctx, (txCtx) => ledger.reserve(txCtx, input)),

    /** As the ledger's. */
    commit: (ctx: TenantContext, reservationId: string, credits: number): Promise<CreditBooking> =>
      enqueue(ctx, (txCtx) => ledger.commit(txCtx, reservationId, credits)),

    /** As the ledger's. */
    release: (ctx: TenantContext, reservationId: string): Promise<CreditBooking> =>
      enqueue(ctx, (txCtx) => ledger.release(txCtx, reservationId)),
  };
}
