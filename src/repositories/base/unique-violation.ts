import { z } from 'zod';

/** pg reports SQLSTATE 23505 with the constraint's name. */
const postgresViolation = z
  .object({ code: z.literal('23505'), constraint: z.string() })
  .transform(({ constraint }) => constraint);

/** Prisma reports P2002; with a driver adapter the name stands in the adapter's own error and not in `meta.target`. */
const prismaViolation = z
  .object({
    code: z.literal('P2002'),
    meta: z.object({
      driverAdapterError: z.object({ cause: z.object({ constraint: z.object({ index: z.string() }) }) }),
    }),
  })
  .transform(({ meta }) => meta.driverAdapterError.cause.constraint.index);

const violation = z.union([postgresViolation, prismaViolation]);

/**
 * The name of the unique constraint that a write would have broken (`users_email_key`), whether it went through the ORM or as
 * SQL; undefined for every other error.
 */
export const violatedConstraint = (error: unknown): string | undefined => violation.safeParse(error).data;
