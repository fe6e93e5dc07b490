import { z } from 'zod';
import { platform, publicBecause, signature, tenant, tenantOrPlatform, user } from '../../src/http/access.ts';
import { endpointsFor } from '../../src/http/endpoint.ts';
import { IdParams, id, line, timestamp } from '../../src/validators/common/fields.schema.ts';
import { pageQuery, search, sliceQuery } from '../../src/validators/common/page.schema.ts';

const NoteResponse = z
  .object({ id: id(), title: z.string().meta({ example: 'Opening hours' }), createdAt: timestamp() })
  .meta({ id: 'Note' });
const CreateNoteRequest = z
  .strictObject({ title: line(80).meta({ example: 'Opening hours' }), labels: z.array(line(20)).max(5).default([]) })
  .meta({ id: 'CreateNoteRequest' });
const UpdateNoteRequest = z.strictObject({ title: line(80).optional() }).meta({ id: 'UpdateNoteRequest' });

const endpoint = endpointsFor<unknown>();
const tags = ['Notes'] as const;
const unreachable = (): never => {
  throw new Error('The sample endpoints are described, never called');
};

/** One endpoint of every kind, as the rules for routes want them. */
export const sampleEndpoints = {
  listNotes: endpoint({
    method: 'get',
    path: '/notes',
    operationId: 'listNotes',
    summary: 'List notes',
    description: 'Newest first.',
    tags,
    access: tenantOrPlatform('plans:read'),
    query: pageQuery(['createdAt', 'title'], { search: search(), label: line(20).optional() }),
    success: { status: 200, page: NoteResponse },
    handler: unreachable,
  }),
  createNote: endpoint({
    method: 'post',
    path: '/notes',
    operationId: 'createNote',
    summary: 'Create a note',
    tags,
    access: tenant('plans:write'),
    body: CreateNoteRequest,
    success: { status: 201, schema: NoteResponse },
    errors: ['PLAN_CODE_TAKEN'],
    idempotent: true,
    audit: 'note.created',
    handler: unreachable,
  }),
  setNote: endpoint({
    method: 'put',
    path: '/notes',
    operationId: 'setNote',
    summary: 'Make or change a note',
    tags,
    access: tenant('plans:write'),
    body: z.strictObject({ title: line(80) }).meta({ id: 'SetNoteRequest' }),
    success: { status: 200, upsert: NoteResponse },
    audit: 'note.set',
    handler: unreachable,
  }),
  listNoteEvents: endpoint({
    method: 'get',
    path: '/notes/events',
    operationId: 'listNoteEvents',
    summary: 'List what happened to notes',
    tags,
    access: platform('plans:read'),
    query: sliceQuery({}),
    success: { status: 200, slice: NoteResponse },
    handler: unreachable,
  }),
  getNote: endpoint({
    method: 'get',
    path: '/notes/:id',
    operationId: 'getNote',
    summary: 'Get a note',
    tags,
    access: user(),
    params: IdParams,
    success: { status: 200, schema: NoteResponse },
    errors: ['PLAN_NOT_FOUND'],
    handler: unreachable,
  }),
  updateNote: endpoint({
    method: 'patch',
    path: '/notes/:id',
    operationId: 'updateNote',
    summary: 'Change a note',
    tags,
    access: tenant('plans:write'),
    params: IdParams,
    body: UpdateNoteRequest,
    success: { status: 200, schema: NoteResponse },
    audit: 'note.updated',
    handler: unreachable,
  }),
  archiveNote: endpoint({
    method: 'post',
    path: '/notes/:id/archive',
    operationId: 'archiveNote',
    summary: 'Archive a note',
    tags,
    access: tenant('plans:write'),
    entitlement: 'Archive',
    params: IdParams,
    success: { status: 200, schema: NoteResponse },
    audit: 'note.archived',
    handler: unreachable,
  }),
  deleteNote: endpoint({
    method: 'delete',
    path: '/notes/:id',
    operationId: 'deleteNote',
    summary: 'Delete a note',
    tags,
    access: tenant('plans:write'),
    params: IdParams,
    success: { status: 204 },
    audit: 'note.deleted',
    handler: unreachable,
  }),
  downloadNote: endpoint({
    method: 'get',
    path: '/notes/:id/pdf',
    operationId: 'downloadNote',
    summary: 'Download a note',
    tags,
    access: tenant('plans:read'),
    params: IdParams,
    success: { status: 200, file: { contentType: 'application/pdf' } },
    handler: unreachable,
  }),
  uploadNote: endpoint({
    method: 'post',
    path: '/notes/scans',
    operationId: 'uploadNote',
    summary: 'Upload a scanned note',
    tags,
    access: tenant('plans:write'),
    upload: { fieldName: 'scan' },
    success: { status: 201, schema: NoteResponse },
    audit: 'note.uploaded',
    handler: unreachable,
  }),
  downloadScan: endpoint({
    method: 'get',
    path: '/notes/:id/scan',
    operationId: 'downloadScan',
    summary: 'Download the scan of a note',
    tags,
    access: tenant('plans:read'),
    params: IdParams,
    success: { status: 200, file: { contentType: 'image/png', seekable: true } },
    handler: unreachable,
  }),
  getNoteCounts: endpoint({
    method: 'get',
    path: '/note-counts',
    operationId: 'getNoteCounts',
    summary: 'Count notes',
    tags,
    access: signature('metrics-token'),
    success: { status: 200, text: { contentType: 'text/plain; version=0.0.4' } },
    handler: unreachable,
  }),
  getNoteSchema: endpoint({
    method: 'get',
    path: '/notes.json',
    operationId: 'getNoteSchema',
    summary: 'Get the schema of notes',
    tags,
    access: publicBecause('it holds no data'),
    success: { status: 200, document: { description: 'The schema' } },
    handler: unreachable,
  }),
  getNoteManual: endpoint({
    method: 'get',
    path: '/manual',
    operationId: 'getNoteManual',
    summary: 'Read the manual',
    tags,
    access: publicBecause('it holds no data'),
    success: { status: 200, site: { description: 'The manual' } },
    handler: unreachable,
  }),
};
