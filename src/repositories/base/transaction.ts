import type { TransactionConnection } from '../../config/database.ts';
import type { Scope, Transaction } from '../../types/context.ts';
import type { Statement } from './statement.ts';

/** A statement that rides with the commit: it is written together with COMMIT, and its failure undoes the transaction. */
export interface ClosingStatement {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** What a transaction is inside repositories/base. */
export interface OpenTransaction {
  readonly scope: Scope;
  readonly connection: TransactionConnection;
  readonly closing: ClosingStatement[];
  readonly effects: Array<() => void | Promise<void>>;
}

const open = new WeakMap<Transaction, OpenTransaction>();

/** Hides a connection behind the handle that services see. */
export function createTransaction(
  scope: Scope,
  connection: TransactionConnection,
): { handle: Transaction; state: OpenTransaction } {
  const state: OpenTransaction = { scope, connection, closing: [], effects: [] };
  const handle: Transaction = { afterCommit: (effect) => void stateOf(handle).effects.push(effect) };
  open.set(handle, state);
  return { handle, state };
}

/** @throws Error when the transaction has ended: whoever kept its context would otherwise write outside of it */
function stateOf(transaction: Transaction): OpenTransaction {
  const state = open.get(transaction);
  if (state === undefined) throw new Error('This transaction has ended');
  return state;
}

/** @throws Error when the transaction has ended, or was begun in another scope: its rows are not those the caller means */
export function connectionOf(transaction: Transaction, scope: Scope): TransactionConnection {
  const state = stateOf(transaction);
  if (!isSameScope(state.scope, scope)) throw new Error('A transaction can not change its scope');
  return state.connection;
}

const isSameScope = (a: Scope, b: Scope): boolean =>
  a.kind === 'tenant' ? b.kind === 'tenant' && a.tenantId === b.tenantId : b.kind === 'platform';

/** From here on nothing more runs in it: what still goes on in its name is refused instead of running after its end. */
export function endTransaction(transaction: Transaction): void {
  open.get(transaction)?.connection.closeOrm();
  open.delete(transaction);
}

/** Adds a statement whose answer nobody needs to the commit's round trip. */
export const writeAtCommit = (transaction: Transaction, statement: Statement, values: readonly unknown[]): void =>
  void stateOf(transaction).closing.push({ statement, values });
