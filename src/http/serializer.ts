import fastJson from 'fast-json-stringify';
import { z } from 'zod';

/** Formats whose checked values can't hold a character that JSON escapes. */
const PLAIN_FORMATS = new Set(['uuid', 'date-time', 'decimal']);
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

type JsonSchema = { readonly [key: string]: unknown };

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Compiles a schema into a JSON writer of its own, which writes what the schema declares and nothing else.
 * @returns a function that takes values the schema has accepted
 */
export function createSerializer(schema: z.ZodType): (value: unknown) => string {
  const json: unknown = z.toJSONSchema(schema, { io: 'output' });
  const compiled = fastJson(prepared(json), { ajv: { formats: { unsafe: true } } });
  return (value) => compiled(value);
}

/** Nullable instead of anyOf, no formats to check again, no escaping where a checked value can't need it. */
function prepared(node: unknown): JsonSchema {
  if (!isSchema(node)) return {};
  const nullable = nullableOf(node);
  if (nullable !== null) return { ...prepared(nullable), nullable: true };
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(node)) {
    if (key === 'properties' || key === '$defs') {
      result[key] = isSchema(value)
        ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, prepared(part)]))
        : {};
    } else if (key === 'items' || key === 'additionalProperties') {
      result[key] = typeof value === 'boolean' ? value : prepared(value);
    } else if (key === 'anyOf' || key === 'oneOf' || key === 'allOf') {
      result[key] = Array.isArray(value) ? value.map(prepared) : [];
    } else if (['type', '$ref', 'required', 'const'].includes(key)) {
      result[key] = value;
    }
  }
  if (isPlain(node)) result.format = 'unsafe';
  return result;
}

/** The schema X of anyOf [X, null], unless X is a reference, which can't carry `nullable`. */
function nullableOf(node: JsonSchema): JsonSchema | null {
  if (!Array.isArray(node.anyOf) || node.anyOf.length !== 2) return null;
  const [first, second]: unknown[] = node.anyOf;
  return isSchema(first) && isSchema(second) && second.type === 'null' && first.$ref === undefined ? first : null;
}

function isPlain(node: JsonSchema): boolean {
  if (node.type !== 'string') return false;
  if (typeof node.format === 'string' && PLAIN_FORMATS.has(node.format)) return true;
  return Array.isArray(node.enum) && node.enum.every((value) => typeof value === 'string' && PLAIN_TEXT.test(value));
}
