import { uuidv7 } from 'uuidv7';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

/** How often something may happen before each further time has to wait, and how long. Times in seconds. */
export interface ThrottleRule {
  /** Times without a wait. */
  readonly free: number;
  /** The wait after the last free time; it doubles with each further one. */
  readonly firstWait: number;
  readonly longestWait: number;
  /** Without another time the count begins anew. */
  readonly forgottenAfter: number;
  /** From this count on, where there is one, the wait is this long. */
  readonly exhausted?: { readonly count: number; readonly wait: number };
}

export interface ThrottleReservation {
  readonly key: string;
  readonly kind: string;
  readonly userId: string | null;
  readonly rule: ThrottleRule;
}

const NEXT_COUNT = `case when throttle.updated_at < clock_timestamp() - make_interval(secs => $8) then 1 else throttle.count + 1 end`;

/** Counts before the attempt is made: parallel attempts wait for the row and see each other's count. */
const RESERVE = statement(`
  insert into throttles as throttle (id, key, kind, user_id, count, blocked_until, updated_at)
  values ($1, $2, $3, $4, 1, case when $5::int <= 1 then clock_timestamp() + make_interval(secs => $6) end, clock_timestamp())
  on conflict (key) do update set
    user_id = excluded.user_id,
    count = ${NEXT_COUNT},
    blocked_until = case
      when ${NEXT_COUNT} >= $9::int then clock_timestamp() + make_interval(secs => $10::float8)
      when ${NEXT_COUNT} >= $5 then clock_timestamp()
        + make_interval(secs => least($7::float8, $6::float8 * power(2, least(30, ${NEXT_COUNT} - $5::int)))) end,
    updated_at = clock_timestamp()
  where throttle.blocked_until is null or throttle.blocked_until <= clock_timestamp()
  returning count`);

const LONGEST_WAIT = statement(`
  select coalesce(max(ceil(extract(epoch from blocked_until - clock_timestamp()))), 0)::int as seconds
  from throttles where key = any($1) and blocked_until > clock_timestamp()`);

const REFUND = statement(
  'update throttles set count = greatest(0, count - 1), blocked_until = null where key = any($1)',
);

const CLEAR = statement('delete from throttles where key = any($1)');

const CLEAR_OF_USER = statement('delete from throttles where user_id = $1 and kind = any($2)');

export type ThrottleRepository = ReturnType<typeof createThrottleRepository>;

/** Counters that hold in every process: measured by the database's clock, and counted in one statement each. */
export function createThrottleRepository({ database }: { database: Database }) {
  return {
    /**
     * Counts one more time, unless it has to wait.
     * @returns the count with this time; null when it has to wait
     */
    async reserve(ctx: TxContext<PlatformScope>, reservation: ThrottleReservation): Promise<number | null> {
      const { key, kind, userId, rule } = reservation;
      const [row] = await database.query<{ count: number }>(ctx, RESERVE, [
        uuidv7(),
        key,
        kind,
        userId,
        rule.free,
        rule.firstWait,
        rule.longestWait,
        rule.forgottenAfter,
        rule.exhausted?.count ?? null,
        rule.exhausted?.wait ?? null,
      ]);
      return row?.count ?? null;
    },

    /** Seconds until none of the keys has to wait, 0 for at once. */
    async longestWait(ctx: Context<PlatformScope>, keys: readonly string[]): Promise<number> {
      const [row] = await database.query<{ seconds: number }>(ctx, LONGEST_WAIT, [keys]);
      return row?.seconds ?? 0;
    },

    /** Takes back one time of each key, and the wait it brought. */
    async refund(ctx: Context<PlatformScope>, keys: readonly string[]): Promise<void> {
      await database.execute(ctx, REFUND, [keys]);
    },

    /** Forgets all times of each key; in a transaction, with its commit. */
    async clear(ctx: Context<PlatformScope>, keys: readonly string[]): Promise<void> {
      if (ctx.tx === null) await database.execute(ctx, CLEAR, [keys]);
      else writeAtCommit(ctx.tx, CLEAR, [keys]);
    },

    /** Forgets what a user is counted for, of some kinds; with the commit. */
    clearOfUser(ctx: TxContext<PlatformScope>, userId: string, kinds: readonly string[]): void {
      writeAtCommit(ctx.tx, CLEAR_OF_USER, [userId, kinds]);
    },
  };
}
