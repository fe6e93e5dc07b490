import type { RequestHandler } from 'express';
import type { Context, TenantContext } from '../types/context.ts';

/** What tenants may do by their plans. */
export interface EntitlementCheck {
  /** @throws AppError ENTITLEMENT_MISSING unless the tenant's plan has the feature */
  require(ctx: TenantContext, feature: string): Promise<void>;
}

/**
 * Lets a request pass whose tenant's plan has the feature that the endpoint declares. Runs after the permission: who may not do
 * something is not told to pay for it. An operator who works on the rows of all tenants is bound by no plan; one who works for a
 * tenant is bound by the tenant's.
 *
 * Passes on AppError ENTITLEMENT_MISSING.
 */
export const createEntitlementMiddleware =
  (entitlements: EntitlementCheck, feature: string): RequestHandler =>
  (req, _res, next) => {
    const { ctx } = req.state;
    if (isOfTenant(ctx)) entitlements.require(ctx, feature).then(() => next(), next);
    else next();
  };

const isOfTenant = (ctx: Context): ctx is TenantContext => ctx.scope.kind === 'tenant';
