import type {
  Invoice,
  InvoiceDraft,
  InvoiceFilter,
  InvoiceItem,
  InvoiceStatus,
  InvoiceSummary,
} from '../../types/billing/invoice.ts';
import type { Context, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import { formatAmount, formatUnitPrice, trimDecimal } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf } from '../base/order.ts';
import * as sql from './invoice-statements.ts';

type SummaryRow = { -readonly [Key in keyof InvoiceSummary]: InvoiceSummary[Key] };
type InvoiceRow = { -readonly [Key in keyof Omit<Invoice, 'items'>]: Invoice[Key] };
type ItemRow = { -readonly [Key in keyof InvoiceItem]: InvoiceItem[Key] };

export type InvoiceRepository = ReturnType<typeof createInvoiceRepository>;

export function createInvoiceRepository({ database }: { database: Database }) {
  const withItems = async (ctx: Context, row: InvoiceRow | undefined): Promise<Invoice | null> => {
    if (row === undefined) return null;
    const items = await database.query<ItemRow>(ctx, sql.FIND_ITEMS, [row.tenantId, row.id]);
    return toInvoice(row, items);
  };

  return {
    /** @param now what makes an invoice overdue, ISO 8601 */
    async list(ctx: Context, filter: InvoiceFilter, now: string): Promise<Page<InvoiceSummary>> {
      const { subscriptionId, status, createdFrom, createdTo, search } = filter;
      const isOverdue = status === 'overdue';
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        subscriptionId,
        status: isOverdue ? undefined : status,
        overdueAt: isOverdue ? now : undefined,
        createdFrom,
        createdTo,
        search: search === undefined ? undefined : likePattern(search),
      });
      const [rows, counted] = await Promise.all([
        database.query<SummaryRow>(ctx, sql.listStatement(names, filter.sort), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items: rows.map(toSummary), page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: Context, id: string): Promise<Invoice | null> {
      if (ctx.scope.kind !== 'tenant')
        return withItems(ctx, (await database.query<InvoiceRow>(ctx, sql.FIND_ON_PLATFORM, [id]))[0]);
      const values = [ctx.scope.tenantId, id];
      const [rows, items] = await Promise.all([
        database.query<InvoiceRow>(ctx, sql.FIND, values),
        database.query<ItemRow>(ctx, sql.FIND_ITEMS, values),
      ]);
      return rows[0] === undefined ? null : toInvoice(rows[0], items);
    },

    /** Reads an invoice that nobody else can change until the transaction ends. */
    async lock(ctx: TenantTxContext, id: string): Promise<Invoice | null> {
      return withItems(ctx, (await database.query<InvoiceRow>(ctx, sql.LOCK, [ctx.scope.tenantId, id]))[0]);
    },

    async insertDraft(ctx: TenantTxContext, id: string, draft: InvoiceDraft, now: string): Promise<void> {
      await database.execute(ctx, sql.INSERT_DRAFT, [
        ctx.scope.tenantId,
        id,
        ...draftValues(draft, now),
        ...itemArrays(draft.items),
      ]);
    },

    /** Replaces a locked draft and its items. */
    async updateDraft(ctx: TenantTxContext, id: string, draft: InvoiceDraft, now: string): Promise<void> {
      const key = [ctx.scope.tenantId, id];
      await Promise.all([
        database.execute(ctx, sql.UPDATE_DRAFT, [...key, ...draftValues(draft, now)]),
        database.execute(ctx, sql.DELETE_ITEMS, key),
        database.execute(ctx, sql.INSERT_ITEMS, [...key, ...itemArrays(draft.items)]),
      ]);
    },

    async deleteDraft(ctx: TenantTxContext, id: string): Promise<boolean> {
      return (await database.execute(ctx, sql.DELETE_DRAFT, [ctx.scope.tenantId, id])) > 0;
    },

    /**
     * Reserves the next numbers of a series, and gives the last of them. Its row stays locked until the transaction ends, so that a
     * rollback gives them back.
     */
    async reserveNumbers(ctx: TenantTxContext, series: string, financialYear: string, count: number): Promise<number> {
      const [row] = await database.query<{ lastNumber: number }>(ctx, sql.RESERVE_NUMBERS, [
        ctx.scope.tenantId,
        series,
        financialYear,
        count,
      ]);
      if (row === undefined) throw new Error('The invoice sequence gave no number');
      return row.lastNumber;
    },

    async finalize(
      ctx: TenantTxContext,
      id: string,
      given: { number: string; issuedAt: string; dueAt: string; status: 'open' | 'paid' },
    ): Promise<void> {
      const { number, issuedAt, dueAt, status } = given;
      await database.execute(ctx, sql.FINALIZE, [ctx.scope.tenantId, id, number, issuedAt, dueAt, status]);
    },

    /** Adds what was paid and credited to a locked invoice. */
    async settle(
      ctx: TenantTxContext,
      id: string,
      added: { paid: string; credited: string; status: InvoiceStatus; at: string },
    ): Promise<void> {
      const { paid, credited, status, at } = added;
      await database.execute(ctx, sql.SETTLE, [ctx.scope.tenantId, id, paid, credited, status, at]);
    },

    /** Ends a locked invoice that nobody pays. */
    async close(ctx: TenantTxContext, id: string, as: 'void' | 'uncollectible', at: string): Promise<void> {
      await database.execute(ctx, as === 'void' ? sql.VOID : sql.WRITE_OFF, [ctx.scope.tenantId, id, at]);
    },

    /** @returns false when the invoice already has a document */
    async setDocument(ctx: TenantTxContext, id: string, documentKey: string): Promise<boolean> {
      return (await database.execute(ctx, sql.SET_DOCUMENT, [ctx.scope.tenantId, id, documentKey])) > 0;
    },
  };
}

function draftValues(draft: InvoiceDraft, now: string): unknown[] {
  const { customer, discount, tax } = draft;
  return [
    draft.currency,
    customer.name,
    customer.email,
    customer.taxId,
    [...customer.addressLines],
    discount?.type ?? null,
    discount?.value ?? null,
    draft.subscriptionId,
    draft.couponId,
    draft.billingReason,
    draft.periodStart,
    draft.periodEnd,
    tax.behavior,
    tax.rounding,
    tax.placeOfSupply,
    JSON.stringify(draft.taxLines),
    draft.notes,
    draft.paymentTerms,
    draft.finalizesAt,
    draft.subtotal,
    draft.discountTotal,
    draft.taxTotal,
    draft.roundingAmount,
    draft.total,
    now,
  ];
}

const itemArrays = (items: readonly InvoiceItem[]): Array<Array<string | null>> =>
  sql.ITEM_FIELDS.map((field) => items.map((item) => item[field]));

const SUMMARY_AMOUNTS = [
  'subtotal',
  'discountTotal',
  'taxTotal',
  'roundingAmount',
  'total',
  'amountPaid',
  'amountCredited',
  'amountDue',
] as const;
const ITEM_AMOUNTS = ['amount', 'discountAmount', 'taxAmount', 'total'] as const;

function toSummary<Row extends SummaryRow>(row: Row): Row {
  for (const name of SUMMARY_AMOUNTS) row[name] = formatAmount(row[name], row.currency);
  return row;
}

function toItem(row: ItemRow, currency: string): InvoiceItem {
  for (const name of ITEM_AMOUNTS) row[name] = formatAmount(row[name], currency);
  row.quantity = trimDecimal(row.quantity);
  row.unitPrice = formatUnitPrice(row.unitPrice, currency);
  row.taxRate = trimDecimal(row.taxRate);
  return row;
}

const toInvoice = (row: InvoiceRow, items: ItemRow[]): Invoice => ({
  ...toSummary(row),
  discountValue: row.discountValue === null ? null : trimDecimal(row.discountValue),
  items: items.map((item) => toItem(item, row.currency)),
});
