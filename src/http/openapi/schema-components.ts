import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { isJsonSchema, type JsonSchema, mapSubschemas } from './json-schema.ts';
import { componentRef } from './openapi-document.ts';

/** Whether a schema describes what a client sends or what it receives. */
export type Direction = 'input' | 'output';

/** Collects the schemas that carry an id, while others are converted. */
export interface SchemaComponents {
  /**
   * The JSON Schema of a Zod schema; one with an id becomes a component and a reference to it.
   * @throws Error when two different schemas share an id, or a recursive one has none
   */
  convert(schema: z.ZodType, direction: Direction): JsonSchema;
  /** The schema that a reference of `convert` stands for; any other schema itself. */
  resolve(schema: JsonSchema): JsonSchema;
  /** All components so far, by id. */
  all(): Readonly<Record<string, JsonSchema>>;
}

const DEFINITION = '#/$defs/';
const COMPONENT = componentRef('schemas', '').$ref;
const COMPONENT_NAME = /^[A-Z][A-Za-z0-9]*$/;

/** Formats that say everything their long patterns say. */
const NAMED_FORMATS = new Set(['uuid', 'date-time', 'date', 'email']);

export function createSchemaComponents(): SchemaComponents {
  const components = new Map<string, JsonSchema>();
  const converted = { input: new Map<z.ZodType, JsonSchema>(), output: new Map<z.ZodType, JsonSchema>() };

  const register = (id: string, schema: JsonSchema): void => {
    if (!COMPONENT_NAME.test(id)) {
      throw new Error(`Schema "${id}" needs an id in PascalCase: .meta({ id: 'InvoiceItem' })`);
    }
    const known = components.get(id);
    if (known !== undefined && !isDeepStrictEqual(known, schema)) {
      throw new Error(`Two different schemas have the id "${id}", or one differs as input and as output`);
    }
    components.set(id, schema);
  };

  return {
    convert(schema, direction) {
      const known = converted[direction].get(schema);
      if (known !== undefined) return known;
      const { $schema: _dialect, $defs, ...root } = toJsonSchema(schema, direction);
      if (isJsonSchema($defs)) {
        for (const [id, definition] of Object.entries($defs)) {
          if (isJsonSchema(definition)) register(id, published(definition));
        }
      }
      const result = published(root);
      converted[direction].set(schema, result);
      return result;
    },

    resolve(schema) {
      if (typeof schema.$ref !== 'string') return schema;
      const component = components.get(schema.$ref.slice(COMPONENT.length));
      if (component === undefined) throw new Error(`There is no schema ${schema.$ref}`);
      return component;
    },

    all: () => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Answers may gain fields, so only objects that refuse unknown ones are closed. */
function toJsonSchema(schema: z.ZodType, direction: Direction): JsonSchema {
  const json: unknown = z.toJSONSchema(schema, {
    io: direction,
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod;
      if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties;
    },
  });
  return isJsonSchema(json) ? json : {};
}

/** Zod's JSON Schema as OpenAPI 3.1 puts it: `examples` for `example`, references to components, type lists for nullables. */
function published(node: JsonSchema): JsonSchema {
  const { $ref, example, pattern, ...rest } = mapSubschemas(node, published);
  const schema = collapsedNullable({
    ...($ref !== undefined && { $ref: componentReference(String($ref)) }),
    ...rest,
    ...(pattern !== undefined && { pattern: portablePattern(String(pattern)) }),
    ...('example' in node && { examples: [example] }),
  });
  if (typeof schema.format !== 'string' || !NAMED_FORMATS.has(schema.format)) return schema;
  const { pattern: _implied, ...named } = schema;
  return named;
}

/** Control characters by their codes: `\p` needs a flag that many validators do not set. */
const portablePattern = (pattern: string): string => pattern.replaceAll('\\p{Cc}', '\\u0000-\\u001f\\u007f-\\u009f');

function componentReference(ref: string): string {
  if (!ref.startsWith(DEFINITION)) throw new Error(`A recursive schema needs an id: .meta({ id: '...' }) (${ref})`);
  return `${COMPONENT}${ref.slice(DEFINITION.length)}`;
}

/** `{ type: [X, 'null'] }` for `anyOf: [{ type: X }, { type: 'null' }]`. */
function collapsedNullable(schema: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length !== 2) return schema;
  const [value, nothing]: unknown[] = anyOf;
  if (!isJsonSchema(value) || !isJsonSchema(nothing) || nothing.type !== 'null') return schema;
  if (typeof value.type !== 'string' || 'enum' in value || 'const' in value) return schema;
  return { ...value, type: [value.type, 'null'], ...rest };
}
