import type { Permission } from '../access-control.ts';
import type { PageRequest, SortOrder } from '../page.ts';

export type ApiKeyStatus = 'active' | 'expired' | 'revoked';

/** A machine's access to a tenant, without its secret. Times are ISO 8601. */
export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly publicId: string;
  /** The end of the key as its holder has it. */
  readonly lastFour: string;
  readonly scopes: readonly Permission[];
  /** Where it may be used from, in canonical form; empty for anywhere. */
  readonly allowedCidrs: readonly string[];
  /** null for the budgets that everybody has. */
  readonly rateLimitPerMinute: number | null;
  readonly expiresAt: string;
  /** Until when the secret before the last rotation is valid, too. */
  readonly previousExpiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly lastUsedIp: string | null;
  readonly createdBy: string;
  readonly revokedAt: string | null;
  readonly createdAt: string;
}

/** What somebody decides about a key. */
export interface ApiKeyDraft extends Pick<ApiKey, 'name' | 'scopes' | 'allowedCidrs' | 'rateLimitPerMinute'> {
  readonly expiresInDays: number;
}

export interface ApiKeyFilter extends PageRequest<SortOrder<'createdAt'>> {
  readonly search?: string | undefined;
  readonly status?: ApiKeyStatus | undefined;
}

/** A key's use, for "last used". */
export interface ApiKeyUse {
  readonly tenantId: string;
  readonly id: string;
  readonly usedAt: string;
  readonly ipAddress: string | null;
}
