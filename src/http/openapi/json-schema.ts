/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export const isJsonSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MAPS = ['properties', 'patternProperties', '$defs'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const SINGLES = ['items', 'additionalProperties', 'propertyNames', 'not', 'contains'];

/** A schema inside another one, and the keywords and names that lead to it. */
export interface Subschema {
  readonly path: readonly string[];
  readonly schema: JsonSchema;
}

/** The schemas directly inside `node`; what looks like one in an example or a default is none. */
export function subschemasOf(node: JsonSchema): Subschema[] {
  const found: Subschema[] = [];
  const add = (path: readonly string[], schema: unknown): void => {
    if (isJsonSchema(schema)) found.push({ path, schema });
  };
  for (const keyword of MAPS) {
    for (const [name, schema] of Object.entries(node[keyword] ?? {})) add([keyword, name], schema);
  }
  for (const keyword of LISTS) {
    const list: unknown = node[keyword];
    for (const [index, schema] of Object.entries(Array.isArray(list) ? list : [])) add([keyword, index], schema);
  }
  for (const keyword of SINGLES) add([keyword], node[keyword]);
  return found;
}

/** A copy of `node` whose direct subschemas are replaced by what `change` makes of them. */
export function mapSubschemas(node: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const changed = (value: unknown): unknown => (isJsonSchema(value) ? change(value) : value);
  return Object.fromEntries(
    Object.entries(node).map(([keyword, value]): [string, unknown] => {
      if (MAPS.includes(keyword) && isJsonSchema(value)) {
        return [keyword, Object.fromEntries(Object.entries(value).map(([name, part]) => [name, changed(part)]))];
      }
      if (LISTS.includes(keyword) && Array.isArray(value)) return [keyword, value.map(changed)];
      return [keyword, SINGLES.includes(keyword) ? changed(value) : value];
    }),
  );
}
