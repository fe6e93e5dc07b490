import type { RequestHandler } from 'express';
import { appError } from '../errors/app-error.ts';
import type { OrganizationAccessService } from '../services/tenancy/organization-access.service.ts';
import { anonymousActor, organizationScope } from '../types/context-factory.ts';
import type { OrganizationAccess } from '../types/tenancy/organization.ts';

export interface OrganizationAdminMiddlewareDeps {
  readonly access: OrganizationAccessService;
}

const BEARER = /^bearer +(\S+) *$/i;
const LONGEST_HEADER = 8192;

const actorOf = ({ admin }: OrganizationAccess) => ({
  ...anonymousActor,
  type: 'organization_admin' as const,
  id: admin.id,
  name: admin.email,
  email: admin.email,
});

/**
 * Finds out which organization's admin stands behind a request. Nothing is remembered: admin and organization are looked up each
 * time, so that no token outlives them.
 *
 * Passes on AppError UNAUTHENTICATED without a bearer token, TOKEN_INVALID and TOKEN_EXPIRED.
 */
export const createOrganizationAdminMiddleware =
  ({ access }: OrganizationAdminMiddlewareDeps): RequestHandler =>
  async (req, _res, next) => {
    const header = req.headers.authorization ?? '';
    const token = header.length > LONGEST_HEADER ? undefined : BEARER.exec(header)?.[1];
    if (token === undefined) throw appError('UNAUTHENTICATED');
    const found = await access.admit(req.state.ctx, token);
    req.state.ctx = { ...req.state.ctx, actor: actorOf(found), scope: organizationScope(found.organization.id) };
    next();
  };
