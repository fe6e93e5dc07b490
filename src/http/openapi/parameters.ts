import type { z } from 'zod';
import type { DescribedEndpoint } from './described-endpoint.ts';
import { isJsonSchema, type JsonSchema } from './json-schema.ts';
import { type Components, componentRef, type Parameter, type Reference } from './openapi-document.ts';
import type { SchemaComponents } from './schema-components.ts';

/** Headers of requests that several operations share. */
export const headerParameters = {
  TenantId: {
    name: 'X-Tenant-Id',
    in: 'header',
    required: false,
    description:
      "The tenant to work on, for operators of the platform. Everybody else works on the tenant of their access token: another one's id is refused.",
    schema: { type: 'string', format: 'uuid' },
  },
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Chosen by the client, a UUID for instance. A repetition with the same key within 24 hours gets the first answer and has no effect of its own.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
  },
  Range: {
    name: 'Range',
    in: 'header',
    required: false,
    description:
      'One range of bytes (RFC 9110, 14.2). Several ranges, and what is no range, are answered with all of it.',
    schema: { type: 'string', maxLength: 100, examples: ['bytes=0-1023'] },
  },
  IfRange: {
    name: 'If-Range',
    in: 'header',
    required: false,
    description: 'The ETag of the version that the range belongs to; of any other version all of it is answered.',
    schema: { type: 'string', maxLength: 100 },
  },
} as const satisfies Components['parameters'];

/** What fields that many lists share mean, so that not every query has to say it. */
const COMMON_DESCRIPTIONS: Readonly<Record<string, string>> = {
  page: 'Which page to answer; the first one is 1.',
  limit: 'How many entries to answer at most.',
  sort: 'The field to sort by; a minus in front sorts descending.',
  search: 'Text to look for.',
  cursor: 'Where to go on: `meta.nextCursor` of the answer before. Without it the list starts at its beginning.',
  from: 'The beginning of the period, included.',
  to: 'The end of the period.',
};

const words = (name: string): string => name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);

const describeParameter = (name: string, where: Parameter['in'], schema: JsonSchema): string => {
  if (typeof schema.description === 'string') return schema.description;
  if (where === 'path') return name === 'id' ? 'The id of what the path names.' : `The ${words(name)}.`;
  return COMMON_DESCRIPTIONS[name] ?? `Only entries with this ${words(name)}.`;
};

/**
 * The fields of an object schema as parameters of their own.
 * @throws Error for a schema without fields
 */
function parametersIn(where: 'path' | 'query', schema: z.ZodType | undefined, schemas: SchemaComponents): Parameter[] {
  if (schema === undefined) return [];
  const { properties, required } = schemas.resolve(schemas.convert(schema, 'input'));
  if (!isJsonSchema(properties)) throw new Error(`The ${where} schema must be an object`);
  const needed = new Set<unknown>(Array.isArray(required) ? required : []);
  return Object.entries(properties)
    .filter((entry): entry is [string, JsonSchema] => isJsonSchema(entry[1]))
    .map(([name, field]) => {
      const { description: _moved, ...rest } = field;
      return {
        name,
        in: where,
        required: where === 'path' || needed.has(name),
        description: describeParameter(name, where, field),
        schema: rest,
      };
    });
}

/** Path, query and header parameters of an operation. */
export function parametersOf(endpoint: DescribedEndpoint, schemas: SchemaComponents): (Parameter | Reference)[] {
  const { kind } = endpoint.access.rule;
  const isSeekable = 'file' in endpoint.success && endpoint.success.file.seekable === true;
  return [
    ...parametersIn('path', endpoint.params, schemas),
    ...parametersIn('query', endpoint.query, schemas),
    ...(kind === 'tenant' || kind === 'user' ? [componentRef('parameters', 'TenantId')] : []),
    ...(endpoint.idempotent ? [componentRef('parameters', 'IdempotencyKey')] : []),
    ...(isSeekable ? [componentRef('parameters', 'Range'), componentRef('parameters', 'IfRange')] : []),
  ];
}
