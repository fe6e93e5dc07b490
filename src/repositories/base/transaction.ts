import type { TransactionConnection } from '../../config/database.ts';
import type { Transaction } from '../../types/context.ts';
import type { Statement } from './statement.ts';

/** A statement that rides with the commit: it is written together with COMMIT, and its failure undoes the transaction. */
export interface ClosingStatement {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** What a transaction is inside repositories/base. */
export interface OpenTransaction {
  readonly connection: TransactionConnection;
  readonly closing: ClosingStatement[];
  readonly effects: Array<() => void | Promise<void>>;
}

const open = new WeakMap<Transaction, OpenTransaction>();

/** Hides a connection behind the handle that services see. */
export function createTransaction(connection: TransactionConnection): { handle: Transaction; state: OpenTransaction } {
  const state: OpenTransaction = { connection, closing: [], effects: [] };
  const handle: Transaction = { afterCommit: (effect) => void state.effects.push(effect) };
  open.set(handle, state);
  return { handle, state };
}

/** @throws Error when the transaction has ended: whoever kept its context would otherwise write outside of it */
export function stateOf(transaction: Transaction): OpenTransaction {
  const state = open.get(transaction);
  if (state === undefined) throw new Error('This transaction has ended');
  return state;
}

export const connectionOf = (transaction: Transaction): TransactionConnection => stateOf(transaction).connection;

export const endTransaction = (transaction: Transaction): void => void open.delete(transaction);

/** Adds a statement whose answer nobody needs to the commit's round trip. */
export const writeAtCommit = (transaction: Transaction, statement: Statement, values: readonly unknown[]): void =>
  void stateOf(transaction).closing.push({ statement, values });
