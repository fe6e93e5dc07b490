import type { TxContext } from '../../types/context.ts';
import { connectionOf } from './transaction.ts';

/** Lets the statements of a transaction wait no longer than this for what others hold: then they fail, and can be tried again. */
export async function limitLockWait(ctx: TxContext, milliseconds: number): Promise<void> {
  if (!Number.isSafeInteger(milliseconds) || milliseconds < 1) throw new RangeError('A wait has a whole millisecond');
  await connectionOf(ctx.tx, ctx.scope).wire.query(`set local lock_timeout = ${milliseconds}`);
}

/**
 * Shows a transaction the database as it is now, whatever others commit meanwhile, and lets it write nothing.
 * Must come before its first statement.
 */
export async function readSnapshot(ctx: TxContext): Promise<void> {
  await connectionOf(ctx.tx, ctx.scope).wire.query('set transaction isolation level repeatable read, read only');
}
