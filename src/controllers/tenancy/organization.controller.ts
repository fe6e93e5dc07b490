import type { z } from 'zod';
import type { OrganizationService } from '../../services/tenancy/organization.service.ts';
import type { OrganizationSignIn } from '../../services/tenancy/organization-sign-in.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { OrganizationContext } from '../../types/tenancy/organization.ts';
import type {
  CreatedOrganizationResponse,
  CreateOrganizationRequest,
  DeletedOrganizationResponse,
  OrganizationLoginRequest,
  OrganizationResponse,
  OrganizationTokenResponse,
  RenamedOrganizationResponse,
  RenameOrganizationQuery,
} from '../../validators/tenancy/organization.schema.ts';

export interface OrganizationControllerDeps {
  readonly organizations: OrganizationService;
  readonly signIn: OrganizationSignIn;
}

export type OrganizationController = ReturnType<typeof createOrganizationController>;

export function createOrganizationController({ organizations, signIn }: OrganizationControllerDeps) {
  return {
    async create(
      ctx: Context<PlatformScope>,
      { organization_name: name, email, password }: z.output<typeof CreateOrganizationRequest>,
    ): Promise<z.input<typeof CreatedOrganizationResponse>> {
      const { organization, admin } = await organizations.create(ctx, { name, email, password });
      return { name: organization.name, collection: organization.collection, admin_email: admin.email };
    },

    async get(ctx: Context<PlatformScope>, name: string): Promise<z.input<typeof OrganizationResponse>> {
      const { organization, admin } = await organizations.get(ctx, name);
      return { name: organization.name, collection: organization.collection, admin_id: admin.id };
    },

    async rename(
      ctx: OrganizationContext,
      { current_name, new_name }: z.output<typeof RenameOrganizationQuery>,
    ): Promise<z.input<typeof RenamedOrganizationResponse>> {
      const renamed = await organizations.rename(ctx, current_name, new_name);
      return {
        old_name: renamed.oldName,
        new_name: renamed.newName,
        new_collection: renamed.newCollection,
        moved_docs: renamed.movedDocuments,
      };
    },

    async remove(ctx: OrganizationContext, name: string): Promise<z.input<typeof DeletedOrganizationResponse>> {
      const { organization } = await organizations.remove(ctx, name);
      return { name: organization.name, collection: organization.collection, deleted: true };
    },

    async login(
      ctx: Context<PlatformScope>,
      { email, password }: z.output<typeof OrganizationLoginRequest>,
    ): Promise<z.input<typeof OrganizationTokenResponse>> {
      return { access_token: await signIn.signIn(ctx, email, password), token_type: 'bearer' };
    },
  };
}
