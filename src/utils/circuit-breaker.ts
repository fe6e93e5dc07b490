import { BrokenCircuitError, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';

export interface CircuitBreakerOptions {
  /** Outages in a row after which calls fail at once. */
  readonly outagesToOpen?: number | undefined;
  /** Milliseconds until one call is let through to see whether the outage is over. */
  readonly probeAfterMs?: number | undefined;
}

/**
 * Stops calling a dependency that is down: while the circuit is open `run` rejects at once, with an error that
 * `isCircuitOpen` recognises, and the dependency is left alone. A call that succeeds closes it again.
 * `isOutage` tells the dependency's own failures from those of one call (a refused message, a missing object).
 */
export function createCircuitBreaker({
  isOutage,
  outagesToOpen = 5,
  probeAfterMs = 30_000,
}: CircuitBreakerOptions & { readonly isOutage: (error: Error) => boolean }) {
  const policy = circuitBreaker(handleWhen(isOutage), {
    breaker: new ConsecutiveBreaker(outagesToOpen),
    halfOpenAfter: probeAfterMs,
  });
  return { run: <Result>(call: () => Promise<Result>): Promise<Result> => policy.execute(call) };
}

export type CircuitBreaker = ReturnType<typeof createCircuitBreaker>;

export const isCircuitOpen = (error: unknown): boolean => error instanceof BrokenCircuitError;
