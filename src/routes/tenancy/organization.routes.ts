import type { OrganizationController } from '../../controllers/tenancy/organization.controller.ts';
import { organizationAdmin, publicBecause } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import {
  CreatedOrganizationResponse,
  CreateOrganizationRequest,
  DeletedOrganizationResponse,
  DeleteOrganizationQuery,
  GetOrganizationQuery,
  OrganizationLoginRequest,
  OrganizationResponse,
  OrganizationTokenResponse,
  RenamedOrganizationResponse,
  RenameOrganizationQuery,
} from '../../validators/tenancy/organization.schema.ts';

export interface OrganizationRouteDeps {
  readonly organizations: OrganizationController;
}

const endpoint = endpointsFor<OrganizationRouteDeps>();
const tags = ['Organizations'] as const;

export const createOrganization = endpoint({
  method: 'post',
  path: '/org/create',
  operationId: 'createOrganization',
  summary: 'Create an organization, its admin and its storage',
  description:
    'All of it, or nothing. A name is taken in whichever case, width and spacing it is written, and so is the collection that is made of it.',
  tags,
  access: publicBecause('an organization signs itself up'),
  body: CreateOrganizationRequest,
  success: { status: 201, bare: CreatedOrganizationResponse },
  errors: ['ORGANIZATION_NAME_TAKEN', 'EMAIL_TAKEN', 'PASSWORD_REFUSED', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'organization.created',
  handler: ({ organizations }, { body, ctx }) => organizations.create(ctx, body),
});

export const getOrganization = endpoint({
  method: 'get',
  path: '/org/get',
  operationId: 'getOrganization',
  summary: 'Get an organization by its name',
  tags,
  access: publicBecause('the name of an organization is no secret'),
  query: GetOrganizationQuery,
  success: { status: 200, bare: OrganizationResponse },
  errors: ['ORGANIZATION_NOT_FOUND'],
  handler: ({ organizations }, { query, ctx }) => organizations.get(ctx, query.organization_name),
});

export const updateOrganization = endpoint({
  method: 'put',
  path: '/org/update',
  operationId: 'updateOrganization',
  summary: 'Rename an organization',
  description: 'At once, however much it stores; its tokens go on working.',
  tags,
  access: organizationAdmin(),
  query: RenameOrganizationQuery,
  success: { status: 200, bare: RenamedOrganizationResponse },
  errors: ['ORGANIZATION_NOT_FOUND', 'ORGANIZATION_ACCESS_DENIED', 'ORGANIZATION_NAME_TAKEN'],
  audit: 'organization.renamed',
  handler: ({ organizations }, { query, ctx }) => organizations.rename(ctx, query),
});

export const deleteOrganization = endpoint({
  method: 'delete',
  path: '/org/delete',
  operationId: 'deleteOrganization',
  summary: 'Delete an organization, its admins and its storage',
  description: 'Its tokens end at once; its documents are dropped soon afterwards, and can not be had back.',
  tags,
  access: organizationAdmin(),
  query: DeleteOrganizationQuery,
  success: { status: 200, bare: DeletedOrganizationResponse },
  errors: ['ORGANIZATION_NOT_FOUND', 'ORGANIZATION_ACCESS_DENIED'],
  audit: 'organization.deleted',
  handler: ({ organizations }, { query, ctx }) => organizations.remove(ctx, query.org_name),
});

export const signInOrganizationAdmin = endpoint({
  method: 'post',
  path: '/admin/login',
  operationId: 'signInOrganizationAdmin',
  summary: "Sign in as an organization's admin",
  description: 'With the token, an admin works on the organization and its documents, and on nothing else.',
  tags,
  access: publicBecause('it is the way in'),
  body: OrganizationLoginRequest,
  success: { status: 200, bare: OrganizationTokenResponse },
  errors: ['INVALID_CREDENTIALS', 'TOO_MANY_ATTEMPTS', 'SIGN_IN_BUSY'],
  rateLimit: 'auth',
  audit: 'organization_admin.signed_in',
  handler: ({ organizations }, { body, ctx }) => organizations.login(ctx, body),
});

export const organizationEndpoints = [
  createOrganization,
  getOrganization,
  updateOrganization,
  deleteOrganization,
  signInOrganizationAdmin,
] as const;
