import type { Actor, PermissionSet } from './context.ts';
import type { TenantId } from './ids.ts';

/** Who stands behind a request, and where they work. */
export interface Principal {
  readonly actor: Actor;
  readonly permissions: PermissionSet;
  /** The tenant of the token's activeContext, or of the API key; null for operators and singers. */
  readonly tenantId: TenantId | null;
  readonly isOperator: boolean;
  /** May do nothing but set up the second factor that a policy asks for. */
  readonly isRestricted: boolean;
  /** The budget of an API key that has one of its own. */
  readonly requestsPerMinute?: number;
}
