import { isJsonSchema, type JsonSchema } from './json-schema.ts';

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11',
  'date-time': '2026-11-20T09:30:00.000Z',
  date: '2026-11-20',
  time: '09:30:00',
  email: 'asha@lakeside.example',
  uri: 'https://lakeside.example/',
  ipv4: '203.0.113.7',
  ipv6: '2001:db8::7',
};

const TEXT = 'Text';

/** Finds the schema that a reference stands for. */
type Resolve = (schema: JsonSchema) => JsonSchema;

/**
 * A value that fits `schema`: its own example where it has one, else one put together from its parts, types and formats.
 * Patterns can't be turned around: a string with one needs an example of its own.
 * @param above the references that led here: a schema inside itself ends in null or an empty list
 */
export function exampleOf(schema: JsonSchema, resolve: Resolve, above: readonly unknown[] = []): unknown {
  const { $ref, examples, const: constant, enum: choices, default: fallback, anyOf, oneOf, allOf, type } = schema;
  const [example]: unknown[] = Array.isArray(examples) ? examples : [];
  if (example !== undefined) return example;
  if ($ref !== undefined) return above.includes($ref) ? null : exampleOf(resolve(schema), resolve, [...above, $ref]);
  if (constant !== undefined) return constant;
  if (Array.isArray(choices)) return choices[0];
  if (fallback !== undefined) return fallback;
  const alternatives: unknown = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) {
    const [first]: unknown[] = alternatives;
    return isJsonSchema(first) ? exampleOf(first, resolve, above) : null;
  }
  if (type === undefined && Array.isArray(allOf)) {
    const parts = allOf.filter(isJsonSchema).map((part) => exampleOf(part, resolve, above));
    return Object.assign({}, ...parts);
  }
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return exampleOfObject(schema, resolve, above);
    case 'array':
      return exampleOfArray(schema, resolve, above);
    case 'string':
      return exampleOfString(schema);
    case 'integer':
    case 'number':
      return exampleOfNumber(schema);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

const exampleOfObject = ({ properties }: JsonSchema, resolve: Resolve, above: readonly unknown[]): unknown =>
  Object.fromEntries(
    Object.entries(properties ?? {})
      .filter((entry): entry is [string, JsonSchema] => isJsonSchema(entry[1]))
      .map(([name, property]) => [name, exampleOf(property, resolve, above)]),
  );

const exampleOfArray = ({ items, maxItems }: JsonSchema, resolve: Resolve, above: readonly unknown[]): unknown[] =>
  isJsonSchema(items) && maxItems !== 0 && !above.includes(items.$ref) ? [exampleOf(items, resolve, above)] : [];

function exampleOfString({ format, minLength, maxLength }: JsonSchema): string {
  const known = typeof format === 'string' ? BY_FORMAT[format] : undefined;
  if (known !== undefined) return known;
  const padded = TEXT.padEnd(typeof minLength === 'number' ? minLength : 0, '.');
  return typeof maxLength === 'number' ? padded.slice(0, maxLength) : padded;
}

function exampleOfNumber({ minimum, exclusiveMinimum, maximum }: JsonSchema): number {
  const least = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : minimum;
  const atLeast = typeof least === 'number' ? Math.max(least, 1) : 1;
  return typeof maximum === 'number' ? Math.min(atLeast, maximum) : atLeast;
}
