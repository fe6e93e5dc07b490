import type { Context } from '../../types/context.ts';
import type { PaymentReportRow, Period } from '../../types/payments/payment-figures.ts';
import { formatAmount } from '../../utils/money.ts';
import type { Database } from '../base/database.ts';
import { statementFamily } from '../base/statement.ts';

/** Sums of one kind of thing, by currency and what it is divided by. */
export interface FigureRow {
  readonly kind: 'succeeded' | 'failed' | 'refunded' | 'disputed';
  readonly currency: string;
  /** The method, or the class of failure. */
  readonly part: string;
  readonly count: number;
  readonly amount: string;
  readonly gatewayFees: string;
  readonly platformFees: string;
  readonly netAmount: string;
}

const whose = (ofTenant: boolean): string => (ofTenant ? 'tenant_id = $3' : 'true');

/** $1 from, $2 to, $3 the tenant. */
const FIGURES = statementFamily(
  (ofTenant: boolean) => `
  select status as kind, currency, case status when 'succeeded' then method else coalesce(failure_class, 'gateway') end as part,
    count(*) as count, sum(amount) as amount, sum(gateway_fee) as "gatewayFees", sum(platform_fee) as "platformFees",
    sum(net_amount) as "netAmount"
  from payments where ${whose(ofTenant)} and created_at >= $1 and created_at < $2 and status in ('succeeded', 'failed')
  group by 1, 2, 3
  union all
  select 'refunded', currency, '', count(*), sum(amount), 0, 0, 0
  from refunds where ${whose(ofTenant)} and created_at >= $1 and created_at < $2 and status = 'succeeded' group by 2
  union all
  select 'disputed', currency, '', count(*), sum(amount), 0, 0, 0
  from disputes where ${whose(ofTenant)} and opened_at >= $1 and opened_at < $2 group by 2
  order by 1, 2, 3`,
);

/** $1 from, $2 to, $3 the time zone, $4 the format of a period, $5 how many, $6 the tenant. */
const REPORT = statementFamily(
  (ofTenant: boolean) => `
  select to_char(created_at at time zone $3, $4) as period, currency, purpose, method, count(*) as payments,
    sum(amount) as amount, sum(amount_refunded) as refunded, sum(gateway_fee) as "gatewayFees",
    sum(platform_fee) as "platformFees", sum(net_amount) as "netAmount"
  from payments
  where ${ofTenant ? 'tenant_id = $6' : 'true'} and created_at >= $1 and created_at < $2 and status = 'succeeded'
  group by 1, 2, 3, 4 order by 1, 2, 3, 4 limit $5`,
);

const REPORT_AMOUNTS = ['amount', 'refunded', 'gatewayFees', 'platformFees', 'netAmount'] as const;

export type PaymentFiguresRepository = ReturnType<typeof createPaymentFiguresRepository>;

export function createPaymentFiguresRepository({ database }: { database: Database }) {
  const tenantOf = (ctx: Context): readonly string[] => (ctx.scope.kind === 'tenant' ? [ctx.scope.tenantId] : []);

  return {
    /** Sums of what was made in a period; amounts with all their decimals. */
    sum(ctx: Context, { from, to }: Period): Promise<FigureRow[]> {
      const tenant = tenantOf(ctx);
      return database.query<Pick<FigureRow, keyof FigureRow>>(ctx, FIGURES(tenant.length > 0), [from, to, ...tenant]);
    },

    /** Payments made in a period, by the days or months of a time zone. */
    async report(
      ctx: Context,
      { from, to }: Period,
      by: { readonly unit: 'day' | 'month'; readonly timeZone: string; readonly limit: number },
    ): Promise<PaymentReportRow[]> {
      const tenant = tenantOf(ctx);
      const format = by.unit === 'day' ? 'YYYY-MM-DD' : 'YYYY-MM';
      const values = [from, to, by.timeZone, format, by.limit, ...tenant];
      const rows = await database.query<{ -readonly [Key in keyof PaymentReportRow]: PaymentReportRow[Key] }>(
        ctx,
        REPORT(tenant.length > 0),
        values,
      );
      for (const row of rows) for (const name of REPORT_AMOUNTS) row[name] = formatAmount(row[name], row.currency);
      return rows;
    },
  };
}
