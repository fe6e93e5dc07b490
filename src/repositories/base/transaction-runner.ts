import type pg from 'pg';
import type { DatabaseConnections } from '../../config/database.ts';
import { beginStatement, spoilsConnection } from '../../config/scoped-pool.ts';
import { sqlStateOf } from '../../config/sql-state.ts';
import type { Context, Scope, TxContext } from '../../types/context.ts';
import { connectionOf, createTransaction, endTransaction, type OpenTransaction } from './transaction.ts';

/** Starts transactions. Services are given this; nobody else starts one. */
export interface TransactionRunner {
  /**
   * Runs `work` in one transaction, or joins the one of `ctx`. It commits when `work` resolves and leaves nothing behind when
   * it throws. A serialization failure or a deadlock runs `work` again, twice at the most: it must have no effect outside.
   * No network call, hashing or unbounded read belongs inside.
   */
  run<S extends Scope, T>(ctx: Context<S>, work: (txCtx: TxContext<S>) => Promise<T>): Promise<T>;
}

const MOST_ATTEMPTS = 3;
const RETRIED = new Set(['40001', '40P01']);

export function createTransactionRunner(
  connections: DatabaseConnections,
  onEffectFailure: (error: unknown) => void,
): TransactionRunner {
  const attempt = async <S extends Scope, T>(ctx: Context<S>, work: (txCtx: TxContext<S>) => Promise<T>) => {
    const connection = await connections.checkOut(ctx.scope);
    const { handle, state } = createTransaction(ctx.scope, connection);
    let failure: unknown;
    try {
      const begun = connection.wire.query(beginStatement(ctx.scope));
      begun.catch(() => undefined);
      const result = await work({ ...ctx, tx: handle });
      endTransaction(handle);
      await begun;
      await commit(connection.wire, state, connections.nameOf);
      return { result, effects: state.effects };
    } catch (error) {
      failure = error;
      endTransaction(handle);
      await connection.wire.query('rollback').catch((rollbackError: unknown) => {
        failure = rollbackError;
      });
      throw error;
    } finally {
      connection.wire.release(spoilsConnection(failure));
    }
  };

  return {
    async run(ctx, work) {
      if (isInTransaction(ctx)) {
        connectionOf(ctx.tx, ctx.scope);
        return work(ctx);
      }
      for (let attempts = 1; ; attempts += 1) {
        try {
          const { result, effects } = await attempt(ctx, work);
          await runEffects(effects, onEffectFailure);
          return result;
        } catch (error) {
          if (attempts >= MOST_ATTEMPTS || !isRetried(error)) throw error;
        }
      }
    },
  };
}

const isInTransaction = <S extends Scope>(ctx: Context<S>): ctx is TxContext<S> => ctx.tx !== null;

const isRetried = (error: unknown): boolean => RETRIED.has(sqlStateOf(error) ?? '');

/** Writes the closing statements and COMMIT in one go. The first failure is the one that counts: what follows it only says "aborted". */
async function commit(
  wire: pg.PoolClient,
  state: OpenTransaction,
  nameOf: (text: string) => string | undefined,
): Promise<void> {
  const closing = state.closing.map(({ statement: { text }, values }) =>
    wire.query({ name: nameOf(text), text, values: [...values] }),
  );
  const committed = wire.query('commit');
  const results = await Promise.allSettled([...closing, committed]);
  for (const result of results) {
    if (result.status === 'rejected') throw result.reason;
  }
  if ((await committed).command !== 'COMMIT') throw new Error('The transaction was rolled back by the database');
}

async function runEffects(effects: OpenTransaction['effects'], onFailure: (error: unknown) => void): Promise<void> {
  for (const effect of effects) {
    try {
      await effect();
    } catch (error) {
      onFailure(error);
    }
  }
}
