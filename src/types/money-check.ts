import type { Context } from './context.ts';
import type { TenantId } from './ids.ts';

/** Two figures that must be the same, and are not. Figures are decimal strings: amounts, or numbers of things. */
export interface MoneyDifference {
  readonly tenantId: TenantId;
  /** What a check compares, such as an invoice with its bookings. */
  readonly code: string;
  readonly subjectType: string;
  /** The id of what differs, or the name of a series; null where it is the tenant's sum in a currency. */
  readonly subjectId: string | null;
  /** The account or the column that differs. */
  readonly aspect: string;
  readonly currency: string | null;
  readonly expected: string;
  readonly found: string;
}

/** What a check found. */
export interface MoneyCheckResult {
  /** How many differences there are, of which at most 100 are named. */
  readonly count: number;
  readonly differences: readonly MoneyDifference[];
}

/** Compares what is kept twice: of the tenant in scope, or of all tenants. It changes nothing. */
export interface MoneyCheck {
  readonly code: string;
  run(ctx: Context): Promise<MoneyCheckResult>;
}
