import { createHash } from 'node:crypto';
import type { TxContext } from '../../types/context.ts';
import { PLATFORM_ID } from '../../types/ids.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';
import { writeAtCommit } from './transaction.ts';

/** The answer that belongs to a key. */
export interface StoredAnswer {
  readonly statusCode: number;
  readonly response: string;
}

export type Claim =
  | { readonly state: 'claimed' }
  | { readonly state: 'running' }
  /** Its first phase is committed, and its answer is not there yet. */
  | { readonly state: 'begun'; readonly fingerprint: Buffer; readonly begun: string }
  | { readonly state: 'answered'; readonly fingerprint: Buffer; readonly answer: StoredAnswer };

interface ClaimRow {
  held: boolean;
  claimed: boolean;
  fingerprint: Buffer | null;
  statusCode: number | null;
  response: string | null;
}

const CLAIM = statement(`
  with lock as materialized (select pg_try_advisory_xact_lock($1::bigint) as held),
  claimed as (
    insert into idempotency_keys (tenant_id, endpoint, key, fingerprint, expires_at)
    select $2, $3, $4, $5, $6 from lock where held
    on conflict (tenant_id, endpoint, key) do update
      set fingerprint = excluded.fingerprint, expires_at = excluded.expires_at, created_at = now(), status_code = null, response = null
      where idempotency_keys.expires_at < now()
    returning 1
  )
  select lock.held, exists (select from claimed) as claimed, stored.fingerprint, stored.status_code as "statusCode", stored.response
  from lock
  left join idempotency_keys stored on stored.tenant_id = $2 and stored.endpoint = $3 and stored.key = $4`);

/** Until there is a status, the response is the id of what was begun. */
const BEGIN = statement(
  'update idempotency_keys set response = $4 where tenant_id = $1 and endpoint = $2 and key = $3',
);

const COMPLETE = statement(
  'update idempotency_keys set status_code = $4, response = $5 where tenant_id = $1 and endpoint = $2 and key = $3',
);

const DELETE_EXPIRED = statement(`
  delete from idempotency_keys where (tenant_id, endpoint, key) in
    (select tenant_id, endpoint, key from idempotency_keys where expires_at < now() order by expires_at limit $1)`);

export type IdempotencyRepository = ReturnType<typeof createIdempotencyRepository>;

export function createIdempotencyRepository({ database }: { database: Database }) {
  const tenantOf = (ctx: TxContext): string => (ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : PLATFORM_ID);

  const claim = async (
    ctx: TxContext,
    endpoint: string,
    key: string,
    fingerprint: Buffer,
    expiresAt: Date,
    looksLeft = 2,
  ): Promise<Claim> => {
    if (looksLeft === 0) return { state: 'running' };
    const tenantId = tenantOf(ctx);
    const values = [lockNumber(tenantId, endpoint, key), tenantId, endpoint, key, fingerprint, expiresAt];
    const [row] = await database.query<ClaimRow & Record<string, unknown>>(ctx, CLAIM, values);
    if (row === undefined || !row.held) return { state: 'running' };
    if (row.claimed) return { state: 'claimed' };
    const { fingerprint: stored, statusCode, response } = row;
    // The holder committed between this statement's snapshot and its lock: a new snapshot sees the answer.
    if (stored === null || response === null) return claim(ctx, endpoint, key, fingerprint, expiresAt, looksLeft - 1);
    if (statusCode === null) return { state: 'begun', fingerprint: stored, begun: response };
    return { state: 'answered', fingerprint: stored, answer: { statusCode, response } };
  };

  return {
    /** Takes the key for this transaction, or tells who has it. */
    claim: (ctx: TxContext, endpoint: string, key: string, fingerprint: Buffer, expiresAt: Date): Promise<Claim> =>
      claim(ctx, endpoint, key, fingerprint, expiresAt),

    /** Stores the id of what was begun with the commit; the answer follows. */
    begin(ctx: TxContext, endpoint: string, key: string, begun: string): void {
      writeAtCommit(ctx.tx, BEGIN, [tenantOf(ctx), endpoint, key, begun]);
    },

    /** Stores the answer with the commit. */
    complete(ctx: TxContext, endpoint: string, key: string, statusCode: number, response: string): void {
      writeAtCommit(ctx.tx, COMPLETE, [tenantOf(ctx), endpoint, key, statusCode, response]);
    },

    /** @returns how many were deleted; call again while it equals `limit` */
    deleteExpired(ctx: TxContext, limit: number): Promise<number> {
      return database.execute(ctx, DELETE_EXPIRED, [limit]);
    },
  };
}

/** A lock of its own for each key: 63 bits of a hash, so that two keys practically never share one. */
function lockNumber(tenantId: string, endpoint: string, key: string): string {
  const digest = createHash('sha256').update(`${tenantId}\n${endpoint}\n${key}`).digest();
  return (digest.readBigUInt64BE() >> 1n).toString();
}
