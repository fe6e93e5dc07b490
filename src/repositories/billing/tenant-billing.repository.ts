import type { InvoiceStatus } from '../../types/billing/invoice.ts';
import type { TenantContext } from '../../types/context.ts';
import type { TenantId } from '../../types/ids.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';

/** Sums of the invoices of one month, status and currency. */
export interface InvoiceSums {
  /** `2026-11`. */
  readonly month: string;
  readonly status: InvoiceStatus;
  readonly currency: string;
  readonly count: number;
  readonly total: string;
  readonly amountPaid: string;
}

const HAS_SUBSCRIPTION = statement(`
  select exists (select from subscriptions where tenant_id = $1 and status <> 'canceled') as "hasSubscription"`);

const SUM_INVOICES = statement(`
  select to_char(created_at at time zone $3, 'YYYY-MM') as month, status, currency, count(*) as count,
    sum(total) as total, sum(amount_paid) as "amountPaid"
  from invoices where tenant_id = $1 and created_at >= $2
  group by 1, 2, 3 order by 1, 2, 3`);

export type TenantBillingRepository = ReturnType<typeof createTenantBillingRepository>;

export function createTenantBillingRepository({ database }: { database: Database }) {
  return {
    async hasSubscription(ctx: TenantContext, tenantId: TenantId): Promise<boolean> {
      const [row] = await database.query<{ hasSubscription: boolean }>(ctx, HAS_SUBSCRIPTION, [tenantId]);
      return row?.hasSubscription ?? false;
    },

    /** Of invoices made since a moment, ISO 8601, by the months of a time zone. */
    async sumInvoices(ctx: TenantContext, tenantId: TenantId, since: string, timeZone: string): Promise<InvoiceSums[]> {
      const rows = await database.query<Pick<InvoiceSums, keyof InvoiceSums>>(ctx, SUM_INVOICES, [
        tenantId,
        since,
        timeZone,
      ]);
      return rows.map((row) => ({
        ...row,
        total: formatAmount(row.total, row.currency),
        amountPaid: formatAmount(row.amountPaid, row.currency),
      }));
    },
  };
}
