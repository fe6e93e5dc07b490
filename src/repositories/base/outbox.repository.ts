import type { Context, TenantContext, TxContext } from '../../types/context.ts';
import type { Database } from './database.ts';
import { statement } from './statement.ts';
import { writeAtCommit } from './transaction.ts';

/** A domain event on its way to the queues. */
export interface OutboxEvent {
  readonly id: string;
  readonly tenantId: string;
  readonly type: string;
  /** The row it is about: events of one subject are handed over in order. */
  readonly subject: string;
  readonly payload: unknown;
  readonly requestId: string;
  readonly occurredAt: string;
}

/** An event with its place in the outbox. */
export interface TakenEvent extends OutboxEvent {
  readonly sequence: number;
}

/** The channel that wakes the relay. */
export const OUTBOX_CHANNEL = 'rowhouse_outbox';

const APPEND = statement(`
  with appended as (
    insert into outbox_events (tenant_id, id, type, subject, payload, request_id, occurred_at) values ($1, $2, $3, $4, $5, $6, $7)
  )
  select pg_notify('${OUTBOX_CHANNEL}', '')`);

const APPEND_MANY = statement(`
  with appended as (
    insert into outbox_events (tenant_id, id, type, subject, payload, request_id, occurred_at)
    select $1, event.id, event.type, event.subject, event.payload::jsonb, $2, $3
    from unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) with ordinality as event (id, type, subject, payload, position)
    order by event.position
  )
  select pg_notify('${OUTBOX_CHANNEL}', '')`);

const TAKE = statement(`
  select sequence, tenant_id as "tenantId", id, type, subject, payload, request_id as "requestId", occurred_at as "occurredAt"
  from outbox_events where published_at is null and type = any($1) order by sequence limit $2`);

const FIND = statement(`
  select tenant_id as "tenantId", id, type, subject, payload, request_id as "requestId", occurred_at as "occurredAt"
  from outbox_events where tenant_id = $1 and id = $2`);

const TRY_LEAD = statement('select pg_try_advisory_xact_lock(7205759403792793600) as leads');
const MARK_PUBLISHED = statement(
  'update outbox_events set published_at = now() where sequence = any($1::bigint[]) and published_at is null',
);
const DELETE_PUBLISHED = statement(`
  delete from outbox_events where ctid = any (array(
    select ctid from outbox_events where published_at < $1 order by published_at limit $2))`);
const COUNT_UNPUBLISHED = statement(
  'select count(*) as count, extract(epoch from now() - min(occurred_at))::float8 as "oldestSeconds" from outbox_events where published_at is null',
);

export type OutboxRepository = ReturnType<typeof createOutboxRepository>;

export function createOutboxRepository({ database }: { database: Database }) {
  return {
    /** Commits with the transaction, or not at all. */
    append(ctx: TxContext, event: OutboxEvent): void {
      const { tenantId, id, type, subject, payload, requestId, occurredAt } = event;
      writeAtCommit(ctx.tx, APPEND, [tenantId, id, type, subject, JSON.stringify(payload), requestId, occurredAt]);
    },

    /** As `append`, for many events of one tenant, request and moment. */
    appendMany(ctx: TxContext, events: readonly OutboxEvent[]): void {
      const [first] = events;
      if (first === undefined) return;
      const { tenantId, requestId, occurredAt } = first;
      writeAtCommit(ctx.tx, APPEND_MANY, [
        tenantId,
        requestId,
        occurredAt,
        events.map(({ id }) => id),
        events.map(({ type }) => type),
        events.map(({ subject }) => subject),
        events.map(({ payload }) => JSON.stringify(payload)),
      ]);
    },

    /** An event of the tenant, for a job that was given no more than its id; null once it has been cleaned up. */
    async find(ctx: TenantContext, id: string): Promise<OutboxEvent | null> {
      const [event] = await database.query<OutboxEvent & Record<string, unknown>>(ctx, FIND, [ctx.scope.tenantId, id]);
      return event ?? null;
    },

    /** Whether this transaction is the one relay that may hand events over now. */
    async tryLead(ctx: TxContext): Promise<boolean> {
      const [row] = await database.query<{ leads: boolean }>(ctx, TRY_LEAD);
      return row?.leads ?? false;
    },

    /** The oldest events of these types that no queue has yet. */
    take(ctx: TxContext, types: readonly string[], limit: number): Promise<TakenEvent[]> {
      return database.query<TakenEvent & Record<string, unknown>>(ctx, TAKE, [types, limit]);
    },

    markPublished(ctx: TxContext, events: readonly TakenEvent[]): Promise<number> {
      return database.execute(ctx, MARK_PUBLISHED, [events.map((event) => event.sequence)]);
    },

    /** @returns how many were deleted; call again while it equals `limit` */
    deletePublishedBefore(ctx: Context, before: string, limit: number): Promise<number> {
      return database.execute(ctx, DELETE_PUBLISHED, [before, limit]);
    },

    async backlog(ctx: Context): Promise<{ count: number; oldestSeconds: number }> {
      const [row] = await database.query<{ count: number; oldestSeconds: number | null }>(ctx, COUNT_UNPUBLISHED);
      return { count: row?.count ?? 0, oldestSeconds: row?.oldestSeconds ?? 0 };
    },
  };
}
