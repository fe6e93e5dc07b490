import type { Request, RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { TenantDirectory } from '../services/tenancy/tenant-directory.service.ts';
import type { AccessRule } from '../types/access-rule.ts';
import type { Scope } from '../types/context.ts';
import { platformScope, selfScope, tenantScope } from '../types/context-factory.ts';
import { asTenantId, type TenantId } from '../types/ids.ts';
import type { Principal } from '../types/principal.ts';
import type { TenantStatus } from '../types/tenancy/tenant.ts';

export interface TenantMiddlewareDeps {
  readonly tenants: Pick<TenantDirectory, 'statusOf'>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The tenant that X-Tenant-Id names, or null. */
function namedTenant(req: Request): TenantId | null {
  const header = req.headers['x-tenant-id'];
  if (header === undefined) return null;
  if (typeof header !== 'string' || !UUID.test(header)) {
    throw appError('VALIDATION_FAILED', { details: [{ path: 'headers.x-tenant-id', message: 'Must be a UUID' }] });
  }
  return asTenantId(header.toLowerCase());
}

/**
 * Decides whose rows exist. An operator works on the tenant of the header, or on the platform; everybody else on the tenant
 * of their token, and a header naming another one is refused: it never wins over the token.
 */
function scopeOf(principal: Principal, named: TenantId | null): Scope {
  if (principal.isOperator) return named === null ? platformScope : tenantScope(named);
  if (named !== null && named !== principal.tenantId) throw appError('TENANT_ACCESS_DENIED');
  return principal.tenantId === null ? selfScope : tenantScope(principal.tenantId);
}

/** Operators also work on tenants that are shut for their own people. */
function refuseUnlessOpen(status: TenantStatus | null, principal: Principal): void {
  if (status === null) throw appError(principal.isOperator ? 'TENANT_NOT_FOUND' : 'TENANT_ACCESS_DENIED');
  if (principal.isOperator) return;
  if (status === 'suspended') throw appError('TENANT_SUSPENDED');
  if (status === 'inactive') throw appError('TENANT_ACCESS_DENIED');
}

/** Puts the principal and the scope into the request's context; tells people of a suspended tenant so at once. */
export function createTenantMiddleware({ tenants }: TenantMiddlewareDeps, rule: AccessRule): RequestHandler {
  return async (req, _res, next) => {
    const { principal, ctx } = req.state;
    if (principal === null) throw appError('UNAUTHENTICATED');
    const scope = rule.kind === 'platform' ? platformScope : scopeOf(principal, namedTenant(req));
    req.state.ctx = { ...ctx, actor: principal.actor, permissions: principal.permissions, scope };
    if (rule.kind === 'tenant') {
      if (scope.kind === 'tenant') {
        const status = tenants.statusOf(scope.tenantId);
        refuseUnlessOpen(status instanceof Promise ? await status : status, principal);
      } else if (!principal.isOperator) throw appError('TENANT_ACCESS_DENIED');
      else if (!rule.platformWide) throw appError('TENANT_REQUIRED');
    }
    next();
  };
}
