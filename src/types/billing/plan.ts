import type { PageRequest } from '../page.ts';

/** What a change of plan does: bill the difference now, wait for the next period, or begin a period anew at the full price. */
export type ChangePolicy = 'prorate' | 'next_period' | 'full_price';

/** An entry of the platform's price list. */
export interface Plan {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly description: string | null;
  readonly currency: string;
  readonly monthlyPrice: string;
  readonly annualPrice: string;
  readonly trialDays: number;
  readonly upgradePolicy: ChangePolicy;
  /** `prorate` also gives back what is unused of a subscription that is canceled at once. */
  readonly downgradePolicy: ChangePolicy;
  readonly prorationUnit: 'second' | 'day';
  /** Null leaves the tax to the customer's country. */
  readonly taxRateId: string | null;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** What a unit above a limit costs, decimal strings by metric. */
  readonly usagePrices: Readonly<Record<string, string>>;
  readonly status: 'active' | 'archived';
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewPlan = Omit<Plan, 'status' | 'version' | 'createdAt' | 'updatedAt'>;
export type PlanChanges = Partial<Omit<NewPlan, 'id' | 'code' | 'currency'>> & { readonly status?: Plan['status'] };

export interface PlanFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly status?: Plan['status'] | undefined;
}
