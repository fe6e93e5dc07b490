import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { NewPaymentMethod, PaymentMethod, PaymentMethodFilter } from '../../types/payments/payment-method.ts';
import type { Database } from '../base/database.ts';
import { offsetOf } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** Without the gateway's ids of it: they are of use to nobody outside. */
const COLUMNS = `id, tenant_id as "tenantId", gateway, kind, label, brand, last_four as "lastFour",
  expiry_month as "expiryMonth", expiry_year as "expiryYear", country, is_default as "isDefault",
  created_at as "createdAt", updated_at as "updatedAt"`;

const listStatement = statementFamily((ascending: boolean) => {
  const direction = ascending ? 'asc' : 'desc';
  return `select ${COLUMNS} from payment_methods where tenant_id = $1 and removed_at is null
    order by created_at ${direction}, id ${direction} limit $2 offset $3`;
});
const COUNT = statement('select count(*) as total from payment_methods where tenant_id = $1 and removed_at is null');

/** Whoever adds, changes or removes one waits for the others: there is one default, or none. */
const LOCK_ALL = statement("select pg_advisory_xact_lock(hashtextextended('payment_methods ' || $1, 0))");
const LOCK = statement(
  `select ${COLUMNS} from payment_methods where tenant_id = $1 and id = $2 and removed_at is null for update`,
);
const HAS_DEFAULT = statement(`
  select exists (select from payment_methods where tenant_id = $1 and is_default and removed_at is null) as "hasDefault"`);

const INSERT = statement(`
  insert into payment_methods (tenant_id, id, gateway, gateway_customer_id, gateway_method_id, kind, label, brand, last_four,
    expiry_month, expiry_year, country, is_default, created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) returning ${COLUMNS}`);

const CLEAR_DEFAULT = statement(
  'update payment_methods set is_default = false, updated_at = $2 where tenant_id = $1 and is_default and removed_at is null',
);
const UPDATE = statement(`
  update payment_methods set label = $3, is_default = $4, updated_at = $5 where tenant_id = $1 and id = $2
  returning ${COLUMNS}`);
const REMOVE = statement(
  'update payment_methods set is_default = false, removed_at = $3, updated_at = $3 where tenant_id = $1 and id = $2',
);

const IS_IN_USE = statement(`
  select exists (
    select from subscriptions where tenant_id = $1 and payment_method_id = $2 and ended_at is null
  ) as "isInUse"`);

type MethodRow = { -readonly [Key in keyof PaymentMethod]: PaymentMethod[Key] };

export type PaymentMethodRepository = ReturnType<typeof createPaymentMethodRepository>;

export function createPaymentMethodRepository({ database }: { database: Database }) {
  return {
    async list(ctx: TenantContext, filter: PaymentMethodFilter): Promise<Page<PaymentMethod>> {
      const { page, limit, sort } = filter;
      const { tenantId } = ctx.scope;
      const [items, counted] = await Promise.all([
        database.query<MethodRow>(ctx, listStatement(!sort.startsWith('-')), [tenantId, limit, offsetOf(filter)]),
        database.query<{ total: number }>(ctx, COUNT, [tenantId]),
      ]);
      return { items, page, limit, total: counted[0]?.total ?? 0 };
    },

    /** Keeps everybody else from changing any of the tenant's until the transaction ends. */
    async lockAll(ctx: TenantTxContext): Promise<void> {
      await database.query(ctx, LOCK_ALL, [ctx.scope.tenantId]);
    },

    async lock(ctx: TenantTxContext, id: string): Promise<PaymentMethod | null> {
      return (await database.query<MethodRow>(ctx, LOCK, [ctx.scope.tenantId, id]))[0] ?? null;
    },

    async hasDefault(ctx: TenantTxContext): Promise<boolean> {
      const [row] = await database.query<{ hasDefault: boolean }>(ctx, HAS_DEFAULT, [ctx.scope.tenantId]);
      return row?.hasDefault ?? false;
    },

    /** @throws the unique violation of payment_methods_once for a token that is there already */
    async insert(ctx: TenantTxContext, method: NewPaymentMethod): Promise<PaymentMethod> {
      const { gatewayCustomerId, gatewayMethodId, kind, label, brand, lastFour, expiryMonth, expiryYear } = method;
      const told = [gatewayCustomerId, gatewayMethodId, kind, label, brand, lastFour, expiryMonth, expiryYear];
      const [row] = await database.query<MethodRow>(ctx, INSERT, [
        ...[ctx.scope.tenantId, method.id, method.gateway, ...told, method.country, method.isDefault],
        method.createdAt,
      ]);
      if (row === undefined) throw new Error('An insert returns its row');
      return row;
    },

    async revokeDefault(ctx: TenantTxContext, now: string): Promise<void> {
      await database.execute(ctx, CLEAR_DEFAULT, [ctx.scope.tenantId, now]);
    },

    /** Changes a locked one. */
    async update(
      ctx: TenantTxContext,
      id: string,
      { label, isDefault }: Pick<PaymentMethod, 'label' | 'isDefault'>,
      now: string,
    ): Promise<PaymentMethod> {
      const values = [ctx.scope.tenantId, id, label, isDefault, now];
      const [row] = await database.query<MethodRow>(ctx, UPDATE, values);
      if (row === undefined) throw new Error('A locked payment method can be changed');
      return row;
    },

    /** Removes a locked one. Its row stays: payments refer to it. */
    async softDelete(ctx: TenantTxContext, id: string, now: string): Promise<void> {
      await database.execute(ctx, REMOVE, [ctx.scope.tenantId, id, now]);
    },

    /** Whether a subscription that has not ended is paid with it. */
    async isInUse(ctx: TenantTxContext, id: string): Promise<boolean> {
      const [row] = await database.query<{ isInUse: boolean }>(ctx, IS_IN_USE, [ctx.scope.tenantId, id]);
      return row?.isInUse ?? false;
    },
  };
}
