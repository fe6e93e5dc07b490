import type { LibraryController } from '../../controllers/tenancy/library.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreateLibraryRequest,
  LibraryResponse,
  ListLibrariesQuery,
  UpdateLibraryRequest,
} from '../../validators/tenancy/library.schema.ts';

export interface LibraryRouteDeps {
  readonly libraries: LibraryController;
}

const endpoint = endpointsFor<LibraryRouteDeps>();
const tags = ['Libraries'] as const;

export const listLibraries = endpoint({
  method: 'get',
  path: '/api/libraries',
  operationId: 'listLibraries',
  summary: 'List libraries',
  tags,
  access: tenant('libraries:read'),
  query: ListLibrariesQuery,
  success: { status: 200, page: LibraryResponse },
  handler: ({ libraries }, { query, ctx }) => libraries.list(ctx, query),
});

export const createLibrary = endpoint({
  method: 'post',
  path: '/api/libraries',
  operationId: 'createLibrary',
  summary: 'Create a library',
  tags,
  access: tenant('libraries:write'),
  body: CreateLibraryRequest,
  success: { status: 201, schema: LibraryResponse },
  errors: ['LIBRARY_CODE_TAKEN'],
  idempotent: true,
  audit: 'library.created',
  handler: ({ libraries }, { body, ctx }) => libraries.create(ctx, body),
});

export const getLibrary = endpoint({
  method: 'get',
  path: '/api/libraries/:id',
  operationId: 'getLibrary',
  summary: 'Get a library',
  tags,
  access: tenant('libraries:read'),
  params: IdParams,
  success: { status: 200, schema: LibraryResponse },
  errors: ['LIBRARY_NOT_FOUND'],
  handler: ({ libraries }, { params, ctx }) => libraries.get(ctx, params.id),
});

export const updateLibrary = endpoint({
  method: 'put',
  path: '/api/libraries/:id',
  operationId: 'updateLibrary',
  summary: 'Change or close a library',
  description:
    'What is absent stays as it is; a library that is closed keeps its people. With `version` the change fails if somebody else was quicker.',
  tags,
  access: tenant('libraries:write'),
  params: IdParams,
  body: UpdateLibraryRequest,
  success: { status: 200, schema: LibraryResponse },
  errors: ['LIBRARY_NOT_FOUND', 'LIBRARY_CODE_TAKEN', 'VERSION_CONFLICT'],
  audit: 'library.updated',
  handler: ({ libraries }, { params, body, ctx }) => libraries.update(ctx, params.id, body),
});

export const deleteLibrary = endpoint({
  method: 'delete',
  path: '/api/libraries/:id',
  operationId: 'deleteLibrary',
  summary: 'Delete a library to which nobody belongs',
  tags,
  access: tenant('libraries:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['LIBRARY_NOT_FOUND', 'LIBRARY_IN_USE'],
  audit: 'library.deleted',
  handler: ({ libraries }, { params, ctx }) => libraries.remove(ctx, params.id),
});

export const libraryEndpoints = [listLibraries, createLibrary, getLibrary, updateLibrary, deleteLibrary] as const;
