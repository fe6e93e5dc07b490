import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { ErrorCode } from '../errors/registry.ts';
import type { AccessRule } from '../types/access-rule.ts';
import type { Context } from '../types/context.ts';
import type { Principal } from '../types/principal.ts';

/** Why a principal may not call an endpoint, or null. */
function refusalOf(rule: AccessRule, principal: Principal, { permissions }: Context): ErrorCode | null {
  const { actor, isOperator, isRestricted } = principal;
  switch (rule.kind) {
    case 'public':
    case 'signature':
    case 'organizationAdmin':
      return null;
    case 'user':
      if (actor.type !== 'user') return 'FORBIDDEN';
      if (isRestricted && !rule.duringEnrolment) return 'SESSION_RESTRICTED';
      return actor.impersonatorId !== null && !rule.impersonated ? 'IMPERSONATION_FORBIDDEN' : null;
    case 'tenant':
    case 'platform':
      if (isRestricted) return 'SESSION_RESTRICTED';
      if (rule.kind === 'platform' && !isOperator) return 'FORBIDDEN';
      return permissions.has(rule.permission) ? null : 'FORBIDDEN';
  }
}

/**
 * Lets a request pass that holds the permission its endpoint declares, and to the platform's endpoints operators only.
 * Runs after authentication and the tenant.
 *
 * Passes on AppError FORBIDDEN, SESSION_RESTRICTED for a session that lacks its second factor, and IMPERSONATION_FORBIDDEN for
 * what nobody does in the place of somebody else.
 */
export const createRoleMiddleware =
  (rule: AccessRule): RequestHandler =>
  (req, _res, next) => {
    const { ctx, principal } = req.state;
    const refusal = principal === null ? 'UNAUTHENTICATED' : refusalOf(rule, principal, ctx);
    if (refusal === null) next();
    else next(appError(refusal));
  };
