import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Dispute, DisputeStatus, Refund, RefundFilter } from '../../types/payments/payment.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { offsetOf } from '../base/order.ts';
import * as sql from './refund-statements.ts';

type RefundRow = { -readonly [Key in keyof Refund]: Refund[Key] };
type DisputeRow = { -readonly [Key in keyof Dispute]: Dispute[Key] };

export type RefundRepository = ReturnType<typeof createRefundRepository>;

/** Money that goes back: refunds, and disputes. */
export function createRefundRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context, filter: RefundFilter): Promise<Page<Refund>> {
      const { status, paymentId, createdFrom, createdTo } = filter;
      const tenantId = ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined;
      const { names, values } = sql.filters.given({ tenantId, status, paymentId, createdFrom, createdTo });
      const [rows, counted] = await Promise.all([
        database.query<RefundRow>(ctx, sql.listStatement(names, !filter.sort.startsWith('-')), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items: rows.map(toRefund), page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: TenantContext, id: string): Promise<Refund | null> {
      const [row] = await database.query<RefundRow>(ctx, sql.FIND, [ctx.scope.tenantId, id]);
      return row === undefined ? null : toRefund(row);
    },

    /** In the order of their ids. */
    async findMany(ctx: TenantContext, ids: readonly string[]): Promise<Refund[]> {
      return (await database.query<RefundRow>(ctx, sql.FIND_MANY, [ctx.scope.tenantId, ids])).map(toRefund);
    },

    /** Locked after their payments. */
    async lockMany(ctx: TenantTxContext, ids: readonly string[]): Promise<Refund[]> {
      return (await database.query<RefundRow>(ctx, sql.LOCK_MANY, [ctx.scope.tenantId, ids])).map(toRefund);
    },

    /** The newest first; a hundred at the most. */
    async listOfPayment(ctx: Context, tenantId: TenantId, paymentId: string): Promise<Refund[]> {
      return (await database.query<RefundRow>(ctx, sql.LIST_OF_PAYMENT, [tenantId, paymentId])).map(toRefund);
    },

    async insertMany(
      ctx: TenantTxContext,
      made: ReadonlyArray<Pick<Refund, 'id' | 'paymentId' | 'currency' | 'amount'>>,
      { reason, createdBy, createdAt }: Pick<Refund, 'reason' | 'createdBy' | 'createdAt'>,
    ): Promise<void> {
      await database.execute(ctx, sql.INSERT_MANY, [
        ...[ctx.scope.tenantId, createdBy, createdAt, reason, made.map(({ id }) => id)],
        made.map(({ paymentId }) => paymentId),
        made.map(({ currency }) => currency),
        made.map(({ amount }) => amount),
      ]);
    },

    async updateStates(
      ctx: TenantTxContext,
      told: ReadonlyArray<Pick<Refund, 'id' | 'status' | 'gatewayRefundId' | 'failureCode'>>,
      now: string,
    ): Promise<void> {
      await database.execute(ctx, sql.UPDATE_STATES, [
        ...[ctx.scope.tenantId, now, told.map(({ id }) => id), told.map(({ status }) => status)],
        told.map(({ gatewayRefundId }) => gatewayRefundId),
        told.map(({ failureCode }) => failureCode),
      ]);
    },

    /** Puts a refund behind the others that the janitor looks at. */
    async touch(ctx: TenantContext, id: string, now: string): Promise<void> {
      await database.execute(ctx, sql.TOUCH, [ctx.scope.tenantId, id, now]);
    },

    /** Refunds of all tenants that no gateway has answered, and which nothing happened to since a moment. */
    listUnresolved(ctx: Context, untouchedSince: string, limit: number): Promise<{ tenantId: TenantId; id: string }[]> {
      return database.query<{ tenantId: TenantId; id: string }>(ctx, sql.LIST_UNRESOLVED, [untouchedSince, limit]);
    },

    /** The newest first; a hundred at the most. */
    async listDisputesOfPayment(ctx: Context, tenantId: TenantId, paymentId: string): Promise<Dispute[]> {
      const rows = await database.query<DisputeRow>(ctx, sql.LIST_DISPUTES_OF_PAYMENT, [tenantId, paymentId]);
      return rows.map(toDispute);
    },

    /** Those of some payments whose money has gone back by a dispute, or may. */
    async findContested(ctx: TenantTxContext, paymentIds: readonly string[]): Promise<readonly string[]> {
      const values = [ctx.scope.tenantId, paymentIds];
      return (await database.query<{ id: string }>(ctx, sql.FIND_CONTESTED, values)).map(({ id }) => id);
    },

    /** The id of the payment that a gateway names by its own. */
    async findDisputedPayment(ctx: TenantTxContext, gatewayPaymentId: string): Promise<string | null> {
      const values = [ctx.scope.tenantId, gatewayPaymentId];
      return (await database.query<{ id: string }>(ctx, sql.FIND_DISPUTED_PAYMENT, values))[0]?.id ?? null;
    },

    async lockDispute(ctx: TenantTxContext, gatewayDisputeId: string): Promise<Dispute | null> {
      const [row] = await database.query<DisputeRow>(ctx, sql.LOCK_DISPUTE, [ctx.scope.tenantId, gatewayDisputeId]);
      return row === undefined ? null : toDispute(row);
    },

    async insertDispute(
      ctx: TenantTxContext,
      dispute: Omit<Dispute, 'tenantId' | 'status' | 'closedAt'>,
    ): Promise<void> {
      const { id, paymentId, gatewayDisputeId, currency, amount, fee, reason, openedAt } = dispute;
      const values = [ctx.scope.tenantId, id, paymentId, gatewayDisputeId, currency, amount, fee, reason, openedAt];
      await database.execute(ctx, sql.INSERT_DISPUTE, values);
    },

    async closeDispute(ctx: TenantTxContext, id: string, status: DisputeStatus, closedAt: string): Promise<void> {
      await database.execute(ctx, sql.CLOSE_DISPUTE, [ctx.scope.tenantId, id, status, closedAt]);
    },
  };
}

function toRefund(row: RefundRow): Refund {
  row.amount = formatAmount(row.amount, row.currency);
  return row;
}

function toDispute(row: DisputeRow): Dispute {
  row.amount = formatAmount(row.amount, row.currency);
  row.fee = formatAmount(row.fee, row.currency);
  return row;
}
