import type { Context, PlatformScope } from '../../types/context.ts';

/** Deletes what nobody needs any more of one kind. */
export interface Cleaner {
  /** What it deletes, as the outcome names it: `expiredSessions`. */
  readonly name: string;
  /** @returns how many rows were deleted, `limit` at the most; fewer means that none are left */
  clean(ctx: Context<PlatformScope>, limit: number): Promise<number>;
}
