import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createOpenApiDocument } from '../../../src/http/openapi/create-openapi-document.ts';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { errorCodesOf } from '../../../src/http/openapi/error-codes.ts';
import { toYaml } from '../../../src/http/openapi/openapi-yaml.ts';
import { IdParams, line } from '../../../src/validators/common/fields.schema.ts';
import { answerExampleOf, bodyExampleOf, operationOf, responseOf } from '../../support/openapi-reader.ts';
import { sampleEndpoints } from '../../support/sample-endpoints.ts';
import { lint } from '../../support/spectral.ts';

const tags = ['Operation'] as const;
const samples = Object.values(sampleEndpoints).map((endpoint): DescribedEndpoint => ({ ...endpoint, tags }));
const documentOf = (endpoints: readonly DescribedEndpoint[]) =>
  createOpenApiDocument(endpoints, { title: 'Notes', version: '1.2.3', serverUrl: 'https://notes.example' });

const document = documentOf(samples);
const operation = (name: keyof typeof sampleEndpoints) => operationOf(document, sampleEndpoints[name]);
const { createNote, getNote, listNotes } = sampleEndpoints;
const SESSION_CODES = [
  'UNAUTHENTICATED',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'SESSION_REVOKED',
  'SESSION_RESTRICTED',
  'API_KEY_INVALID',
  'ADDRESS_NOT_ALLOWED',
];
const SCOPE_CODES = ['TENANT_ACCESS_DENIED', 'TENANT_SUSPENDED', 'TENANT_NOT_FOUND'];
const ALWAYS = ['RATE_LIMITED', 'INTERNAL_ERROR', 'DATABASE_UNAVAILABLE'];

describe('a document', () => {
  test('of every kind of endpoint satisfies Spectral', async () => {
    expect(await lint(toYaml(document))).toBe('');
  });

  test('with something missing does not', async () => {
    const yaml = toYaml({ ...document, servers: [] });
    expect(await lint(yaml)).toContain('oas3-api-servers');
  });

  test('puts paths and methods where line-based tools look for them', () => {
    const lines = toYaml(document).split('\n');
    expect(lines).toContain('  /notes/{id}:');
    expect(lines.filter((text) => /^ {4}(get|post|put|patch|delete):$/.test(text))).toHaveLength(samples.length);
  });

  test('has shared schemas once, and no component that nobody refers to', () => {
    expect(Object.keys(document.components.schemas)).toEqual([
      'CreateNoteRequest',
      'ErrorCode',
      'ErrorResponse',
      'Note',
      'PageMeta',
      'SetNoteRequest',
      'SliceMeta',
      'UpdateNoteRequest',
    ]);
    expect(Object.keys(document.components.responses)).not.toContain('InvoiceNotFound');
  });

  test('refuses a tag that nobody described', () => {
    expect(() => documentOf([getNote])).toThrow('The tag "Notes" has no description');
  });

  test('refuses two schemas with one id', () => {
    const other: DescribedEndpoint = {
      ...createNote,
      tags,
      body: z.strictObject({ text: line(5) }).meta({ id: 'CreateNoteRequest' }),
      path: '/other-notes',
    };
    expect(() => documentOf([...samples, other])).toThrow('Two different schemas have the id "CreateNoteRequest"');
  });

  test('refuses a schema that means one thing sent and another received', () => {
    const schema = z.object({ label: z.string().default('None') }).meta({ id: 'Label' });
    const both: DescribedEndpoint = { ...createNote, tags, body: schema, success: { status: 201, schema } };
    expect(() => documentOf([both])).toThrow('the id "Label"');
  });
});

describe('an operation', () => {
  test('takes path, query and header parameters', () => {
    expect(operation('listNotes').parameters).toEqual([
      expect.objectContaining({ name: 'page', in: 'query', required: false, description: expect.any(String) }),
      expect.objectContaining({ name: 'limit', schema: expect.objectContaining({ default: 20, maximum: 100 }) }),
      expect.objectContaining({
        name: 'sort',
        schema: expect.objectContaining({ enum: ['createdAt', '-createdAt', 'title', '-title'] }),
      }),
      expect.objectContaining({ name: 'search', required: false }),
      expect.objectContaining({ name: 'label', required: false, description: 'Only entries with this label.' }),
      { $ref: '#/components/parameters/TenantId' },
    ]);
    expect(operation('getNote').parameters?.[0]).toMatchObject({ name: 'id', in: 'path', required: true });
    expect(operation('createNote').parameters).toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(operation('updateNote').parameters).not.toContainEqual({ $ref: '#/components/parameters/IdempotencyKey' });
    expect(operation('listNoteEvents').parameters).not.toContainEqual({ $ref: '#/components/parameters/TenantId' });
  });

  test('says who may call it, how they prove it, and what is written down', () => {
    expect(operation('createNote')).toMatchObject({
      description: expect.stringContaining('`plans:write`'),
      security: [{ bearerAuth: [] }, { apiKeyAuth: [] }],
      'x-permission': 'plans:write',
      'x-audit': 'note.created',
    });
    expect(operation('getNoteSchema')).toMatchObject({
      description: 'Access: anybody, because it holds no data.',
      security: [],
    });
    expect(operation('getNoteCounts').security).toEqual([{ metricsToken: [] }]);
    expect(operation('listNotes').description).toMatch(/^Newest first\.\n\nAccess: whoever holds `plans:read`/);
    expect(operation('getNote')).not.toHaveProperty('x-permission');
  });

  test('says which feature of the plan it takes', () => {
    expect(operation('archiveNote')).toMatchObject({
      description: expect.stringContaining("Plan: the tenant's must have the feature `Archive`."),
      'x-entitlement': 'Archive',
      responses: { 402: expect.anything() },
    });
    expect(operation('createNote')).not.toHaveProperty('x-entitlement');
  });

  test.each([
    ['listNotes', 200, 'application/json'],
    ['createNote', 201, 'application/json'],
    ['setNote', 200, 'application/json'],
    ['setNote', 201, 'application/json'],
    ['listNoteEvents', 200, 'application/json'],
    ['deleteNote', 204, undefined],
    ['downloadNote', 200, 'application/pdf'],
    ['downloadScan', 200, 'image/png'],
    ['downloadScan', 206, 'image/png'],
    ['uploadNote', 201, 'application/json'],
    ['getNoteCounts', 200, 'text/plain; version=0.0.4'],
    ['getNoteSchema', 200, 'application/json'],
    ['getNoteManual', 200, 'text/html'],
  ] as const)('%s answers %i as %s', (name, status, contentType) => {
    const { content } = responseOf(document, operation(name), status);
    expect(Object.keys(content ?? {})).toEqual(contentType === undefined ? [] : [contentType]);
  });

  test('takes a file as a form with nothing else in it', () => {
    expect(operation('uploadNote').requestBody).toEqual({
      required: true,
      content: {
        'multipart/form-data': {
          schema: {
            type: 'object',
            properties: { scan: { type: 'string', format: 'binary', description: expect.any(String) } },
            required: ['scan'],
            additionalProperties: false,
          },
        },
      },
    });
  });

  test('says which file can be asked for in parts', () => {
    const references = (name: keyof typeof sampleEndpoints) =>
      (operation(name).parameters ?? []).map((parameter) => ('$ref' in parameter ? parameter.$ref : parameter.name));
    expect(references('downloadScan')).toEqual(
      expect.arrayContaining(['#/components/parameters/Range', '#/components/parameters/IfRange']),
    );
    expect(references('downloadNote')).not.toContain('#/components/parameters/Range');
    expect(Object.keys(operation('downloadScan').responses)).toEqual(expect.arrayContaining(['200', '206', '416']));
    expect(Object.keys(operation('downloadNote').responses)).not.toContain('416');
  });

  test('shows a body and an answer', () => {
    const note = {
      id: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
      title: 'Opening hours',
      createdAt: '2026-11-20T09:30:00.000Z',
    };
    expect(bodyExampleOf(operation('createNote'))).toEqual({ title: 'Opening hours', labels: [] });
    expect(answerExampleOf(document, operation('createNote'), 201)).toEqual({ success: true, data: note });
    expect(answerExampleOf(document, operation('listNotes'), 200)).toEqual({
      success: true,
      data: [note],
      meta: { page: 1, limit: 20, total: 57, totalPages: 3 },
    });
  });

  test('names the headers of its answers', () => {
    const headersOf = (name: keyof typeof sampleEndpoints, status: number) =>
      Object.keys(responseOf(document, operation(name), status).headers ?? {});
    expect(headersOf('getNote', 200)).toEqual(['X-Request-Id', 'RateLimit', 'RateLimit-Policy']);
    expect(headersOf('createNote', 201)).toContain('Idempotent-Replayed');
    expect(headersOf('downloadNote', 200)).toContain('Content-Disposition');
    expect(headersOf('downloadNote', 200)).not.toContain('ETag');
    expect(headersOf('downloadScan', 200)).toEqual(expect.arrayContaining(['ETag', 'Accept-Ranges']));
    expect(headersOf('downloadScan', 206)).toContain('Content-Range');
    expect(headersOf('getNote', 401)).toContain('WWW-Authenticate');
    expect(headersOf('getNote', 429)).toContain('Retry-After');
    expect(headersOf('getNote', 503)).toContain('Retry-After');
  });
});

describe('the error codes of an endpoint', () => {
  test.each([
    ['getNoteManual', ['RATE_LIMITED', 'INTERNAL_ERROR']],
    ['getNoteCounts', ['UNAUTHENTICATED', 'ADDRESS_NOT_ALLOWED', ...ALWAYS]],
    ['listNoteEvents', [...SESSION_CODES, 'FORBIDDEN', 'VALIDATION_FAILED', ...ALWAYS]],
    [
      'getNote',
      [
        'PLAN_NOT_FOUND',
        ...SESSION_CODES,
        'TENANT_ACCESS_DENIED',
        'FORBIDDEN',
        'IMPERSONATION_FORBIDDEN',
        'VALIDATION_FAILED',
        ...ALWAYS,
      ],
    ],
    ['listNotes', [...SESSION_CODES, ...SCOPE_CODES, 'FORBIDDEN', 'VALIDATION_FAILED', ...ALWAYS]],
    [
      'createNote',
      [
        'PLAN_CODE_TAKEN',
        ...SESSION_CODES,
        ...SCOPE_CODES,
        'TENANT_REQUIRED',
        'FORBIDDEN',
        'VALIDATION_FAILED',
        'REQUEST_TIMEOUT',
        'MALFORMED_BODY',
        'BODY_TOO_LARGE',
        'UNSUPPORTED_MEDIA_TYPE',
        'IDEMPOTENCY_KEY_REUSED',
        'IDEMPOTENCY_IN_PROGRESS',
        ...ALWAYS,
      ],
    ],
  ] as const)('%s', (name, codes) => {
    expect([...errorCodesOf(sampleEndpoints[name])].sort()).toEqual([...codes].sort());
  });

  test('stand by status, and each with an example', () => {
    const conflict = responseOf(document, operation('createNote'), 409);
    expect(Object.keys(conflict.content?.['application/json']?.examples ?? {}).sort()).toEqual([
      'IDEMPOTENCY_IN_PROGRESS',
      'PLAN_CODE_TAKEN',
    ]);
    expect(document.components.examples.PLAN_CODE_TAKEN?.value).toMatchObject({
      success: false,
      error: { code: 'PLAN_CODE_TAKEN', statusCode: 409 },
    });
  });
});

describe('an example', () => {
  const Tree = z
    .object({
      name: z.string(),
      get children() {
        return z.array(Tree);
      },
    })
    .meta({ id: 'Tree' });
  const Odd = z
    .object({
      tree: Tree,
      nothing: z.string().nullable().meta({ example: null }),
      colour: z.enum(['red', 'blue']).nullable(),
      level: z.number().min(3).max(9),
      above: z.number().int().gt(7),
      atMost: z.number().max(-2),
      either: z.union([z.strictObject({ kind: z.literal('a') }), z.strictObject({ kind: z.literal('b') })]),
      both: z.intersection(z.object({ left: z.boolean() }), z.object({ right: z.iso.date() })),
      short: z.string().max(2),
      long: z.string().min(12),
      free: z.record(z.string(), z.number()),
    })
    .meta({ id: 'Odd' });

  test('is put together from types, bounds and choices, and ends in schemas that hold themselves', () => {
    const odd: DescribedEndpoint = { ...getNote, tags, params: IdParams, success: { status: 200, schema: Odd } };
    const described = documentOf([odd, { ...listNotes, tags }]);
    const example = answerExampleOf(described, operationOf(described, odd), 200);
    expect(example).toMatchObject({ success: true, data: { nothing: null, colour: 'red', level: 3, above: 8 } });
    expect(z.object({ success: z.literal(true), data: Odd }).safeParse(example).error?.issues).toBeUndefined();
  });
});
