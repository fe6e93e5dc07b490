import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type {
  GatewayEventFilter,
  GatewayEventOutcome,
  GatewayEventRecord,
  NewGatewayEvent,
} from '../../types/payments/gateway-event.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { offsetOf } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

const filters = createFilters({
  gateway: 'gateway = ?',
  waiting: 'processed_at is null',
  failing: 'processed_at is null and attempts > 0',
  processed: 'processed_at is not null',
});

const COLUMNS = `id, gateway, gateway_event_id as "gatewayEventId", type, received_at as "receivedAt",
  processed_at as "processedAt", outcome, attempts, last_error as "lastError", length(body) > 0 as "hasBody"`;

/** Values: the filters', then limit and offset. */
const listStatement = statementFamily((given: string, ascending: boolean) => {
  const { text, next } = filters.clause(given);
  const direction = ascending ? 'asc' : 'desc';
  return `select ${COLUMNS} from gateway_events where ${text}
    order by received_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from gateway_events where ${filters.clause(given).text}`,
);

const INSERT = statement(`
  insert into gateway_events (id, gateway, gateway_event_id, type, body, headers, received_at)
  values ($1, $2, $3, $4, $5, $6, $7) on conflict (gateway, gateway_event_id) do nothing`);

const FIND_KNOWN = statement('select id from gateway_events where gateway = $1 and gateway_event_id = $2');
const FIND = statement(`select ${COLUMNS}, body from gateway_events where id = $1`);
const LOCK = statement(`select ${COLUMNS} from gateway_events where id = $1 for update`);

const COMPLETE = statement(`
  update gateway_events set processed_at = $2, outcome = $3, last_error = null where id = $1 and processed_at is null`);

const FAIL = statement(`
  update gateway_events set attempts = attempts + 1, last_error = $2 where id = $1 and processed_at is null`);

const REOPEN = statement('update gateway_events set processed_at = null, outcome = null where id = $1');

const LIST_WAITING = statement(`
  select id from gateway_events where processed_at is null and received_at >= $1 and received_at < $2
  order by received_at limit $3 for update skip locked`);

/** What was heard and applied long ago keeps its line, without what was in it. */
const DROP_BODIES = statement(`
  update gateway_events set body = '', headers = '{}' where id in (
    select id from gateway_events where received_at >= $1 and received_at < $2 and processed_at is not null
      and length(body) > 0 order by received_at limit $3)`);

const FIND_TENANT = statement(
  'select tenant_id as "tenantId" from payments where gateway = $1 and gateway_payment_id = $2 order by created_at limit 1',
);

type EventRow = { -readonly [Key in keyof GatewayEventRecord]: GatewayEventRecord[Key] };
type PlatformContext = Context<PlatformScope>;

export type GatewayEventRepository = ReturnType<typeof createGatewayEventRepository>;

/** Events of gateways belong to no tenant until they are applied. */
export function createGatewayEventRepository({ database }: { database: Database }) {
  return {
    async list(ctx: PlatformContext, filter: GatewayEventFilter): Promise<Page<GatewayEventRecord>> {
      const { gateway, state, page, limit, sort } = filter;
      const { names, values } = filters.given({ gateway, ...(state !== undefined && { [state]: [] }) });
      const [items, counted] = await Promise.all([
        database.query<EventRow>(ctx, listStatement(names, !sort.startsWith('-')), [
          ...values,
          limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items, page, limit, total: counted[0]?.total ?? 0 };
    },

    /** @returns false when the gateway told it before */
    async insert(ctx: TxContext<PlatformScope>, event: NewGatewayEvent): Promise<boolean> {
      const { id, gateway, gatewayEventId, type, body, headers, receivedAt } = event;
      const values = [id, gateway, gatewayEventId, type, body, headers, receivedAt];
      return (await database.execute(ctx, INSERT, values)) > 0;
    },

    /** The id of an event that a gateway told before. */
    async findKnown(ctx: PlatformContext, gateway: string, gatewayEventId: string): Promise<string | null> {
      return (await database.query<{ id: string }>(ctx, FIND_KNOWN, [gateway, gatewayEventId]))[0]?.id ?? null;
    },

    async find(ctx: PlatformContext, id: string): Promise<(GatewayEventRecord & { readonly body: Buffer }) | null> {
      return (await database.query<EventRow & { body: Buffer }>(ctx, FIND, [id]))[0] ?? null;
    },

    async lock(ctx: TxContext<PlatformScope>, id: string): Promise<GatewayEventRecord | null> {
      return (await database.query<EventRow>(ctx, LOCK, [id]))[0] ?? null;
    },

    async complete(ctx: PlatformContext, id: string, outcome: GatewayEventOutcome, now: string): Promise<void> {
      await database.execute(ctx, COMPLETE, [id, now, outcome]);
    },

    async fail(ctx: PlatformContext, id: string, problem: string): Promise<void> {
      await database.execute(ctx, FAIL, [id, problem]);
    },

    /** Of a locked event. */
    async reopen(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await database.execute(ctx, REOPEN, [id]);
    },

    /** Those that came in between two moments and were not applied, locked; the oldest first. */
    async lockWaiting(ctx: TxContext<PlatformScope>, from: string, to: string, limit: number): Promise<string[]> {
      return (await database.query<{ id: string }>(ctx, LIST_WAITING, [from, to, limit])).map(({ id }) => id);
    },

    /** @returns how many had a body */
    dropBodies(ctx: PlatformContext, from: string, to: string, limit: number): Promise<number> {
      return database.execute(ctx, DROP_BODIES, [from, to, limit]);
    },

    /** Whose payment has an id at its gateway; null for nobody's. */
    async findTenantOf(ctx: PlatformContext, gateway: string, gatewayPaymentId: string): Promise<TenantId | null> {
      const [row] = await database.query<{ tenantId: TenantId }>(ctx, FIND_TENANT, [gateway, gatewayPaymentId]);
      return row?.tenantId ?? null;
    },
  };
}
