import { z } from 'zod';
import { isJsonSchema, type JsonSchema, subschemasOf } from '../../src/http/openapi/json-schema.ts';

/** Formats whose values have a greatest length. */
const BOUNDED_FORMATS = new Set(['uuid', 'date', 'date-time', 'time', 'ipv4', 'ipv6', 'cidrv4', 'cidrv6']);

/** Whether a regular expression matches texts up to some length only: anchored, and nothing repeats without an end. */
export function isBoundedPattern(source: string): boolean {
  if (!source.startsWith('^') || !source.endsWith('$')) return false;
  const characters = source
    .slice(1, -1)
    .replace(/\\(?:[pP]\{[^}]*\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, 'c')
    .replace(/\[[^\]]*\]/g, 'c');
  if (/[*+]|\{\d+,\}/.test(characters)) return false;
  let topLevel = characters;
  for (let before = ''; before !== topLevel; ) {
    before = topLevel;
    topLevel = topLevel.replace(/\([^()]*\)/g, 'c');
  }
  return !topLevel.includes('|');
}

const isBoundedText = ({ maxLength, enum: choices, const: constant, format, pattern, allOf }: JsonSchema): boolean =>
  maxLength !== undefined ||
  choices !== undefined ||
  constant !== undefined ||
  (typeof format === 'string' && BOUNDED_FORMATS.has(format)) ||
  (typeof pattern === 'string' && isBoundedPattern(pattern)) ||
  (Array.isArray(allOf) && allOf.filter(isJsonSchema).some(isBoundedText));

const DESCRIBES_VALUES = ['$ref', 'anyOf', 'oneOf', 'allOf', 'enum', 'const', 'not', 'type'];

function problemOf(node: JsonSchema): string | null {
  const types: readonly unknown[] = Array.isArray(node.type) ? node.type : [node.type];
  if (!DESCRIBES_VALUES.some((keyword) => keyword in node)) return 'takes anything';
  if (types.includes('string') && !isBoundedText(node)) return 'is text without a greatest length';
  if (types.includes('array') && node.maxItems === undefined && node.prefixItems === undefined) {
    return 'is a list without a greatest length';
  }
  if (types.includes('object') && (node.additionalProperties === undefined || node.additionalProperties === true)) {
    return 'takes unknown fields';
  }
  return null;
}

/** What in a request's schema is not strict or has no bounds, as `path: problem`. */
export function looseParts(schema: z.ZodType): string[] {
  const json: unknown = z.toJSONSchema(schema, { io: 'input' });
  const walk = (node: JsonSchema, path: readonly string[]): string[] => {
    const problem = problemOf(node);
    const inside = subschemasOf(node)
      .filter((part) => node.type !== 'string' || part.path[0] !== 'allOf')
      .flatMap((part) => walk(part.schema, [...path, ...part.path]));
    return problem === null ? inside : [`${path.join('.') || 'it'} ${problem}`, ...inside];
  };
  return isJsonSchema(json) ? walk(json, []) : [];
}

/** The fields of an object schema, for a request. */
export function fieldsOf(schema: z.ZodType | undefined): Readonly<Record<string, JsonSchema>> {
  if (schema === undefined) return {};
  const json: unknown = z.toJSONSchema(schema, { io: 'input' });
  if (!isJsonSchema(json)) return {};
  const id = typeof json.$ref === 'string' ? json.$ref.slice('#/$defs/'.length) : undefined;
  const root = id !== undefined && isJsonSchema(json.$defs) ? json.$defs[id] : json;
  const properties = isJsonSchema(root) ? root.properties : undefined;
  return Object.fromEntries(
    Object.entries(properties ?? {}).filter((entry): entry is [string, JsonSchema] => isJsonSchema(entry[1])),
  );
}
