import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

export type TenantStatus = 'trial' | 'active' | 'suspended' | 'inactive';

/** A customer of the platform, behind walls of its own. */
export interface Tenant {
  readonly id: TenantId;
  readonly name: string;
  readonly slug: string;
  readonly email: string;
  readonly phone: string | null;
  readonly addressLines: readonly string[];
  readonly country: string;
  readonly currency: string;
  readonly timeZone: string;
  readonly locale: string;
  readonly taxId: string | null;
  readonly status: TenantStatus;
  readonly suspendedAt: string | null;
  readonly suspendReason: string | null;
  readonly metadata: Readonly<Record<string, string | number | boolean | null>>;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewTenant = Pick<
  Tenant,
  | 'id'
  | 'name'
  | 'slug'
  | 'email'
  | 'phone'
  | 'addressLines'
  | 'country'
  | 'currency'
  | 'timeZone'
  | 'locale'
  | 'taxId'
  | 'metadata'
>;

export type TenantChanges = Partial<Omit<NewTenant, 'id' | 'slug'>>;

export interface TenantFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly status?: TenantStatus | undefined;
  readonly planId?: string | undefined;
}
