import type { TenantId } from '../ids.ts';

/** Invoices of one month, status and currency. Amounts are decimal strings in that currency. */
export interface InvoiceFigures {
  /** `2026-11`. */
  readonly month: string;
  readonly status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible';
  readonly currency: string;
  readonly count: number;
  readonly total: string;
  readonly amountPaid: string;
}

/** How many people of a kind and status a tenant deals with. */
export interface PeopleFigures {
  readonly kind: 'owner' | 'student' | 'parent' | 'staff';
  readonly status: 'active' | 'inactive';
  readonly count: number;
}

export interface MonthFigures {
  /** `2026-11`. */
  readonly month: string;
  readonly count: number;
}

/** What there is in a tenant now. */
export interface TenantInventory {
  readonly tenantId: TenantId;
  readonly timeZone: string;
  readonly membersByRole: readonly { readonly role: string; readonly count: number }[];
  readonly people: readonly PeopleFigures[];
  readonly libraries: { readonly active: number; readonly closed: number; readonly seats: number };
  readonly files: { readonly count: number; readonly bytes: number };
}

export interface TenantAnalytics extends Omit<TenantInventory, 'tenantId'> {
  /** The last twelve months, the present one last. */
  readonly newPeople: readonly MonthFigures[];
  /** Of the same months; null for who may not see invoices. */
  readonly invoices: readonly InvoiceFigures[] | null;
}
