import type { MrrMovement } from '../../types/billing/mrr.ts';
import type { ChangedFields, SubscriptionChange } from '../../types/billing/subscription.ts';
import type { TenantContext, TenantTxContext, TxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

const INSERT_CHANGE = statement(`
  insert into subscription_changes (tenant_id, id, subscription_id, kind, before, after, effective_at, invoice_id, changed_by,
    changed_by_name, created_at)
  values ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7, $8, $9, $10, $11)`);

const listStatement = statementFamily(
  (hasPosition: boolean) => `
  select id, subscription_id as "subscriptionId", kind, before, after, effective_at as "effectiveAt", invoice_id as "invoiceId",
    changed_by as "changedBy", changed_by_name as "changedByName", created_at as "createdAt"
  from subscription_changes
  where tenant_id = $1 and subscription_id = $2 ${hasPosition ? 'and (created_at, id) < ($4, $5)' : ''}
  order by created_at desc, id desc limit $3`,
);

const LAST_MOVEMENTS = statement(`
  (select kind, mrr, subscription_id as "subscriptionId" from mrr_movements where tenant_id = $1 and subscription_id = $2
    order by occurred_at desc, id desc limit 1)
  union all
  (select kind, mrr, subscription_id from mrr_movements where tenant_id = $1 and subscription_id <> $2 limit 1)`);

const INSERT_MOVEMENT = statement(`
  insert into mrr_movements (tenant_id, id, subscription_id, kind, currency, amount, mrr, plan_id, occurred_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`);

export type NewSubscriptionChange = SubscriptionChange & { readonly tenantId: TenantId };

type ChangeRow = { -readonly [Key in keyof SubscriptionChange]: SubscriptionChange[Key] };
type LastMovement = Pick<MrrMovement, 'kind' | 'mrr' | 'subscriptionId'>;

export type SubscriptionHistoryRepository = ReturnType<typeof createSubscriptionHistoryRepository>;

/** What happened to subscriptions, and what it did to the recurring revenue: rows that are only ever added. */
export function createSubscriptionHistoryRepository({ database }: { database: Database }) {
  return {
    /** Writes an entry together with the commit. */
    appendChange(ctx: TxContext, change: NewSubscriptionChange): void {
      writeAtCommit(ctx.tx, INSERT_CHANGE, [
        change.tenantId,
        change.id,
        change.subscriptionId,
        change.kind,
        toJson(change.before),
        toJson(change.after),
        change.effectiveAt,
        change.invoiceId,
        change.changedBy,
        change.changedByName,
        change.createdAt,
      ]);
    },

    /** A stretch of a subscription's history, the newest entry first. */
    listChanges(
      ctx: TenantContext,
      subscriptionId: string,
      { limit, after }: SlicePart,
    ): Promise<SubscriptionChange[]> {
      return database.query<ChangeRow>(ctx, listStatement(after !== undefined), [
        ctx.scope.tenantId,
        subscriptionId,
        limit,
        ...(after === undefined ? [] : [after.occurredAt, after.id]),
      ]);
    },

    /** The last movement of a subscription, and whether there is any of another subscription of its tenant. */
    async findLastMovement(
      ctx: TenantTxContext,
      subscriptionId: string,
    ): Promise<{ readonly last: LastMovement | null; readonly hasEarlier: boolean }> {
      const rows = await database.query<LastMovement>(ctx, LAST_MOVEMENTS, [ctx.scope.tenantId, subscriptionId]);
      return {
        last: rows.find((row) => row.subscriptionId === subscriptionId) ?? null,
        hasEarlier: rows.some((row) => row.subscriptionId !== subscriptionId),
      };
    },

    async insertMovement(ctx: TenantTxContext, movement: MrrMovement): Promise<void> {
      await database.execute(ctx, INSERT_MOVEMENT, [
        ctx.scope.tenantId,
        movement.id,
        movement.subscriptionId,
        movement.kind,
        movement.currency,
        movement.amount,
        movement.mrr,
        movement.planId,
        movement.occurredAt,
        movement.createdAt,
      ]);
    },
  };
}

const toJson = (fields: ChangedFields | null): string | null => (fields === null ? null : JSON.stringify(fields));
