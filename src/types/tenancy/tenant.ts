import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

export type TenantStatus = 'trial' | 'active' | 'suspended' | 'inactive';

/** Free-form data that an operator or the tenant keeps with it. */
export type TenantMetadata = Readonly<Record<string, string | number | boolean | null>>;

/** A customer of the platform, behind walls of its own. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly slug: string;
  readonly email: string;
  readonly phone: string | null;
  readonly addressLines: readonly string[];
  readonly country: string;
  /** State or province, by ISO 3166-2: `IN-KA`. */
  readonly region: string | null;
  readonly currency: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly taxId: string | null;
  readonly status: TenantStatus;
  readonly suspendedAt: string | null;
  readonly suspendReason: string | null;
  readonly metadata: TenantMetadata;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people write about a tenant themselves. */
export type TenantProfile = Pick<
  Tenant,
  | 'name'
  | 'email'
  | 'phone'
  | 'addressLines'
  | 'country'
  | 'region'
  | 'currency'
  | 'timeZone'
  | 'locale'
  | 'taxId'
  | 'metadata'
>;

export type NewTenant = TenantProfile & Pick<Tenant, 'id' | 'slug'>;

export type TenantChanges = Partial<TenantProfile>;

/** A status and, for a suspended tenant, since when and why. */
export type TenantState = Pick<Tenant, 'status' | 'suspendedAt' | 'suspendReason'>;

/** The person who gets a new tenant as its owner. */
export interface NewTenantOwner {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface TenantFilter extends PageRequest {
  /** Is looked for in name, slug and e-mail address. */
  readonly search?: string | undefined;
  readonly status?: TenantStatus | undefined;
  /** The plan of a subscription that has not been canceled. */
  readonly planId?: string | undefined;
}
