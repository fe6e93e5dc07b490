import type { PlatformUserController } from '../../controllers/tenancy/platform-user.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import type { PlatformUserKind } from '../../types/tenancy/platform-user.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  ListPlatformUsersOfKindQuery,
  PlatformUserResponse,
  PlatformUserSummaryResponse,
} from '../../validators/tenancy/platform-user.schema.ts';

export interface PlatformUserKindRouteDeps {
  readonly platformUsers: PlatformUserController;
}

const endpoint = endpointsFor<PlatformUserKindRouteDeps>();
const tags = ['Platform users'] as const;

interface KindOperation {
  readonly kind: PlatformUserKind;
  /** Where people of the kind are found. */
  readonly collection: string;
  readonly operationId: string;
  readonly summary: string;
}

const listOfKind = ({ kind, collection, operationId, summary }: KindOperation) =>
  endpoint({
    method: 'get',
    path: collection,
    operationId,
    summary,
    tags,
    access: tenant('platform-users:read'),
    query: ListPlatformUsersOfKindQuery,
    success: { status: 200, page: PlatformUserSummaryResponse },
    handler: ({ platformUsers }, { query, ctx }) => platformUsers.list(ctx, { ...query, kind }),
  });

const getOfKind = ({ kind, collection, operationId, summary }: KindOperation) =>
  endpoint({
    method: 'get',
    path: `${collection}/:id`,
    operationId,
    summary,
    tags,
    access: tenant('platform-users:read'),
    params: IdParams,
    success: { status: 200, schema: PlatformUserResponse },
    errors: ['PLATFORM_USER_NOT_FOUND'],
    handler: ({ platformUsers }, { params, ctx }) => platformUsers.get(ctx, params.id, kind),
  });

const owners = { kind: 'owner', collection: '/api/platform-users/owners' } as const;
const students = { kind: 'student', collection: '/api/platform-users/students' } as const;
const parents = { kind: 'parent', collection: '/api/platform-users/parents' } as const;
const staff = { kind: 'staff', collection: '/api/platform-users/staff' } as const;

export const listOwners = listOfKind({ ...owners, operationId: 'listOwners', summary: 'List owners' });
export const getOwner = getOfKind({ ...owners, operationId: 'getOwner', summary: 'Get an owner' });

export const listStudents = listOfKind({ ...students, operationId: 'listStudents', summary: 'List students' });
export const getStudent = getOfKind({
  ...students,
  operationId: 'getStudent',
  summary: 'Get a student with their parents',
});

export const listParents = listOfKind({ ...parents, operationId: 'listParents', summary: 'List parents' });
export const getParent = getOfKind({
  ...parents,
  operationId: 'getParent',
  summary: 'Get a parent with their students',
});

export const listStaff = listOfKind({ ...staff, operationId: 'listStaff', summary: 'List staff' });
export const getStaffMember = getOfKind({
  ...staff,
  operationId: 'getStaffMember',
  summary: 'Get a member of staff',
});

/** Stand before the ones with an id, whose paths cover these. */
export const platformUserKindEndpoints = [
  listOwners,
  getOwner,
  listStudents,
  getStudent,
  listParents,
  getParent,
  listStaff,
  getStaffMember,
] as const;
