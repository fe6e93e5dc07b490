import type { TenantId } from '../ids.ts';
import type { PageRequest, SortOrder } from '../page.ts';

export const creditChannels = ['sms', 'whatsapp', 'email'] as const;

/** What a credit pays for: a message of this channel. */
export type CreditChannel = (typeof creditChannels)[number];

export const creditSources = ['purchase', 'top_up', 'transfer', 'promotional', 'adjustment'] as const;

/** Why credits came in. */
export type CreditSource = (typeof creditSources)[number];

export const creditOperationKinds = [
  'grant',
  'deduct',
  'transfer_in',
  'transfer_out',
  'reserve',
  'commit',
  'release',
] as const;

export type CreditOperationKind = (typeof creditOperationKinds)[number];

/** A number of credits for each channel. */
export type CreditsByChannel = Readonly<Record<CreditChannel, number>>;

/** Of one channel: what can be spent, and what is reserved. */
export interface CreditBalance {
  readonly available: number;
  readonly reserved: number;
}

export type CreditBalances = Readonly<Record<CreditChannel, CreditBalance>>;

/** Of one channel, and of what is available: how much expires soon if it is not used. */
export interface ExpectedBalance extends CreditBalance {
  readonly expiringIn7Days: number;
  readonly expiringIn30Days: number;
}

export interface CreditWallet {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly createdAt: string;
}

export interface CreditWalletSummary extends CreditWallet {
  readonly balances: CreditBalances;
}

export interface CreditWalletDetails extends CreditWallet {
  readonly balances: Readonly<Record<CreditChannel, ExpectedBalance>>;
  /** Those with credits left, in the order in which they are burnt; at most 100. */
  readonly grants: readonly CreditGrant[];
}

export interface CreditGrant {
  readonly id: string;
  readonly channel: CreditChannel;
  readonly credits: number;
  readonly available: number;
  readonly reserved: number;
  /** 1 is burnt first. */
  readonly priority: number;
  readonly source: CreditSource;
  /** Null for never. */
  readonly expiresAt: string | null;
  readonly createdAt: string;
}

/** Something that was done to a wallet. Credits are never negative: the kind says which way they went. */
export interface CreditOperation {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly walletId: string;
  readonly channel: CreditChannel;
  readonly kind: CreditOperationKind;
  readonly credits: number;
  /** Available credits of the channel afterwards. */
  readonly creditsAfter: number;
  readonly reference: string | null;
  readonly description: string | null;
  /** Of a reservation: when what was not committed is available again by itself. */
  readonly expiresAt: string | null;
  /** Of a commit or a release: the reservation it closed. */
  readonly reservationId: string | null;
  /** Of a transfer: the tenant on the other side. */
  readonly counterpartyId: TenantId | null;
  readonly createdBy: string | null;
  readonly createdAt: string;
}

export interface CreditOperationFilter {
  readonly tenantId?: TenantId | undefined;
  readonly channel?: CreditChannel | undefined;
  readonly kind?: CreditOperationKind | undefined;
  readonly reference?: string | undefined;
  readonly from?: string | undefined;
  /** Not included. */
  readonly to?: string | undefined;
}

export type CreditWalletFilter = PageRequest<SortOrder<'createdAt'>>;

/** A difference that the books of credits must not have. */
export interface CreditDifference {
  readonly tenantId: TenantId;
  readonly kind: 'grant_differs_from_entries' | 'operation_out_of_chain' | 'entries_unbalanced' | 'balance_negative';
  /** The grant's, operation's or wallet's id. */
  readonly subjectId: string;
  readonly expected: number;
  readonly found: number;
}
