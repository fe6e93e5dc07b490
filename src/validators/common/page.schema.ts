import { z } from 'zod';
import type { SortOrder } from '../../types/page.ts';
import { line } from './fields.schema.ts';

/** Marks the schemas that lists share, for the route-table test. */
export const pageFields = {
  page: z.coerce.number().int().min(1).max(100_000).default(1).meta({ example: 1 }),
  limit: z.coerce.number().int().min(1).max(100).default(20).meta({ example: 20 }),
} as const;

const sortOrders = <Field extends string>(fields: readonly Field[]): SortOrder<Field>[] =>
  fields.flatMap((field): SortOrder<Field>[] => [field, `-${field}`]);

/**
 * The query of a list: page, limit, sort (a minus sorts descending; every order ends in the id) and filters of its own.
 * @param sortable the white list; the first one, descending, is the default
 */
export const pageQuery = <const Field extends string, Filters extends z.ZodRawShape>(
  sortable: readonly [Field, ...Field[]],
  filters: Filters,
) =>
  z.strictObject({
    ...pageFields,
    sort: z
      .literal(sortOrders(sortable))
      .prefault(`-${sortable[0]}`)
      .meta({ example: `-${sortable[0]}` }),
    ...filters,
  });

/** A list's free-text filter. */
export const search = () => line(100).optional().meta({ example: 'lake' });

/** The query of an endless list, walked by the cursor of the answer before. */
export const sliceQuery = <Filters extends z.ZodRawShape>(filters: Filters) =>
  z.strictObject({
    limit: pageFields.limit,
    cursor: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9_-]+$/)
      .optional()
      .meta({ example: 'MjAyNi0xMS0yMFQwOTozMDowMC4wMDBafDAxOTlhMGMy' }),
    ...filters,
  });

export const PageMeta = z
  .object({ page: z.number().int(), limit: z.number().int(), total: z.number().int(), totalPages: z.number().int() })
  .meta({ id: 'PageMeta', example: { page: 1, limit: 20, total: 57, totalPages: 3 } });

export const SliceMeta = z
  .object({ limit: z.number().int(), nextCursor: z.string().nullable() })
  .meta({ id: 'SliceMeta', example: { limit: 20, nextCursor: null } });
