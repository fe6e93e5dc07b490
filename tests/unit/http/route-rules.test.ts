import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { publicBecause } from '../../../src/http/access.ts';
import type { DescribedEndpoint } from '../../../src/http/openapi/described-endpoint.ts';
import { IdParams, line } from '../../../src/validators/common/fields.schema.ts';
import { isBoundedPattern, looseParts } from '../../support/input-rules.ts';
import { type RouteExpectations, type routeRules, violations } from '../../support/route-rules.ts';
import { sampleEndpoints } from '../../support/sample-endpoints.ts';

const { listNotes, listNoteEvents, createNote, getNote, updateNote, deleteNote, uploadNote, getNoteManual } =
  sampleEndpoints;

const expected: RouteExpectations = {
  permissions: ['plans:read', 'plans:write'],
  errorCodes: ['PLAN_NOT_FOUND', 'PLAN_CODE_TAKEN'],
  tags: ['Notes'],
  publicOperations: ['getNoteSchema', 'getNoteManual'],
};

type Fixture = readonly [
  change: Readonly<Partial<Record<keyof typeof sampleEndpoints, DescribedEndpoint>>>,
  added?: DescribedEndpoint,
];

const body = (shape: z.ZodRawShape) => z.strictObject(shape).meta({ id: 'CreateNoteRequest' });

/** For each rule, the sample endpoints with something that only this rule forbids. */
const breaking: Record<keyof typeof routeRules, readonly Fixture[]> = {
  'unique-operation-id': [[{}, { ...getNote, path: '/other-notes/:id' }]],
  'unique-route': [
    [{}, { ...getNote, path: '/notes/:note', operationId: 'readNote', params: z.strictObject({ note: z.uuid() }) }],
  ],
  'unshadowed-path': [
    [{}, { ...getNote, path: '/notes/latest', operationId: 'getLatestNote', params: undefined }],
    [{}, { ...getNote, path: '/:area/events', operationId: 'getEventsOf', params: z.strictObject({ area: line(20) }) }],
  ],
  'params-in-path': [
    [{ getNote: { ...getNote, params: undefined } }],
    [{ getNote: { ...getNote, params: IdParams.extend({ version: line(5) }) } }],
  ],
  'known-permission': [[{}]],
  'used-permission': [[{}]],
  'known-error': [[{ getNote: { ...getNote, errors: ['INVOICE_NOT_FOUND'] } }]],
  'strict-input': [
    [{ createNote: { ...createNote, body: z.object({ title: line(5) }).meta({ id: 'CreateNoteRequest' }) } }],
    [{ createNote: { ...createNote, body: body({ title: z.string() }) } }],
    [{ createNote: { ...createNote, body: body({ labels: z.array(line(5)) }) } }],
    [{ createNote: { ...createNote, body: body({ inner: z.object({ title: line(5) }) }) } }],
    [{ createNote: { ...createNote, body: body({ anything: z.unknown() }) } }],
    [{ getNote: { ...getNote, query: z.object({ label: line(5) }) } }],
  ],
  'lone-upload': [
    [{ uploadNote: { ...uploadNote, body: createNote.body } }],
    [{ uploadNote: { ...uploadNote, idempotent: true } }],
  ],
  'shared-list-query': [
    [{ listNotes: { ...listNotes, query: undefined } }],
    [{ listNotes: { ...listNotes, query: z.strictObject({ page: z.coerce.number(), limit: z.coerce.number() }) } }],
    [{ listNoteEvents: { ...listNoteEvents, query: listNotes.query } }],
  ],
  'audited-change': [
    [{ deleteNote: { ...deleteNote, audit: undefined } }],
    [{ deleteNote: { ...deleteNote, audit: 'Deleted' } }],
  ],
  'named-schema': [
    [{ getNote: { ...getNote, success: { status: 200, schema: z.object({}) } } }],
    [{ getNote: { ...getNote, success: { status: 200, schema: z.array(z.object({})) } } }],
    [{ createNote: { ...createNote, body: z.strictObject({ title: line(5) }) } }],
  ],
  'absent-means-unchanged': [
    [{ updateNote: { ...updateNote, body: body({ title: line(5).default('None') }) } }],
    [{ updateNote: { ...updateNote, body: body({ title: line(5), label: line(5).nullable().default(null) }) } }],
  ],
  'public-list': [
    [{ deleteNote: { ...deleteNote, access: publicBecause('nobody minds') } }],
    [{ getNoteManual: { ...getNoteManual, access: getNote.access } }],
  ],
  'verb-and-noun': [
    [{ getNote: { ...getNote, operationId: 'get' } }],
    [{ getNote: { ...getNote, operationId: 'noteGet' } }],
    [{ getNote: { ...getNote, operationId: 'get_note' } }],
  ],
  'known-tag': [[{ getNote: { ...getNote, tags: ['Notices'] } }]],
};

const expectations: { readonly [rule: string]: Partial<RouteExpectations> } = {
  'known-permission': { permissions: ['plans:read'] },
  'used-permission': { permissions: [...expected.permissions, 'plans:delete'] },
};

describe('the rules for routes', () => {
  test('allow the sample endpoints', () => {
    expect(violations(Object.values(sampleEndpoints), expected)).toEqual([]);
  });

  test('allow a word where another path has an id, which the word is none of', () => {
    const getEventsOf = { ...getNote, path: '/:id/events', operationId: 'getEventsOf' };
    expect(violations([...Object.values(sampleEndpoints), getEventsOf], expected)).toEqual([]);
  });

  test.each(
    Object.entries(breaking).flatMap(([rule, fixtures]) =>
      fixtures.map((fixture, index) => [rule, index + 1, fixture] as const),
    ),
  )('%s bites (%i)', (rule, _number, [change, added]) => {
    const endpoints = [...Object.values({ ...sampleEndpoints, ...change }), ...(added === undefined ? [] : [added])];
    const found = violations(endpoints, { ...expected, ...expectations[rule] });
    expect([...new Set(found.map((violation) => violation.split(':', 1)[0]))]).toEqual([rule]);
  });
});

describe('a bounded pattern', () => {
  test.each([['^[A-Z]{3}$'], ['^\\d{1,12}(\\.\\d{1,4})?$'], ['^(a|b){1,3}$'], ['^\\+?[0-9+*]{2}$'], ['^\\p{L}{1,5}$']])(
    '%s',
    (pattern) => {
      expect(isBoundedPattern(pattern)).toBe(true);
    },
  );
  test.each([['[A-Z]{3}'], ['^a+$'], ['^[^\\0]*$'], ['^a{2,}$'], ['^a|b$'], ['^(a+)$'], ['^a$|^b+$']])(
    'not %s',
    (pattern) => {
      expect(isBoundedPattern(pattern)).toBe(false);
    },
  );
});

describe('loose parts of a request', () => {
  test('are found at any depth, and named', () => {
    const schema = z.strictObject({
      fine: z.array(z.union([line(5), z.null(), z.enum(['a', 'b']), z.iso.date()])).max(3),
      notes: z.record(z.string(), z.number()),
      choice: z.union([z.strictObject({ text: z.string().trim().min(1) }), z.literal('none')]),
      address: z.email(),
    });
    expect(looseParts(schema)).toEqual([
      'properties.notes.propertyNames is text without a greatest length',
      'properties.choice.anyOf.0.properties.text is text without a greatest length',
      'properties.address is text without a greatest length',
    ]);
  });

  test('are not found where several patterns add up to a bound', () => {
    expect(
      looseParts(
        z.strictObject({
          code: z
            .string()
            .regex(/^[A-Z]+$/)
            .regex(/^.{1,9}$/),
        }),
      ),
    ).toEqual([]);
  });
});
