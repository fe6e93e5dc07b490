import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { IpRuleRegistry } from '../services/identity/ip-rule-registry.service.ts';
import type { IpRuleSet } from '../services/identity/ip-rule-set.ts';
import type { AccessRule } from '../types/access-rule.ts';
import { PLATFORM_ID, type TenantId } from '../types/ids.ts';
import type { RequestState } from '../types/request-state.ts';

export interface IpRuleMiddlewareDeps {
  readonly ipRules: Pick<IpRuleRegistry, 'rulesOf'>;
}

/**
 * Refuses requests from addresses that the platform or the tenant does not want. The platform's denials hold for everybody, its
 * allowances for operators, whoever they work for; a tenant's rules hold for its members and keys where they work on its rows,
 * so that whoever is refused can still sign out or work elsewhere. Runs after the tenant. A machine with a token of its own, such
 * as the one that reads the metrics, passes while the rules can't be read: it is there to tell that the database is away.
 *
 * Passes on AppError ADDRESS_NOT_ALLOWED.
 */
export function createIpRuleMiddleware({ ipRules }: IpRuleMiddlewareDeps, rule: AccessRule): RequestHandler {
  const forgive = (error: unknown): null => {
    if (rule.kind !== 'signature') throw error;
    return null;
  };
  const rulesOf = (ownerId: TenantId): IpRuleSet | Promise<IpRuleSet> => ipRules.rulesOf(ownerId);
  return async (req, _res, next) => {
    const { ctx } = req.state;
    const address = ctx.origin.ipAddress;
    const found = rulesOf(PLATFORM_ID);
    const platform = found instanceof Promise ? await found.catch(forgive) : found;
    if (platform === null) {
      next();
      return;
    }
    if (isOperator(req.state)) {
      if (!platform.permits(address)) throw appError('ADDRESS_NOT_ALLOWED');
    } else if (platform.denies(address)) throw appError('ADDRESS_NOT_ALLOWED');
    else if (rule.kind === 'tenant' && ctx.scope.kind === 'tenant') {
      const own = rulesOf(ctx.scope.tenantId);
      const tenant = own instanceof Promise ? await own : own;
      if (!tenant.permits(address)) throw appError('ADDRESS_NOT_ALLOWED');
    }
    next();
  };
}

/** Also in the place of somebody else. */
const isOperator = ({ principal }: RequestState): boolean =>
  principal !== null && (principal.isOperator || principal.actor.impersonatorId !== null);
