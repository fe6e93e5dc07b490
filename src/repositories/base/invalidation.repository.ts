import type { TxContext } from '../../types/context.ts';
import { statement } from './statement.ts';
import { writeAtCommit } from './transaction.ts';

/** The channel on which processes tell each other what their caches must forget. */
export const INVALIDATION_CHANNEL = 'rowhouse_invalidation';

const NOTIFY = statement(`select pg_notify('${INVALIDATION_CHANNEL}', $1)`);

/** What caches can hold of a thing that has changed. */
export type InvalidationTopic =
  | 'tenant'
  | 'session'
  | 'user'
  | 'api-key'
  | 'ip-rules'
  | 'configs'
  | 'entitlements'
  | 'plan'
  | 'fee-schedules';

/** Reaches every process with the commit. */
export const invalidateAtCommit = (ctx: TxContext, topic: InvalidationTopic, id: string): void =>
  writeAtCommit(ctx.tx, NOTIFY, [`${topic}:${id}`]);
