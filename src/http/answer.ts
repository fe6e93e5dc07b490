import { z } from 'zod';
import type { Success } from './endpoint.ts';
import { createSerializer } from './serializer.ts';

/** The body of a JSON answer. */
export interface JsonAnswer {
  readonly statusCode: number;
  readonly response: string;
}

export interface AnswerOptions {
  /** Called when an answer does not fit its schema; may throw (tests) or log (production). */
  readonly onMismatch: (problem: z.ZodError) => void;
}

const PageResult = z.object({
  items: z.array(z.unknown()),
  page: z.number().int(),
  limit: z.number().int(),
  total: z.number().int(),
});
const UpsertResult = z.object({ created: z.boolean(), item: z.unknown() });
const SliceResult = z.object({
  items: z.array(z.unknown()),
  limit: z.number().int(),
  nextCursor: z.string().nullable(),
});

/**
 * Compiles how a success becomes JSON. A result that does not fit its schema is reported; what the schema does not know is
 * never sent.
 * @returns null for the kinds of success that are not JSON envelopes
 */
export function createAnswerWriter(success: Success, options: AnswerOptions): ((result: unknown) => JsonAnswer) | null {
  const { status } = success;
  if ('schema' in success) {
    const write = createChecked(success.schema, options);
    return (result) => ({ statusCode: status, response: `{"success":true,"data":${write(result)}}` });
  }
  if ('bare' in success) {
    const write = createChecked(success.bare, options);
    return (result) => ({ statusCode: status, response: write(result) });
  }
  if ('upsert' in success) {
    const write = createChecked(success.upsert, options);
    return (result) => {
      const { created, item } = UpsertResult.parse(result);
      return { statusCode: created ? 201 : status, response: `{"success":true,"data":${write(item)}}` };
    };
  }
  if ('page' in success) {
    const write = createChecked(z.array(success.page), options);
    return (result) => {
      const { items, page, limit, total } = PageResult.parse(result);
      const meta = `{"page":${page},"limit":${limit},"total":${total},"totalPages":${Math.ceil(total / limit)}}`;
      return { statusCode: status, response: `{"success":true,"data":${write(items)},"meta":${meta}}` };
    };
  }
  if ('report' in success) {
    const write = createChecked(z.array(success.report), options);
    return (result) => ({ statusCode: status, response: `{"success":true,"data":${write(result)}}` });
  }
  if ('slice' in success) {
    const write = createChecked(z.array(success.slice), options);
    return (result) => {
      const { items, limit, nextCursor } = SliceResult.parse(result);
      const meta = `{"limit":${limit},"nextCursor":${JSON.stringify(nextCursor)}}`;
      return { statusCode: status, response: `{"success":true,"data":${write(items)},"meta":${meta}}` };
    };
  }
  return null;
}

function createChecked(schema: z.ZodType, { onMismatch }: AnswerOptions): (value: unknown) => string {
  const serialize = createSerializer(schema);
  return (value) => {
    const checked = schema.safeParse(value);
    if (checked.success) return serialize(checked.data);
    onMismatch(checked.error);
    return serializeUnchecked(schema, value);
  };
}

/** JSON of the declared fields of a value that does not fit: slower, and escaped throughout. */
function serializeUnchecked(schema: z.ZodType, value: unknown): string {
  if (schema instanceof z.ZodArray && Array.isArray(value) && schema.element instanceof z.ZodType) {
    const { element } = schema;
    return `[${value.map((item) => serializeUnchecked(element, item)).join(',')}]`;
  }
  if (schema instanceof z.ZodObject && typeof value === 'object' && value !== null) {
    const declared = new Set(Object.keys(schema.shape));
    return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([key]) => declared.has(key))));
  }
  return JSON.stringify(value) ?? 'null';
}
