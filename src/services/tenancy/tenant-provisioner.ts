import type { TxContext } from '../../types/context.ts';
import type { Tenant } from '../../types/tenancy/tenant.ts';

/** What the operator chose for a new tenant. */
export interface ProvisioningOptions {
  /** The plan of its trial; a default one where it is left out. */
  readonly planId?: string | undefined;
}

/** Gives a new tenant what it needs of a domain above this one. Composition hands the implementations in. */
export interface TenantProvisioner {
  /**
   * Runs in the transaction that creates the tenant, in platform scope: rows name the tenant themselves. Whatever it throws
   * leaves no tenant behind.
   */
  provision(ctx: TxContext, tenant: Tenant, options: ProvisioningOptions): Promise<void>;
}
