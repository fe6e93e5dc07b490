import type { TenantId } from '../ids.ts';

export const ledgerAccounts = [
  'receivable',
  'gateway',
  'bank',
  'revenue',
  'tax',
  'rounding',
  'gateway_fee',
  'platform_fee',
  'owed_to_tenant',
  'settlement_transit',
  'refunds',
  'disputes',
  'bad_debt',
] as const;

/** The chart of accounts (docs/adr/0013-money.md). The database knows the same names. */
export type LedgerAccount = (typeof ledgerAccounts)[number];

/** A line of a booking; the amount is a decimal string, debits positive and credits negative. */
export interface LedgerEntry {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly amount: string;
}

export const ledgerSubjects = ['invoice', 'credit_note', 'payment', 'refund', 'dispute', 'settlement'] as const;

/** What a booking is about. */
export type LedgerSubject = (typeof ledgerSubjects)[number];

/** A booking to be made. `cause` says what moved the money, and is booked once: `invoice.finalized:<id>`. */
export interface LedgerPosting {
  readonly cause: string;
  readonly subjectType: LedgerSubject;
  readonly subjectId: string;
  readonly entries: readonly LedgerEntry[];
}

/** A booking that was made. Times are ISO 8601. */
export interface LedgerTransaction extends LedgerPosting {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly reversesId: string | null;
  readonly bookedAt: string;
  readonly createdAt: string;
}

/** What the entries of an account come to. */
export interface LedgerBalance {
  readonly account: LedgerAccount;
  readonly currency: string;
  readonly amount: string;
}

export interface LedgerFilter {
  readonly account?: LedgerAccount | undefined;
  readonly currency?: string | undefined;
  readonly subjectType?: LedgerSubject | undefined;
  readonly subjectId?: string | undefined;
  readonly from?: string | undefined;
  /** Not included. */
  readonly to?: string | undefined;
}
