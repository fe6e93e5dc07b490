import type { TenantContext } from '../../types/context.ts';
import type { InvoiceFigures } from '../../types/tenancy/tenant-analytics.ts';

/** What tenancy shows of a tenant's billing, a domain above it. Composition hands the implementation in. */
export interface TenantBillingFacts {
  /** Whether the tenant has a subscription that has not been canceled, be it a trial. */
  hasSubscription(ctx: TenantContext): Promise<boolean>;
  /**
   * Sums of the tenant's invoices by the month they were made in, status and currency.
   * @param period.since the first moment, ISO 8601
   * @param period.timeZone whose months they are, by its name in the IANA database
   */
  invoiceFigures(
    ctx: TenantContext,
    period: { readonly since: string; readonly timeZone: string },
  ): Promise<readonly InvoiceFigures[]>;
}
