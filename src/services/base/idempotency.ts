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
  readonly keys: Pick<IdempotencyRepository, 'claim' | 'complete'>;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
  /** Keys the fingerprints: a request can hold a password, and a plain hash of it would let it be guessed. */
  readonly fingerprintKey: Buffer;
}

const KEPT_HOURS = 24;

export type Idempotency = ReturnType<typeof createIdempotency>;

/** Idempotency-Key as draft-ietf-httpapi-idempotency-key-header describes it, with key, effect and answer in one commit. */
export function createIdempotency({ keys, tx, clock, fingerprintKey }: IdempotencyDeps) {
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
      const fingerprint = createHmac('sha256', fingerprintKey)
        .update(JSON.stringify([ctx.actor.id, request.endpoint, request.input]))
        .digest();
      const expiresAt = new Date(clock.now().getTime() + KEPT_HOURS * 3_600_000);
      return tx.run(ctx, async (txCtx) => {
        const claim = await keys.claim(txCtx, request.endpoint, request.key, fingerprint, expiresAt);
        if (claim.state === 'running') throw appError('IDEMPOTENCY_IN_PROGRESS');
        if (claim.state === 'answered') {
          if (!claim.answer.fingerprint.equals(fingerprint)) throw appError('IDEMPOTENCY_KEY_REUSED');
          return { statusCode: claim.answer.statusCode, response: claim.answer.response, replayed: true };
        }
        const answer = await work(txCtx);
        keys.complete(txCtx, request.endpoint, request.key, answer.statusCode, answer.response);
        return { ...answer, replayed: false };
      });
    },
  };
}
