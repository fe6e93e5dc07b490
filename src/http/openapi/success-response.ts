import type { z } from 'zod';
import { PageMeta, SliceMeta } from '../../validators/common/page.schema.ts';
import type { Success } from '../endpoint.ts';
import type { DescribedEndpoint } from './described-endpoint.ts';
import { exampleOf } from './example.ts';
import type { JsonSchema } from './json-schema.ts';
import type { Content, Response } from './openapi-document.ts';
import { headersOf } from './response-headers.ts';
import type { SchemaComponents } from './schema-components.ts';

const DESCRIPTIONS: Readonly<Record<Success['status'], string>> = {
  200: 'It worked.',
  201: 'It was created.',
  202: 'It was accepted and will be done.',
  204: 'It worked, and there is nothing to answer.',
};

/** The answers of an endpoint that did what it was asked, by status. */
export function successResponsesOf(endpoint: DescribedEndpoint, schemas: SchemaComponents): Record<string, Response> {
  const { success } = endpoint;
  const response = successResponseOf(endpoint, schemas);
  if ('upsert' in success) return { 200: response, 201: { ...response, description: DESCRIPTIONS[201] } };
  if (!isSeekable(success)) return { [success.status]: response };
  const headers = headersOf(206, ['Content-Disposition', 'ETag', 'Accept-Ranges', 'Content-Range']);
  return { 200: response, 206: { ...response, description: 'The part of the file that was asked for.', headers } };
}

const isSeekable = (success: Success): boolean => 'file' in success && success.file.seekable === true;

function successResponseOf({ success, idempotent }: DescribedEndpoint, schemas: SchemaComponents): Response {
  const content = contentOf(success, schemas);
  return {
    description: descriptionOf(success),
    headers: headersOf(success.status, [
      ...(idempotent ? (['Idempotent-Replayed'] as const) : []),
      ...('file' in success ? (['Content-Disposition'] as const) : []),
      ...(isSeekable(success) ? (['ETag', 'Accept-Ranges'] as const) : []),
    ]),
    ...(content !== null && { content }),
  };
}

function descriptionOf(success: Success): string {
  if ('document' in success) return success.document.description;
  if ('site' in success) return success.site.description;
  if ('page' in success) return 'One page of the list, and how long the list is.';
  if ('slice' in success) return 'A stretch of the list, and where it goes on.';
  if ('file' in success) return 'The file.';
  return DESCRIPTIONS[success.status];
}

function contentOf(success: Success, schemas: SchemaComponents): Content | null {
  if ('schema' in success) return envelope(schemas.convert(success.schema, 'output'), null, schemas);
  if ('bare' in success) {
    const schema = schemas.convert(success.bare, 'output');
    return { 'application/json': { schema, example: exampleOf(schema, schemas.resolve) } };
  }
  if ('upsert' in success) return envelope(schemas.convert(success.upsert, 'output'), null, schemas);
  if ('page' in success) return envelope(listOf(success.page, schemas), PageMeta, schemas);
  if ('report' in success) {
    return { ...envelope(listOf(success.report, schemas), null, schemas), 'text/csv': { schema: { type: 'string' } } };
  }
  if ('slice' in success) return envelope(listOf(success.slice, schemas), SliceMeta, schemas);
  if ('file' in success) return { [success.file.contentType]: { schema: { type: 'string', format: 'binary' } } };
  if ('text' in success) return { [success.text.contentType]: { schema: { type: 'string' } } };
  if ('document' in success) return { 'application/json': { schema: { type: 'object' } } };
  if ('site' in success) return { 'text/html': { schema: { type: 'string' } } };
  return null;
}

const listOf = (item: z.ZodType, schemas: SchemaComponents): JsonSchema => ({
  type: 'array',
  items: schemas.convert(item, 'output'),
});

function envelope(data: JsonSchema, metaSchema: z.ZodType | null, schemas: SchemaComponents): Content {
  const meta = metaSchema === null ? null : schemas.convert(metaSchema, 'output');
  const schema: JsonSchema = {
    type: 'object',
    properties: { success: { type: 'boolean', const: true }, data, ...(meta !== null && { meta }) },
    required: ['success', 'data', ...(meta === null ? [] : ['meta'])],
  };
  return { 'application/json': { schema, example: exampleOf(schema, schemas.resolve) } };
}
