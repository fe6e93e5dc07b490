import { appError } from '../../errors/app-error.ts';
import type { SessionFacts } from '../../repositories/identity/session.repository.ts';
import type { PermissionSet } from '../../types/context.ts';
import type { Principal } from '../../types/principal.ts';
import type { AccessTokenClaims } from '../../validators/identity/access-token.schema.ts';
import {
  impersonatedPermissions,
  memberPermissions,
  operatorPermissions,
  rolePermissions,
} from './effective-permissions.ts';
import { isPlatformRole, SELF_ROLE } from './roles.ts';

/**
 * Who stands behind a token, by what the database says of its session.
 * @throws AppError TOKEN_INVALID when they may no longer work where the token says
 * @throws AppError SESSION_REVOKED when an impersonation has lost its ground
 */
export function principalOf(claims: AccessTokenClaims, facts: SessionFacts): Principal {
  const { role, permissions } = standingOf(claims, facts);
  return {
    actor: {
      type: 'user',
      id: claims.userId,
      name: claims.name,
      email: claims.email,
      userType: claims.type,
      role,
      sessionId: claims.sid,
      impersonatorId: facts.impersonation?.impersonatorId ?? null,
    },
    permissions,
    tenantId: claims.tenantId ?? null,
    isOperator: claims.activeContext.type === 'platform',
    isRestricted: facts.isRestricted,
  };
}

function standingOf(
  { activeContext, act }: AccessTokenClaims,
  facts: SessionFacts,
): { role: string; permissions: PermissionSet } {
  const { impersonation, platformRole } = facts;
  if ((impersonation?.impersonatorId ?? undefined) !== act?.sub) throw appError('TOKEN_INVALID');
  if (activeContext.type === 'platform') {
    if (impersonation !== null || !isPlatformRole(platformRole)) throw appError('TOKEN_INVALID');
    return { role: platformRole, permissions: operatorPermissions(facts) };
  }
  if (activeContext.type === 'self') return { role: SELF_ROLE, permissions: rolePermissions(SELF_ROLE) };
  const standing = facts.tenants[activeContext.id];
  if (standing === undefined) throw appError('TOKEN_INVALID');
  if (impersonation === null) return { role: standing.role, permissions: memberPermissions(standing) };
  const isGranted = impersonation.live && operatorPermissions(impersonation).has('tenants:impersonate');
  if (!isGranted || impersonation.tenantId !== activeContext.id) throw appError('SESSION_REVOKED');
  return { role: standing.role, permissions: impersonatedPermissions(standing, impersonation) };
}
