import { z } from 'zod';

/** Class and subclass as PostgreSQL uses them; neither Prisma's codes (P2002) nor the system's (EPIPE) look like that. */
const SQLSTATE = /^(?:\d[0-9A-Z]|F0|HV|P0|XX)[0-9A-Z]{3}$/;

/** Where Prisma keeps what the database said. */
const ormFailure = z.object({
  meta: z.object({ driverAdapterError: z.object({ cause: z.object({ originalCode: z.string() }) }) }),
});

/** The SQLSTATE of a failure: pg's own, the one under an error of the ORM, or that of its cause. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string' && SQLSTATE.test(error.code)) return error.code;
  const fromOrm = ormFailure.safeParse(error);
  if (fromOrm.success) return fromOrm.data.meta.driverAdapterError.cause.originalCode;
  return 'cause' in error ? sqlStateOf(error.cause) : undefined;
}
