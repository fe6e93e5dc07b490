import { z } from 'zod';
import type { Json, JsonObject } from '../../types/json.ts';
import { type JsonLimits, jsonFaultOf } from '../../utils/json-limits.ts';

const MOST_CHARACTERS = 65_536;
const MOST_ITEMS = 10_000;

const JsonValue: z.ZodType<Json> = z
  .lazy(() =>
    z.union([
      z.string().max(MOST_CHARACTERS),
      z.number(),
      z.boolean(),
      z.null(),
      z.array(JsonValue).max(MOST_ITEMS),
      z.record(z.string().max(256), JsonValue),
    ]),
  )
  .meta({ id: 'JsonValue', description: 'Anything that JSON can say.' });

const JsonObjectValue: z.ZodType<JsonObject> = z.record(z.string().max(256), JsonValue);

const within = (limits: JsonLimits) => (json: unknown, ctx: z.RefinementCtx) => {
  const fault = jsonFaultOf(json, limits);
  if (fault === null) return json;
  ctx.addIssue({ code: 'custom', path: [...fault.path], message: fault.message });
  return z.NEVER;
};

/** Any JSON in a request, within limits that hold before anything looks into it. */
export const jsonInput = (limits: JsonLimits) => z.preprocess(within(limits), JsonValue);

/** A JSON object in a request. */
export const jsonObjectInput = (limits: JsonLimits) => z.preprocess(within(limits), JsonObjectValue);

/** A JSON object in a request, or a list of them: each within the limits. */
export const jsonObjectsInput = (limits: JsonLimits, most: number) =>
  z.preprocess(
    (json: unknown, ctx: z.RefinementCtx) => {
      if (!Array.isArray(json) || json.length > most) return Array.isArray(json) ? json : within(limits)(json, ctx);
      for (const [index, one] of json.entries()) {
        const fault = isObject(one) ? jsonFaultOf(one, limits) : { path: [], message: 'Must be an object' };
        if (fault === null) continue;
        ctx.addIssue({ code: 'custom', path: [index, ...fault.path], message: fault.message });
        return z.NEVER;
      }
      return json;
    },
    z.union([JsonObjectValue, z.array(JsonObjectValue).min(1).max(most)]),
  );

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON in a query, or else a text as it stands. */
export const jsonOrTextInput = (limits: JsonLimits) =>
  z
    .string()
    .max(2000)
    .transform((text, ctx): Json => {
      const json = parsedJson(text);
      const checked = JsonValue.safeParse(within(limits)(json === undefined ? text : json, ctx));
      return checked.success ? checked.data : z.NEVER;
    });

/** Any JSON in an answer. */
export const jsonOutput = () => z.unknown();

/** Undefined for what is no JSON. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
