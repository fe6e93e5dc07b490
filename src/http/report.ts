import { stringify } from 'csv-stringify/sync';
import type { Request } from 'express';
import { z } from 'zod';
import { appError } from '../errors/app-error.ts';

const CELL = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const ROWS = z.array(z.record(z.string(), CELL));

/** Numbers that begin with a minus are no formulas. */
const NUMBER = /^-\d+(\.\d+)?$/;

/**
 * How a report is wanted.
 * @throws AppError NOT_ACCEPTABLE for whoever takes neither form
 */
export function reportFormOf(req: Pick<Request, 'accepts'>): 'json' | 'csv' {
  const accepted = req.accepts(['application/json', 'text/csv']);
  if (accepted === false) throw appError('NOT_ACCEPTABLE');
  return accepted === 'text/csv' ? 'csv' : 'json';
}

/**
 * Rows as RFC 4180 has them, with a header of their schema's names. Text that a spreadsheet would take for a formula begins
 * with an apostrophe; what the schema does not know is left out.
 */
export function toCsv(schema: z.ZodObject, rows: unknown): string {
  return stringify(ROWS.parse(rows), {
    header: true,
    columns: Object.keys(schema.shape),
    record_delimiter: 'windows',
    cast: {
      string: (value) => ({ value, escape_formulas: !NUMBER.test(value) }),
      boolean: String,
    },
  });
}
