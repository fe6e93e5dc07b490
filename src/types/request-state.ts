import type { Context } from './context.ts';
import type { Principal } from './principal.ts';

/** What the chain in front of a handler has found out about a request so far. */
export interface RequestState {
  ctx: Context;
  principal: Principal | null;
  /** Set by the router: names the endpoint in logs and metrics. */
  operationId: string;
  /** performance.now() at the request's first byte. */
  readonly startedAt: number;
}
