import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Checkout, NewCheckout, OpenCheckoutQuery } from '../../types/payments/checkout.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

const SELECT = `
  select page.id, page.tenant_id as "tenantId", page.payment_id as "paymentId", payment.invoice_id as "invoiceId",
    payment.purpose, payment.gateway, payment.status as "paymentStatus", page.status, payment.currency, payment.amount,
    payment.description, payment.payer_name as "payerName", payment.payer_email as "payerEmail", page.url,
    page.success_url as "successUrl", page.cancel_url as "cancelUrl", page.expires_at as "expiresAt",
    page.created_at as "createdAt"
  from checkout_sessions page join payments payment on payment.tenant_id = page.tenant_id and payment.id = page.payment_id`;

const FIND = statement(`${SELECT} where page.tenant_id = $1 and page.id = $2`);

const FIND_OPEN = statement(`
  ${SELECT} where payment.tenant_id = $1 and payment.invoice_id = $2 and payment.status = 'pending' and page.status = 'open'
    and payment.amount = $3 and page.success_url = $4 and page.cancel_url = $5 and page.expires_at > $6`);

const INSERT_PAYMENT = statement(`
  insert into payments (tenant_id, id, purpose, invoice_id, gateway, method, currency, amount, description, payer_name,
    payer_email, created_at, updated_at)
  values ($1, $2, $3, $4, $5, 'card', $6, $7, $8, $9, $10, $11, $11)`);

const INSERT = statement(`
  insert into checkout_sessions (tenant_id, id, payment_id, success_url, cancel_url, expires_at, created_at)
  values ($1, $2, $3, $4, $5, $6, $7)`);

const ANSWER = statement(`
  update checkout_sessions set gateway_session_id = $3, url = $4, expires_at = $5 where tenant_id = $1 and id = $2`);

const CLOSE = statement(`
  update checkout_sessions set status = $3 where tenant_id = $1 and payment_id = $2 and status = 'open'`);

type CheckoutRow = { -readonly [Key in keyof Checkout]: Checkout[Key] };

const toCheckout = (row: CheckoutRow | undefined): Checkout | null => {
  if (row === undefined) return null;
  row.amount = formatAmount(row.amount, row.currency);
  return row;
};

export type CheckoutRepository = ReturnType<typeof createCheckoutRepository>;

export function createCheckoutRepository({ database }: { database: Database }) {
  return {
    async find(ctx: TenantContext, id: string): Promise<Checkout | null> {
      return toCheckout((await database.query<CheckoutRow>(ctx, FIND, [ctx.scope.tenantId, id]))[0]);
    },

    /** The open page of an invoice that asks for the same and leads to the same addresses. */
    async findOpen(ctx: TenantTxContext, query: OpenCheckoutQuery): Promise<Checkout | null> {
      const { invoiceId, amount, successUrl, cancelUrl, openAt } = query;
      const values = [ctx.scope.tenantId, invoiceId, amount, successUrl, cancelUrl, openAt];
      return toCheckout((await database.query<CheckoutRow>(ctx, FIND_OPEN, values))[0]);
    },

    /** Writes the payment, pending, and its page. */
    async insert(ctx: TenantTxContext, checkout: NewCheckout): Promise<void> {
      const { tenantId } = ctx.scope;
      const { id, paymentId, purpose, invoiceId, gateway, currency, amount, createdAt } = checkout;
      const { description, payerName, payerEmail, successUrl, cancelUrl, expiresAt } = checkout;
      const payment = [paymentId, purpose, invoiceId, gateway, currency, amount, description, payerName, payerEmail];
      await database.execute(ctx, INSERT_PAYMENT, [tenantId, ...payment, createdAt]);
      await database.execute(ctx, INSERT, [tenantId, id, paymentId, successUrl, cancelUrl, expiresAt, createdAt]);
    },

    /** What the gateway made of it. */
    async setPage(
      ctx: TenantTxContext,
      id: string,
      page: { readonly gatewaySessionId: string; readonly url: string; readonly expiresAt: string },
    ): Promise<void> {
      const values = [page.gatewaySessionId, page.url, page.expiresAt];
      await database.execute(ctx, ANSWER, [ctx.scope.tenantId, id, ...values]);
    },

    /** Of a locked payment; a payment without a page has nothing to close. */
    async close(ctx: TenantTxContext, paymentId: string, as: 'complete' | 'expired'): Promise<void> {
      await database.execute(ctx, CLOSE, [ctx.scope.tenantId, paymentId, as]);
    },
  };
}
