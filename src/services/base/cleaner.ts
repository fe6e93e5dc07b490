import type { Context, PlatformScope } from '../../types/context.ts';

/** Deletes what nobody needs any more of one kind. */
export interface Cleaner {
  /** What it deletes, as the outcome names it: `expiredSessions`. */
  readonly name: string;
  /**
   * @param limit rows of one transaction
   * @param signal aborted when it is to stop: after the transaction that it is in
   * @returns how many rows were deleted; fewer than `limit` means that none are left
   */
  clean(ctx: Context<PlatformScope>, limit: number, signal?: AbortSignal): Promise<number>;
}
