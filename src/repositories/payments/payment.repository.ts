import type { Context, TenantContext, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type {
  ChargeableMethod,
  NewPayment,
  PayableInvoice,
  Payment,
  PaymentAttempt,
  PaymentFilter,
  PaymentStatus,
} from '../../types/payments/payment.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { likePattern, offsetOf } from '../base/order.ts';
import * as sql from './payment-statements.ts';

type PaymentRow = { -readonly [Key in keyof Payment]: Payment[Key] };
type AttemptRow = { -readonly [Key in keyof PaymentAttempt]: PaymentAttempt[Key] };
type InvoiceRow = { -readonly [Key in keyof PayableInvoice]: PayableInvoice[Key] };
type MethodRow = { -readonly [Key in keyof ChargeableMethod]: ChargeableMethod[Key] };

/** What a capture adds to a payment. */
export interface Capture
  extends Pick<Payment, 'gatewayPaymentId' | 'gatewayFee' | 'platformFee' | 'netAmount' | 'availableAt'> {
  readonly capturedAt: string;
}

export type PaymentRepository = ReturnType<typeof createPaymentRepository>;

export function createPaymentRepository({ database }: { database: Database }) {
  const one = async (ctx: Context, statement: typeof sql.FIND, values: readonly unknown[]): Promise<Payment | null> => {
    const [row] = await database.query<PaymentRow>(ctx, statement, values);
    return row === undefined ? null : toPayment(row);
  };

  const invoice = async (ctx: Context, statement: typeof sql.FIND, values: readonly unknown[]) => {
    const [row] = await database.query<InvoiceRow>(ctx, statement, values);
    return row === undefined ? null : { ...row, amountDue: formatAmount(row.amountDue, row.currency) };
  };

  const addAttempts = async (
    ctx: TenantTxContext,
    operation: PaymentAttempt['operation'],
    attempts: ReadonlyArray<Pick<PaymentAttempt, 'outcome' | 'response'> & { readonly paymentId: string }>,
    now: string,
  ): Promise<void> => {
    await database.execute(ctx, sql.ADD_ATTEMPTS, [
      ...[ctx.scope.tenantId, operation, now, attempts.map(({ paymentId }) => paymentId)],
      attempts.map(({ outcome }) => outcome),
      attempts.map(({ response }) => JSON.stringify(response)),
    ]);
  };

  return {
    async list(ctx: Context, filter: PaymentFilter): Promise<Page<Payment>> {
      const { names, values } = sql.filters.given({
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        status: filter.status,
        purpose: filter.purpose,
        method: filter.method,
        createdFrom: filter.createdFrom,
        createdTo: filter.createdTo,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [rows, counted] = await Promise.all([
        database.query<PaymentRow>(ctx, sql.listStatement(names, !filter.sort.startsWith('-')), [
          ...values,
          filter.limit,
          offsetOf(filter),
        ]),
        database.query<{ total: number }>(ctx, sql.countStatement(names), values),
      ]);
      return { items: rows.map(toPayment), page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    findById(ctx: Context, id: string): Promise<Payment | null> {
      return ctx.scope.kind === 'tenant'
        ? one(ctx, sql.FIND, [ctx.scope.tenantId, id])
        : one(ctx, sql.FIND_ON_PLATFORM, [id]);
    },

    /** Reads a payment that nobody else can change until the transaction ends. Its invoice is locked before it. */
    lock: (ctx: TenantTxContext, id: string): Promise<Payment | null> => one(ctx, sql.LOCK, [ctx.scope.tenantId, id]),

    async findMany(ctx: TenantContext, ids: readonly string[]): Promise<Payment[]> {
      return (await database.query<PaymentRow>(ctx, sql.FIND_MANY, [ctx.scope.tenantId, ids])).map(toPayment);
    },

    /** As `lock`, for many: their invoices are locked before them. */
    async lockMany(ctx: TenantTxContext, ids: readonly string[]): Promise<Payment[]> {
      return (await database.query<PaymentRow>(ctx, sql.LOCK_MANY, [ctx.scope.tenantId, ids])).map(toPayment);
    },

    /** Locks the invoices of payments. */
    async lockInvoicesOf(ctx: TenantTxContext, ids: readonly string[]): Promise<void> {
      await database.execute(ctx, sql.LOCK_INVOICES_OF, [ctx.scope.tenantId, ids]);
    },

    /** The payments of an invoice, the oldest first; a hundred at the most. */
    async listOfInvoice(ctx: TenantContext, invoiceId: string): Promise<Payment[]> {
      return (await database.query<PaymentRow>(ctx, sql.LIST_OF_INVOICE, [ctx.scope.tenantId, invoiceId])).map(
        toPayment,
      );
    },

    async insert(ctx: TenantTxContext, payment: NewPayment): Promise<void> {
      const { id, purpose, invoiceId, paymentMethodId, gateway, method, currency, amount, description } = payment;
      const asked = [purpose, invoiceId, paymentMethodId, gateway, method, currency, amount, description];
      await database.execute(ctx, sql.INSERT, [ctx.scope.tenantId, id, ...asked, payment.retryOfId, payment.createdAt]);
    },

    /** A payment past every gateway, which is captured already. @throws the unique violation of payments_once_at_the_gateway */
    async insertExternal(
      ctx: TenantTxContext,
      payment: Pick<NewPayment, 'id' | 'invoiceId' | 'method' | 'currency' | 'amount' | 'description' | 'createdAt'> & {
        readonly reference: string | null;
        readonly capturedAt: string;
      },
    ): Promise<void> {
      const { id, invoiceId, reference, method, currency, amount, description, capturedAt, createdAt } = payment;
      await database.execute(ctx, sql.INSERT_EXTERNAL, [
        ctx.scope.tenantId,
        ...[id, invoiceId, reference, method, currency, amount, description, capturedAt, createdAt],
      ]);
    },

    async succeed(ctx: TenantTxContext, id: string, capture: Capture): Promise<void> {
      const { gatewayPaymentId, gatewayFee, platformFee, netAmount, capturedAt, availableAt } = capture;
      const values = [gatewayPaymentId, gatewayFee, platformFee, netAmount, capturedAt, availableAt];
      await database.execute(ctx, sql.SUCCEED, [ctx.scope.tenantId, id, ...values]);
    },

    async fail(
      ctx: TenantTxContext,
      id: string,
      failed: Pick<Payment, 'status' | 'gatewayPaymentId' | 'failureCode' | 'failureMessage' | 'failureClass'>,
      now: string,
    ): Promise<void> {
      const { status, gatewayPaymentId, failureCode, failureMessage, failureClass } = failed;
      const values = [status, gatewayPaymentId, failureCode, failureMessage, failureClass, now];
      await database.execute(ctx, sql.FAIL, [ctx.scope.tenantId, id, ...values]);
    },

    async advance(
      ctx: TenantTxContext,
      id: string,
      status: PaymentStatus,
      gatewayPaymentId: string | null,
      now: string,
    ): Promise<void> {
      await database.execute(ctx, sql.ADVANCE, [ctx.scope.tenantId, id, status, gatewayPaymentId, now]);
    },

    /** Puts a payment behind the others that the janitor looks at. */
    async touch(ctx: TenantContext, id: string, now: string): Promise<void> {
      await database.execute(ctx, sql.TOUCH, [ctx.scope.tenantId, id, now]);
    },

    /** Counts more, or less where an amount is negative, as refunded of locked payments; never more than their amounts. */
    async reserveRefunds(
      ctx: TenantTxContext,
      changes: ReadonlyArray<{ readonly id: string; readonly amount: string }>,
      now: string,
    ): Promise<void> {
      const arrays = [changes.map(({ id }) => id), changes.map(({ amount }) => amount)];
      await database.execute(ctx, sql.RESERVE_REFUNDS, [ctx.scope.tenantId, ...arrays, now]);
    },

    addAttempt(
      ctx: TenantTxContext,
      paymentId: string,
      attempt: Pick<PaymentAttempt, 'operation' | 'outcome' | 'response' | 'createdAt'>,
    ): Promise<void> {
      return addAttempts(ctx, attempt.operation, [{ ...attempt, paymentId }], attempt.createdAt);
    },

    addAttempts,

    /** The newest first; a hundred at the most. */
    listAttempts(ctx: Context, tenantId: TenantId, paymentId: string): Promise<AttemptRow[]> {
      return database.query<AttemptRow>(ctx, sql.LIST_ATTEMPTS, [tenantId, paymentId]);
    },

    findInvoice(ctx: TenantContext, id: string): Promise<PayableInvoice | null> {
      return invoice(ctx, sql.FIND_INVOICE, [ctx.scope.tenantId, id]);
    },

    /** What an invoice still takes, which nobody else can change until the transaction ends. */
    lockInvoice(ctx: TenantTxContext, id: string): Promise<PayableInvoice | null> {
      return invoice(ctx, sql.LOCK_INVOICE, [ctx.scope.tenantId, id]);
    },

    /** Whether a payment of the invoice may still succeed. */
    async hasOpenPayment(ctx: TenantTxContext, invoiceId: string): Promise<boolean> {
      const [row] = await database.query<{ hasOpen: boolean }>(ctx, sql.HAS_OPEN_PAYMENT, [
        ctx.scope.tenantId,
        invoiceId,
      ]);
      return row?.hasOpen ?? false;
    },

    async hasNewerPayment(ctx: TenantTxContext, invoiceId: string, { createdAt, id }: Payment): Promise<boolean> {
      const values = [ctx.scope.tenantId, invoiceId, createdAt, id];
      const [row] = await database.query<{ hasNewer: boolean }>(ctx, sql.HAS_NEWER_PAYMENT, values);
      return row?.hasNewer ?? false;
    },

    async findMethod(ctx: TenantContext, id: string): Promise<ChargeableMethod | null> {
      return (await database.query<MethodRow>(ctx, sql.FIND_METHOD, [ctx.scope.tenantId, id]))[0] ?? null;
    },

    /** The method of the invoice's subscription, or the tenant's default. */
    async findMethodFor(ctx: TenantContext, { subscriptionId }: PayableInvoice): Promise<ChargeableMethod | null> {
      const values = [ctx.scope.tenantId, subscriptionId];
      return (await database.query<MethodRow>(ctx, sql.FIND_METHOD_OF_INVOICE, values))[0] ?? null;
    },

    /** What the ledger has as owed, by invoice: negative where the tenant has a credit of it. */
    async receivablesOf(ctx: TenantTxContext, invoiceIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const values = [ctx.scope.tenantId, invoiceIds];
      const rows = await database.query<{ invoiceId: string; amount: string }>(
        ctx,
        sql.RECEIVABLES_OF_INVOICES,
        values,
      );
      return new Map(rows.map(({ invoiceId, amount }) => [invoiceId, amount]));
    },

    /** Payments of all tenants whose end is not known, and which nothing happened to since a moment. */
    listUnresolved(ctx: Context, untouchedSince: string, limit: number): Promise<{ tenantId: TenantId; id: string }[]> {
      return database.query<{ tenantId: TenantId; id: string }>(ctx, sql.LIST_UNRESOLVED, [untouchedSince, limit]);
    },

    /** When the page expires on which a payment is made; null where there is none. */
    async findCheckoutExpiry(ctx: TenantContext, paymentId: string): Promise<string | null> {
      const values = [ctx.scope.tenantId, paymentId];
      return (await database.query<{ expiresAt: string }>(ctx, sql.FIND_CHECKOUT, values))[0]?.expiresAt ?? null;
    },
  };
}

const AMOUNTS = ['amount', 'amountRefunded', 'gatewayFee', 'platformFee', 'netAmount'] as const;

function toPayment(row: PaymentRow): Payment {
  for (const name of AMOUNTS) row[name] = formatAmount(row[name], row.currency);
  return row;
}
