import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const LATENCY_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export type Metrics = ReturnType<typeof createMetrics>;

/** The process's figures in Prometheus' terms; names follow its conventions (base units, `_total` for counters). */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['operation', 'status'] as const,
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  });
  const jobs = new Histogram({
    name: 'job_duration_seconds',
    help: 'Time a job took, by outcome',
    labelNames: ['job', 'outcome'] as const,
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  });
  const mismatches = new Counter({
    name: 'response_mismatches_total',
    help: 'Answers that did not fit their schema',
    labelNames: ['operation'] as const,
    registers: [registry],
  });
  const moneyDifferences = new Gauge({
    name: 'rowhouse_money_differences',
    help: 'Differences that the last reconciliation of all tenants found, by check',
    labelNames: ['check'] as const,
    registers: [registry],
  });
  const children = new Map<string, (seconds: number) => void>();
  return {
    registry,
    /** @param seconds from the first byte to the last */
    observeRequest(operation: string, status: number, seconds: number): void {
      const key = `${operation} ${status}`;
      let observe = children.get(key);
      if (observe === undefined) {
        const child = requests.labels({ operation, status: String(status) });
        observe = (value) => child.observe(value);
        children.set(key, observe);
      }
      observe(seconds);
    },
    observeJob: (job: string, outcome: 'completed' | 'failed', seconds: number): void =>
      jobs.labels({ job, outcome }).observe(seconds),
    countMismatch: (operation: string): void => mismatches.labels({ operation }).inc(),
    setMoneyDifferences: (check: string, count: number): void => moneyDifferences.labels({ check }).set(count),
    /** A figure that is read when it is asked for. */
    gauge(
      name: string,
      help: string,
      labelNames: readonly string[],
      collect: (set: (labels: Record<string, string>, value: number) => void) => void | Promise<void>,
    ): void {
      new Gauge({
        name,
        help,
        labelNames: [...labelNames],
        registers: [registry],
        async collect() {
          this.reset();
          await collect((labels, value) => this.set(labels, value));
        },
      });
    },
  };
}
