import type { PaymentMethodKind } from './payment.ts';

/** What payments of a method and currency cost. Percentages are percent, fixed amounts decimal strings in the currency. */
export interface FeeSchedule {
  readonly method: PaymentMethodKind;
  readonly currency: string;
  readonly gatewayPercentage: string;
  readonly gatewayFixed: string;
  readonly platformPercentage: string;
  readonly platformFixed: string;
  readonly version: number;
  readonly updatedAt: string;
}

/** When and how what was collected for a tenant is paid out to it. */
export interface SettlementSettings {
  readonly cycle: 'daily' | 'weekly' | 'monthly' | 'manual';
  readonly minimumAmount: string;
  readonly holdDays: number;
  readonly automatic: boolean;
  /** 0 while the tenant has none of its own. */
  readonly version: number;
}

export interface PaymentSettings {
  /** What holds; the platform's own where the tenant has none. */
  readonly fees: readonly (FeeSchedule & { readonly inherited: boolean })[];
  readonly settlements: SettlementSettings;
}
