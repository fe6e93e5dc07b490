import type { TenantId } from './ids.ts';

/** One tenant's rows. */
export interface TenantScope {
  readonly kind: 'tenant';
  readonly tenantId: TenantId;
}

/** Every tenant's rows: operators and the platform's own work only. */
export interface PlatformScope {
  readonly kind: 'platform';
}

/** The platform's rows, for an organization's admin: its documents are in the storage of this organization. */
export interface OrganizationScope extends PlatformScope {
  readonly organizationId: string;
}

/** Nobody's rows: a person who works for no tenant. A service that may show them rows of their own rescopes on purpose. */
export interface SelfScope {
  readonly kind: 'self';
}

/** The scopes in which the database has rows. */
export type RowScope = TenantScope | PlatformScope;

/** Decides which rows exist for a request or a job. */
export type Scope = RowScope | SelfScope;

/**
 * Who acts. `system` is the product itself, in jobs; `anonymous` is a caller of a public endpoint; `api_key` is a machine of a
 * tenant, whose id is the key's; `organization_admin` is no user, and has a login of another kind.
 */
export interface Actor {
  readonly type: 'user' | 'api_key' | 'organization_admin' | 'system' | 'anonymous';
  readonly id: string | null;
  readonly name: string;
  readonly email: string | null;
  readonly userType: 'ADMIN_USER' | 'PLATFORM_USER' | null;
  readonly role: string | null;
  readonly sessionId: string | null;
  /** The administrator behind the actor, while impersonating. */
  readonly impersonatorId: string | null;
}

/** Where a request came from. */
export interface Origin {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
}

/** Work that must happen together with a transaction's commit. */
export interface Transaction {
  /** Runs once the transaction has committed; its failure is logged and undoes nothing. For caches and the like: what must not be lost is an event. */
  afterCommit(effect: () => void | Promise<void>): void;
}

/** What the audit trail calls this operation (declared by the endpoint or the job), and whether it was written down. */
export interface AuditMark {
  readonly action: string | null;
  recorded: boolean;
}

/** First argument of every service and repository function. */
export interface Context<S extends Scope = Scope> {
  readonly requestId: string;
  readonly actor: Actor;
  readonly scope: S;
  readonly origin: Origin;
  readonly audit: AuditMark;
  readonly permissions: PermissionSet;
  readonly tx: Transaction | null;
}

/** A context inside a transaction: what must run in one takes this type and can't be called outside. */
export interface TxContext<S extends Scope = Scope> extends Context<S> {
  readonly tx: Transaction;
}

export type TenantContext = Context<TenantScope>;
export type TenantTxContext = TxContext<TenantScope>;

/** The permissions of an actor in the scope it works in. */
export interface PermissionSet {
  has(permission: string): boolean;
  /** As they stand in a token: `resource:action`, `resource:*` or `*`. */
  readonly patterns: readonly string[];
}
