import type { PageRequest } from '../page.ts';

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
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
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
