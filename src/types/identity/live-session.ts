import type { TenantId } from '../ids.ts';

/** A session that can still be used, as those who watch over accounts see it. Times are ISO 8601. */
export interface LiveSession {
  readonly id: string;
  /** Where it was opened; null on the platform and for people on their own. */
  readonly tenantId: TenantId | null;
  readonly user: { readonly id: string; readonly name: string; readonly email: string };
  readonly method: string;
  /** Whether the second factor has been proved. */
  readonly twoFactor: boolean;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** The operator who works in the user's place. */
  readonly impersonator: { readonly id: string; readonly name: string } | null;
}
