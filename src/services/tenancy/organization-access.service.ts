import { appError } from '../../errors/app-error.ts';
import type { OrganizationRepository } from '../../repositories/tenancy/organization.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { OrganizationAccess } from '../../types/tenancy/organization.ts';
import type { OrganizationTokens } from './organization-token.ts';

export interface OrganizationAccessDeps {
  readonly organizations: Pick<OrganizationRepository, 'findAccess'>;
  readonly tokens: Pick<OrganizationTokens, 'verify'>;
}

export type OrganizationAccessService = ReturnType<typeof createOrganizationAccessService>;

export function createOrganizationAccessService({ organizations, tokens }: OrganizationAccessDeps) {
  return {
    /**
     * Who stands behind a token, and the organization as it is now: a renamed one is the same, and of a deleted one no token
     * works any more.
     * @throws AppError TOKEN_INVALID, TOKEN_EXPIRED
     */
    async admit(ctx: Context, token: string): Promise<OrganizationAccess> {
      const { admin_id } = tokens.verify(token);
      const access = await organizations.findAccess(rescoped(ctx, platformScope), admin_id);
      if (access === null) throw appError('TOKEN_INVALID');
      return access;
    },
  };
}
