import { createHmac } from 'node:crypto';
import { appError } from '../../errors/app-error.ts';
import type { IdempotencyRepository } from '../../repositories/base/idempotency.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, TxContext } from '../../types/context.ts';

/** An answer that can be sent again as it was. */
export interface Answer {
  readonly statusCode: number;
  /** The body's JSON. */
  readonly response: string;
}

export interface KeyedRequest {
  /** operationId: a key belongs to one endpoint of one tenant. */
  readonly endpoint: string;
  readonly key: string;
  /** What makes two requests the same. */
  readonly input: unknown;
}

export interface IdempotencyDeps {
  readonly keys: Pick<IdempotencyRepository, 'claim' | 'begin' | 'complete'>;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
  /** Keys the fingerprints: a request can hold a password, and a plain hash of it would let it be guessed. */
  readonly fingerprintKey: Buffer;
}

/** Work that asks somebody outside of the database between two transactions. */
export interface PhasedWork {
  /** Writes down what will be asked, in the transaction that takes the key; resolves with the id of it. */
  begin(txCtx: TxContext): Promise<string>;
  /** Asks, and writes what came of it, outside of every transaction. May run twice with one id, and then comes to the same. */
  finish(begun: string): Promise<Answer>;
}

const KEPT_HOURS = 24;

export type Idempotency = ReturnType<typeof createIdempotency>;

/** Idempotency-Key as draft-ietf-httpapi-idempotency-key-header describes it, with key, effect and answer in one commit. */
export function createIdempotency({ keys, tx, clock, fingerprintKey }: IdempotencyDeps) {
  const fingerprintOf = (ctx: Context, { endpoint, input }: KeyedRequest): Buffer =>
    createHmac('sha256', fingerprintKey)
      .update(JSON.stringify([ctx.actor.id, endpoint, input]))
      .digest();

  const expiry = (): Date => new Date(clock.now().getTime() + KEPT_HOURS * 3_600_000);

  /** @throws AppError IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED */
  const claim = async (txCtx: TxContext, { endpoint, key }: KeyedRequest, fingerprint: Buffer) => {
    const claimed = await keys.claim(txCtx, endpoint, key, fingerprint, expiry());
    if (claimed.state === 'running') throw appError('IDEMPOTENCY_IN_PROGRESS');
    if (claimed.state !== 'claimed' && !claimed.fingerprint.equals(fingerprint))
      throw appError('IDEMPOTENCY_KEY_REUSED');
    return claimed;
  };

  return {
    /**
     * Runs `work` once per key and gives its answer to every repetition.
     * @throws AppError IDEMPOTENCY_IN_PROGRESS while another request holds the key
     * @throws AppError IDEMPOTENCY_KEY_REUSED when the key came with another request before
     */
    async run(
      ctx: Context,
      request: KeyedRequest,
      work: (txCtx: TxContext) => Promise<Answer>,
    ): Promise<Answer & { replayed: boolean }> {
      const fingerprint = fingerprintOf(ctx, request);
      return tx.run(ctx, async (txCtx) => {
        const claimed = await claim(txCtx, request, fingerprint);
        if (claimed.state === 'answered') return { ...claimed.answer, replayed: true };
        const answer = await work(txCtx);
        keys.complete(txCtx, request.endpoint, request.key, answer.statusCode, answer.response);
        return { ...answer, replayed: false };
      });
    },

    /**
     * Begins `work` once per key, and goes on with what was begun until it is answered: after a crash, whoever repeats the key
     * does. Its answer is given to every repetition from then on.
     * @throws AppError as run; and what `finish` throws, which leaves the key as it was begun
     */
    async runInPhases(ctx: Context, request: KeyedRequest, work: PhasedWork): Promise<Answer & { replayed: boolean }> {
      const fingerprint = fingerprintOf(ctx, request);
      const opened = await tx.run(ctx, async (txCtx) => {
        const claimed = await claim(txCtx, request, fingerprint);
        if (claimed.state !== 'claimed') return claimed;
        const begun = await work.begin(txCtx);
        keys.begin(txCtx, request.endpoint, request.key, begun);
        return { state: 'begun' as const, begun };
      });
      if (opened.state === 'answered') return { ...opened.answer, replayed: true };
      const answer = await work.finish(opened.begun);
      return tx.run(ctx, async (txCtx) => {
        const claimed = await claim(txCtx, request, fingerprint);
        if (claimed.state === 'answered') return { ...claimed.answer, replayed: true };
        keys.complete(txCtx, request.endpoint, request.key, answer.statusCode, answer.response);
        return { ...answer, replayed: false };
      });
    },
  };
}
