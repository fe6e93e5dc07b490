import { z } from 'zod';
import type { Success } from '../../src/http/endpoint.ts';
import { PageMeta, SliceMeta } from '../../src/validators/common/page.schema.ts';

/** The schema of the whole body of a JSON success; null for the kinds that are none. */
export function answerSchemaOf(success: Success): z.ZodType | null {
  const envelope = { success: z.literal(true) };
  if ('schema' in success) return z.strictObject({ ...envelope, data: success.schema });
  if ('bare' in success) return success.bare;
  if ('upsert' in success) return z.strictObject({ ...envelope, data: success.upsert });
  if ('page' in success) return z.strictObject({ ...envelope, data: z.array(success.page).min(1), meta: PageMeta });
  if ('slice' in success) return z.strictObject({ ...envelope, data: z.array(success.slice).min(1), meta: SliceMeta });
  return null;
}
