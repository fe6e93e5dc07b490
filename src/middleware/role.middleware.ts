import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { AccessRule } from '../types/access-rule.ts';

/**
 * Lets a request pass that holds the permission its endpoint declares, and to the platform's endpoints operators only.
 * Answers 403 FORBIDDEN otherwise. Runs after authentication and the tenant.
 */
export function createRoleMiddleware(rule: AccessRule): RequestHandler {
  if (rule.kind !== 'tenant' && rule.kind !== 'platform') return (_req, _res, next) => next();
  const { permission } = rule;
  const operatorsOnly = rule.kind === 'platform';
  return (req, _res, next) => {
    const { ctx, principal } = req.state;
    const allowed = ctx.permissions.has(permission) && (!operatorsOnly || principal?.isOperator === true);
    if (allowed) next();
    else next(appError('FORBIDDEN'));
  };
}
