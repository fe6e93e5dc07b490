import type { Actor, PermissionSet } from './context.ts';
import type { TenantId } from './ids.ts';

/** Whom an access token stands for, and where they work. */
export interface Principal {
  readonly actor: Actor;
  readonly permissions: PermissionSet;
  /** The tenant of the token's activeContext; null for operators and singers. */
  readonly tenantId: TenantId | null;
  readonly isOperator: boolean;
}
