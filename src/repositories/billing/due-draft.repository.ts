import type { BillingReason } from '../../types/billing/invoice.ts';
import type { Context, PlatformScope, TenantTxContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** A draft whose time has come, as far as finalization needs it. Amounts are decimal strings. */
export interface DueDraft {
  readonly id: string;
  readonly currency: string;
  readonly subtotal: string;
  readonly discountTotal: string;
  readonly taxTotal: string;
  readonly roundingAmount: string;
  readonly total: string;
  readonly paymentTerms: number;
  readonly billingReason: BillingReason;
}

/** What finalization gives each of them. */
export interface FinalizedDraft {
  readonly id: string;
  readonly number: string;
  readonly status: 'open' | 'paid';
  readonly dueAt: string;
}

/** Tenants whose drafts are due, in the order of their ids; those that were deleted bill nobody. */
const TENANTS_DUE = statement(`
  select tenants.id as "tenantId" from tenants
  where tenants.deleted_at is null and tenants.id > $2 and exists (
    select from invoices where tenant_id = tenants.id and status = 'draft' and finalizes_at <= $1)
  order by tenants.id limit $3`);

/** What somebody is writing at is left for the next run. */
const LOCK_DUE = statement(`
  select id, currency, subtotal, discount_total as "discountTotal", tax_total as "taxTotal",
    rounding_amount as "roundingAmount", total, payment_terms as "paymentTerms", billing_reason as "billingReason"
  from invoices where tenant_id = $1 and status = 'draft' and finalizes_at <= $2
  order by finalizes_at, id limit $3 for update skip locked`);

const FINALIZE_MANY = statement(`
  update invoices set status = given.status::invoice_status, number = given.number, issued_at = $2, due_at = given.due_at,
    paid_at = case when given.status = 'paid' then $2::timestamptz end, finalizes_at = null, updated_at = $2, version = version + 1
  from unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[]) as given (id, number, status, due_at)
  where invoices.tenant_id = $1 and invoices.id = given.id`);

export type DueDraftRepository = ReturnType<typeof createDueDraftRepository>;

/** The drafts that are finalized by the clock. */
export function createDueDraftRepository({ database }: { database: Database }) {
  return {
    /** @param after the last tenant of the page before, or the smallest id */
    async tenantsDue(ctx: Context<PlatformScope>, now: string, after: string, limit: number): Promise<TenantId[]> {
      const rows = await database.query<{ tenantId: TenantId }>(ctx, TENANTS_DUE, [now, after, limit]);
      return rows.map(({ tenantId }) => tenantId);
    },

    /** Drafts that nobody else can change until the transaction ends, the longest due first. */
    lockDue(ctx: TenantTxContext, now: string, limit: number): Promise<DueDraft[]> {
      return database.query<Pick<DueDraft, keyof DueDraft>>(ctx, LOCK_DUE, [ctx.scope.tenantId, now, limit]);
    },

    async finalizeMany(ctx: TenantTxContext, drafts: readonly FinalizedDraft[], issuedAt: string): Promise<void> {
      await database.execute(ctx, FINALIZE_MANY, [
        ctx.scope.tenantId,
        issuedAt,
        drafts.map(({ id }) => id),
        drafts.map(({ number }) => number),
        drafts.map(({ status }) => status),
        drafts.map(({ dueAt }) => dueAt),
      ]);
    },
  };
}
