import { appError, invariant } from '../../errors/app-error.ts';
import type { MembershipWithTenant } from '../../repositories/identity/membership.repository.ts';
import type { Context, PermissionSet } from '../../types/context.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import { memberPermissions, operatorPermissions, rolePermissions } from './effective-permissions.ts';
import { isPlatformRole, SELF_ROLE } from './roles.ts';

/** Where somebody works: on the platform, in a tenant, or on nothing but their own things. */
export type ActiveContext =
  | { readonly type: 'platform'; readonly id: typeof PLATFORM_ID }
  | { readonly type: 'tenant'; readonly id: TenantId }
  | { readonly type: 'self'; readonly id: string };

/** A place to work, and the role somebody has there. */
export interface Standing {
  readonly context: ActiveContext;
  readonly role: string;
  readonly permissions: PermissionSet;
}

/** The tenant somebody asks to work in. */
export type WantedTenant = { readonly slug: string } | { readonly id: TenantId } | null;

/**
 * Decides where a user works. Operators always work on the platform. Everybody else works in the tenant they ask for, if they
 * are an active member, even while it is suspended (the requests themselves are refused then, which tells them why). Who asks
 * for none gets the oldest membership in a tenant that is open, else the oldest one; who has none works on their own things.
 * @param memberships oldest first, without deleted tenants
 * @returns null when the user is no active member of the tenant asked for
 */
export function chooseStanding(
  user: Pick<User, 'id' | 'platformRole' | 'platformPermissions'>,
  memberships: readonly MembershipWithTenant[],
  wanted: WantedTenant,
): Standing | null {
  if (isPlatformRole(user.platformRole)) {
    return {
      context: { type: 'platform', id: PLATFORM_ID },
      role: user.platformRole,
      permissions: operatorPermissions(user),
    };
  }
  const active = memberships.filter((membership) => membership.status === 'active');
  if (wanted !== null) {
    const asked = active.find(({ tenant }) =>
      'slug' in wanted ? tenant.slug === wanted.slug : tenant.id === wanted.id,
    );
    return asked === undefined ? null : standingIn(asked);
  }
  const chosen = active.find(({ tenant }) => tenant.status === 'active' || tenant.status === 'trial') ?? active[0];
  return chosen === undefined ? standingAlone(user.id) : standingIn(chosen);
}

/**
 * Where somebody with a session asks to work: in a tenant, or with null on nothing but their own things.
 * @param memberships oldest first, without deleted tenants
 * @throws AppError TENANT_ACCESS_DENIED when they are no active member
 * @throws AppError OPERATOR_CONTEXT_FIXED for operators, who name a tenant in X-Tenant-Id instead
 */
export function requestedStanding(
  user: Pick<User, 'id' | 'platformRole' | 'platformPermissions'>,
  memberships: readonly MembershipWithTenant[],
  tenantId: TenantId | null,
): Standing {
  if (isPlatformRole(user.platformRole)) throw appError('OPERATOR_CONTEXT_FIXED');
  if (tenantId === null) return standingAlone(user.id);
  const standing = chooseStanding(user, memberships, { id: tenantId });
  if (standing === null) throw appError('TENANT_ACCESS_DENIED');
  return standing;
}

const standingAlone = (userId: string): Standing => ({
  context: { type: 'self', id: userId },
  role: SELF_ROLE,
  permissions: rolePermissions(SELF_ROLE),
});

const standingIn = ({ tenantId, role, permissions }: MembershipWithTenant): Standing => ({
  context: { type: 'tenant', id: tenantId },
  role,
  permissions: memberPermissions({ role, permissions }),
});

/** The tenant of a context; null for operators and for people on their own. */
export const tenantOf = (context: ActiveContext): TenantId | null => (context.type === 'tenant' ? context.id : null);

/** Where the user behind a request works, whichever tenant an operator has named for it. */
export function activeContextOf({ actor, scope }: Context): ActiveContext {
  if (isPlatformRole(actor.role)) return { type: 'platform', id: PLATFORM_ID };
  if (scope.kind === 'tenant') return { type: 'tenant', id: scope.tenantId };
  return { type: 'self', id: invariant(actor.id, 'Only a user has an active context') };
}
