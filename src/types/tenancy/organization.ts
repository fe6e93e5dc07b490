import type { Context, OrganizationScope, TxContext } from '../context.ts';

/** An organization with storage of its own. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Logical name of its storage, made of its name. */
  readonly collection: string;
}

/** Who administers an organization. */
export interface OrganizationAdmin {
  readonly id: string;
  /** In lower case. */
  readonly email: string;
}

/** An admin together with the organization, as it is now. */
export interface OrganizationAccess {
  readonly organization: Organization;
  readonly admin: OrganizationAdmin;
}

export type OrganizationContext = Context<OrganizationScope>;
export type OrganizationTxContext = TxContext<OrganizationScope>;
