import { TimeoutStrategy, timeout } from 'cockatiel';
import { appError } from '../../errors/app-error.ts';

/** A part of the service that requests can't do without. */
export interface HealthCheck {
  readonly name: string;
  /** Rejects when the part does not answer. */
  check(): Promise<void>;
}

export interface HealthServiceDeps {
  readonly checks: readonly HealthCheck[];
  /** How long a part may take to answer. */
  readonly timeoutMs?: number;
}

export type HealthService = ReturnType<typeof createHealthService>;

export function createHealthService({ checks, timeoutMs = 2000 }: HealthServiceDeps) {
  const inTime = timeout(timeoutMs, TimeoutStrategy.Aggressive);
  return {
    /**
     * Asks every part at once.
     * @returns 'ok' by name
     * @throws AppError NOT_READY whose details say which parts are away
     */
    async ready(): Promise<Record<string, 'ok'>> {
      const outcomes = await Promise.allSettled(checks.map(({ check }) => inTime.execute(() => check())));
      const results = checks.map(({ name }, index) => ({ name, outcome: outcomes[index] }));
      const failures = results.flatMap(({ name, outcome }) =>
        outcome?.status === 'rejected' ? [{ name, reason: outcome.reason }] : [],
      );
      if (failures.length === 0) return Object.fromEntries(results.map(({ name }) => [name, 'ok'] as const));
      const away = new Set(failures.map(({ name }) => name));
      throw appError('NOT_READY', {
        details: { checks: Object.fromEntries(checks.map(({ name }) => [name, away.has(name) ? 'away' : 'ok'])) },
        cause: new AggregateError(
          failures.map(({ reason }) => reason),
          failures.map(({ name, reason }) => `${name}: ${String(reason)}`).join('; '),
        ),
      });
    },
  };
}
