import type { z } from 'zod';
import { appError, type ErrorDetail } from '../errors/app-error.ts';

/** A request's parts as they came. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  /** Of a request whose body is kept as it came. */
  readonly headers?: unknown;
}

/** What a schema makes of its input; undefined where no schema is declared. */
export type Parsed<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

export interface ParsedInput<Params, Query, Body> {
  readonly params: Parsed<Params>;
  readonly query: Parsed<Query>;
  readonly body: Parsed<Body>;
}

export interface InputSchemas<Params, Query, Body> {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: Body;
}

/** @throws AppError VALIDATION_FAILED naming what is wrong in any part, up to 50 things */
export function parseInput<Params, Query, Body>(
  schemas: InputSchemas<Params, Query, Body>,
  raw: RawInput,
): ParsedInput<Params, Query, Body>;
export function parseInput(
  schemas: InputSchemas<z.ZodType, z.ZodType, z.ZodType>,
  raw: RawInput,
): ParsedInput<z.ZodType, z.ZodType, z.ZodType> {
  const details: ErrorDetail[] = [];
  const input = {
    params: parsePart('params', schemas.params, raw.params, details),
    query: parsePart('query', schemas.query, raw.query, details),
    body: parsePart('body', schemas.body, raw.body, details),
  };
  if (details.length > 0) throw appError('VALIDATION_FAILED', { details: details.slice(0, MOST_DETAILS) });
  return input;
}

const MOST_DETAILS = 50;

function parsePart(part: string, schema: z.ZodType | undefined, value: unknown, details: ErrorDetail[]): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  for (const issue of result.error.issues.slice(0, MOST_DETAILS)) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, MOST_DETAILS))
        details.push({ path: [part, ...issue.path, key].join('.'), message: 'Unknown field', code: issue.code });
    } else {
      details.push({ path: [part, ...issue.path].join('.'), message: issue.message, code: issue.code });
    }
  }
  return undefined;
}
