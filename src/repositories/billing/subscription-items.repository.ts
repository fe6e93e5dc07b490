import { uuidv7 } from 'uuidv7';
import type { NewUsageEvent, PendingItem, UsageEvent } from '../../types/billing/subscription.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import { trimDecimal } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** Of all the tenant's subscriptions: what the last one left is the next one's. */
const OPEN_ITEMS = statement(`
  select item.id, subscription_id as "subscriptionId", kind, description, item.quantity, item.unit_price as "unitPrice",
    period_start as "periodStart", period_end as "periodEnd"
  from pending_invoice_items item
    join subscriptions subscription on subscription.tenant_id = item.tenant_id and subscription.id = subscription_id
  where item.tenant_id = $1 and invoice_id is null and currency = $2
  order by item.created_at, item.id`);

const TAKE_ITEMS = statement(`
  update pending_invoice_items item set invoice_id = $2, unit_price = taken.unit_price
  from unnest($3::uuid[], $4::numeric[]) as taken (id, unit_price)
  where item.tenant_id = $1 and item.id = taken.id`);

const INSERT_ITEMS = statement(`
  insert into pending_invoice_items (tenant_id, id, subscription_id, created_at, kind, description, quantity, unit_price,
    period_start, period_end)
  select $1, item.id, $2, $3, item.kind, item.description, item.quantity, item.unit_price, item.period_start, item.period_end
  from unnest($4::uuid[], $5::text[], $6::text[], $7::numeric[], $8::numeric[], $9::timestamptz[], $10::timestamptz[])
    as item (id, kind, description, quantity, unit_price, period_start, period_end)`);

const INSERT_USAGE = statement(`
  insert into usage_events (tenant_id, source, event_id, subscription_id, metric, quantity, occurred_at, received_at)
  select $1, event.source, event.event_id, $2, event.metric, event.quantity, event.occurred_at, $3
  from unnest($4::text[], $5::text[], $6::text[], $7::numeric[], $8::timestamptz[])
    as event (source, event_id, metric, quantity, occurred_at)
  on conflict (tenant_id, source, event_id) do nothing
  returning source, event_id as "eventId"`);

const FIND_USAGE = statement(`
  select source, event_id as "eventId", subscription_id as "subscriptionId", metric, quantity, occurred_at as "occurredAt",
    received_at as "receivedAt"
  from usage_events where tenant_id = $1 and (source, event_id) in (select * from unnest($2::text[], $3::text[]))`);

const SUM_USAGE = statement(`
  select metric, sum(quantity) as quantity, count(*) as events from usage_events
  where tenant_id = $1 and subscription_id = $2 and occurred_at >= $3 and occurred_at < $4
  group by metric order by metric`);

type PendingRow = { -readonly [Key in keyof PendingItem]: PendingItem[Key] };
type UsageRow = { -readonly [Key in keyof UsageEvent]: UsageEvent[Key] };

/** What was used of a metric. */
export interface UsageSum {
  readonly metric: string;
  readonly quantity: string;
  readonly events: number;
}

export type SubscriptionItemsRepository = ReturnType<typeof createSubscriptionItemsRepository>;

/** What subscriptions are billed for besides their price: pending items, and what was used. */
export function createSubscriptionItemsRepository({ database }: { database: Database }) {
  return {
    /** What waits for the tenant's next invoice in a currency, the oldest first. */
    async listOpen(ctx: TenantContext, currency: string): Promise<PendingItem[]> {
      const rows = await database.query<PendingRow>(ctx, OPEN_ITEMS, [ctx.scope.tenantId, currency]);
      return rows.map((row) => ({
        ...row,
        quantity: trimDecimal(row.quantity),
        unitPrice: trimDecimal(row.unitPrice),
      }));
    },

    /** Writes down which invoice took items up, and at which price. */
    async markTaken(
      ctx: TenantTxContext,
      invoiceId: string,
      items: readonly Pick<PendingItem, 'id' | 'unitPrice'>[],
    ): Promise<void> {
      const arrays = [items.map(({ id }) => id), items.map(({ unitPrice }) => unitPrice)];
      await database.execute(ctx, TAKE_ITEMS, [ctx.scope.tenantId, invoiceId, ...arrays]);
    },

    async insert(
      ctx: TenantTxContext,
      subscriptionId: string,
      items: readonly Omit<PendingItem, 'id' | 'subscriptionId'>[],
      now: string,
    ): Promise<void> {
      await database.execute(ctx, INSERT_ITEMS, [
        ctx.scope.tenantId,
        subscriptionId,
        now,
        items.map(() => uuidv7()),
        items.map(({ kind }) => kind),
        items.map(({ description }) => description),
        items.map(({ quantity }) => quantity),
        items.map(({ unitPrice }) => unitPrice),
        items.map(({ periodStart }) => periodStart),
        items.map(({ periodEnd }) => periodEnd),
      ]);
    },

    /** Adds the events that are not there yet. @returns what identifies those it has added */
    insertUsage(
      ctx: TenantTxContext,
      subscriptionId: string,
      events: readonly NewUsageEvent[],
      now: string,
    ): Promise<Pick<UsageEvent, 'source' | 'eventId'>[]> {
      return database.query<Pick<UsageRow, 'source' | 'eventId'>>(ctx, INSERT_USAGE, [
        ctx.scope.tenantId,
        subscriptionId,
        now,
        events.map(({ source }) => source),
        events.map(({ eventId }) => eventId),
        events.map(({ metric }) => metric),
        events.map(({ quantity }) => quantity),
        events.map(({ occurredAt }) => occurredAt),
      ]);
    },

    /** Events of the tenant, whichever subscription they count for. */
    async findUsage(
      ctx: TenantContext,
      events: readonly Pick<UsageEvent, 'source' | 'eventId'>[],
    ): Promise<UsageEvent[]> {
      const arrays = [events.map(({ source }) => source), events.map(({ eventId }) => eventId)];
      const rows = await database.query<UsageRow>(ctx, FIND_USAGE, [ctx.scope.tenantId, ...arrays]);
      return rows.map((row) => ({ ...row, quantity: trimDecimal(row.quantity) }));
    },

    /** What was used from `from` to before `to`, by metric. */
    async sumUsage(ctx: TenantContext, subscriptionId: string, from: string, to: string): Promise<UsageSum[]> {
      const values = [ctx.scope.tenantId, subscriptionId, from, to];
      const rows = await database.query<Pick<UsageSum, keyof UsageSum>>(ctx, SUM_USAGE, values);
      return rows.map((row) => ({ ...row, quantity: trimDecimal(row.quantity) }));
    },
  };
}
