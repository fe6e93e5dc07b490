import type { OrganizationDocumentController } from '../../controllers/tenancy/organization-document.controller.ts';
import { organizationAdmin } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  CreatedOrganizationDocumentsResponse,
  CreateOrganizationDocumentsRequest,
  DocumentVersionQuery,
  ListOrganizationDocumentsQuery,
  OrganizationDocumentResponse,
  PatchOrganizationDocumentRequest,
  ReplaceOrganizationDocumentRequest,
} from '../../validators/tenancy/organization-document.schema.ts';

export interface OrganizationDocumentRouteDeps {
  readonly organizationDocuments: OrganizationDocumentController;
}

const endpoint = endpointsFor<OrganizationDocumentRouteDeps>();
const tags = ['Organizations'] as const;

/** Room for a thousand documents of a kilobyte. */
const MANY_DOCUMENTS_KB = 1024;

export const listOrganizationDocuments = endpoint({
  method: 'get',
  path: '/org/documents',
  operationId: 'listOrganizationDocuments',
  summary: 'List the documents of an organization',
  description: [
    'Up to five filters on fields, whose levels are divided by dots: `filter[venue.city]=Udaipur`. A value that JSON reads as a number, a truth value or null means both that and the text.',
    'Besides equality there are `filter[field][ne]`, `[gt]`, `[gte]`, `[lt]`, `[lte]` (numbers with numbers, texts with texts) and `[exists]=true` or `false`. `ne` also finds documents without the field. Lists are compared as a whole.',
  ].join('\n\n'),
  tags,
  access: organizationAdmin(),
  query: ListOrganizationDocumentsQuery,
  success: { status: 200, page: OrganizationDocumentResponse },
  errors: ['ORGANIZATION_NOT_FOUND'],
  handler: ({ organizationDocuments }, { query, ctx }) => organizationDocuments.list(ctx, query),
});

export const createOrganizationDocuments = endpoint({
  method: 'post',
  path: '/org/documents',
  operationId: 'createOrganizationDocuments',
  summary: 'Add a document, or many',
  description: 'An object, or a list of up to 1,000 objects: all of them are added, or none.',
  tags,
  access: organizationAdmin(),
  body: CreateOrganizationDocumentsRequest,
  bodyLimitKb: MANY_DOCUMENTS_KB,
  success: { status: 201, schema: CreatedOrganizationDocumentsResponse },
  errors: ['ORGANIZATION_NOT_FOUND'],
  audit: 'organization_document.created',
  handler: ({ organizationDocuments }, { body, ctx }) => organizationDocuments.create(ctx, body),
});

export const getOrganizationDocument = endpoint({
  method: 'get',
  path: '/org/documents/:id',
  operationId: 'getOrganizationDocument',
  summary: 'Get a document',
  tags,
  access: organizationAdmin(),
  params: IdParams,
  success: { status: 200, schema: OrganizationDocumentResponse },
  errors: ['ORGANIZATION_NOT_FOUND', 'ORGANIZATION_DOCUMENT_NOT_FOUND'],
  handler: ({ organizationDocuments }, { params, ctx }) => organizationDocuments.get(ctx, params.id),
});

export const replaceOrganizationDocument = endpoint({
  method: 'put',
  path: '/org/documents/:id',
  operationId: 'replaceOrganizationDocument',
  summary: 'Replace a document',
  tags,
  access: organizationAdmin(),
  params: IdParams,
  query: DocumentVersionQuery,
  body: ReplaceOrganizationDocumentRequest,
  success: { status: 200, schema: OrganizationDocumentResponse },
  errors: ['ORGANIZATION_NOT_FOUND', 'ORGANIZATION_DOCUMENT_NOT_FOUND', 'VERSION_CONFLICT'],
  audit: 'organization_document.replaced',
  handler: ({ organizationDocuments }, { params, query, body, ctx }) =>
    organizationDocuments.replace(ctx, params.id, query.version, body),
});

export const patchOrganizationDocument = endpoint({
  method: 'patch',
  path: '/org/documents/:id',
  operationId: 'patchOrganizationDocument',
  summary: 'Change a document by a JSON merge patch',
  description: 'RFC 7396: what is absent stays, null takes a field out, objects are merged, lists are replaced.',
  tags,
  access: organizationAdmin(),
  params: IdParams,
  query: DocumentVersionQuery,
  body: PatchOrganizationDocumentRequest,
  mergePatch: true,
  success: { status: 200, schema: OrganizationDocumentResponse },
  errors: [
    'ORGANIZATION_NOT_FOUND',
    'ORGANIZATION_DOCUMENT_NOT_FOUND',
    'ORGANIZATION_DOCUMENT_TOO_LARGE',
    'VERSION_CONFLICT',
  ],
  audit: 'organization_document.patched',
  handler: ({ organizationDocuments }, { params, query, body, ctx }) =>
    organizationDocuments.patch(ctx, params.id, query.version, body),
});

export const deleteOrganizationDocument = endpoint({
  method: 'delete',
  path: '/org/documents/:id',
  operationId: 'deleteOrganizationDocument',
  summary: 'Delete a document',
  tags,
  access: organizationAdmin(),
  params: IdParams,
  query: DocumentVersionQuery,
  success: { status: 204 },
  errors: ['ORGANIZATION_NOT_FOUND', 'ORGANIZATION_DOCUMENT_NOT_FOUND', 'VERSION_CONFLICT'],
  audit: 'organization_document.deleted',
  handler: ({ organizationDocuments }, { params, query, ctx }) =>
    organizationDocuments.remove(ctx, params.id, query.version),
});

export const exportOrganizationDocuments = endpoint({
  method: 'get',
  path: '/org/export',
  operationId: 'exportOrganizationDocuments',
  summary: 'Export all documents',
  description: 'A line of JSON for each document, in the order of their ids, as a stream (NDJSON).',
  tags,
  access: organizationAdmin(),
  success: { status: 200, file: { contentType: 'application/x-ndjson' } },
  errors: ['ORGANIZATION_NOT_FOUND'],
  handler: ({ organizationDocuments }, { ctx }) => organizationDocuments.export(ctx),
});

export const organizationDocumentEndpoints = [
  listOrganizationDocuments,
  createOrganizationDocuments,
  getOrganizationDocument,
  replaceOrganizationDocument,
  patchOrganizationDocument,
  deleteOrganizationDocument,
  exportOrganizationDocuments,
] as const;
