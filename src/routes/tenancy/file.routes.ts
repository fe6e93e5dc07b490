import type { FileController } from '../../controllers/tenancy/file.controller.ts';
import { tenant } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import { FileResponse, ListFilesQuery } from '../../validators/tenancy/file.schema.ts';

export interface FileRouteDeps {
  readonly files: FileController;
}

const endpoint = endpointsFor<FileRouteDeps>();
const tags = ['Files'] as const;

export const listFiles = endpoint({
  method: 'get',
  path: '/api/files',
  operationId: 'listFiles',
  summary: 'List files',
  tags,
  access: tenant('files:read'),
  query: ListFilesQuery,
  success: { status: 200, page: FileResponse },
  handler: ({ files }, { query, ctx }) => files.list(ctx, query),
});

export const uploadFile = endpoint({
  method: 'post',
  path: '/api/files',
  operationId: 'uploadFile',
  summary: 'Upload a file',
  description:
    'A form with the one field `file` and nothing else. Its type is told by its content, whatever the form claims: text is plain text, markup and what is unknown is `application/octet-stream`. Of its name the directories and control characters are dropped, and what exceeds 255 characters.',
  tags,
  access: tenant('files:write'),
  upload: { fieldName: 'file' },
  success: { status: 201, schema: FileResponse },
  errors: ['FILE_TOO_LARGE', 'STORAGE_QUOTA_EXCEEDED', 'STORAGE_UNAVAILABLE'],
  audit: 'file.uploaded',
  handler: ({ files }, { upload, ctx }) => files.upload(ctx, upload),
});

export const getFile = endpoint({
  method: 'get',
  path: '/api/files/:id',
  operationId: 'getFile',
  summary: 'Get what is known of a file',
  tags,
  access: tenant('files:read'),
  params: IdParams,
  success: { status: 200, schema: FileResponse },
  errors: ['FILE_NOT_FOUND'],
  handler: ({ files }, { params, ctx }) => files.get(ctx, params.id),
});

export const downloadFile = endpoint({
  method: 'get',
  path: '/api/files/:id/content',
  operationId: 'downloadFile',
  summary: 'Download a file',
  description: 'All of it, or the range that is asked for.',
  tags,
  access: tenant('files:read'),
  params: IdParams,
  success: { status: 200, file: { contentType: 'application/octet-stream', seekable: true } },
  errors: ['FILE_NOT_FOUND', 'STORAGE_UNAVAILABLE'],
  handler: ({ files }, { params, ctx }) => files.download(ctx, params.id),
});

export const deleteFile = endpoint({
  method: 'delete',
  path: '/api/files/:id',
  operationId: 'deleteFile',
  summary: 'Delete a file',
  tags,
  access: tenant('files:write'),
  params: IdParams,
  success: { status: 204 },
  errors: ['FILE_NOT_FOUND'],
  audit: 'file.deleted',
  handler: ({ files }, { params, ctx }) => files.remove(ctx, params.id),
});

export const fileEndpoints = [listFiles, uploadFile, getFile, downloadFile, deleteFile] as const;
