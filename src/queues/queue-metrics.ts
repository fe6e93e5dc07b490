import { Counter } from 'prom-client';
import type { Logger } from '../config/logger.ts';
import type { Metrics } from '../config/metrics.ts';
import type { JobQueues } from './job-queues.ts';

export interface QueueMetricsDeps {
  readonly metrics: Pick<Metrics, 'registry' | 'gauge'>;
  readonly queues: Pick<JobQueues, 'depths'>;
  readonly log: Logger;
}

/** Registers how deep the queues are (read when it is asked for) and counts the dead letters of this process's workers. */
export function createQueueMetrics({ metrics, queues, log }: QueueMetricsDeps) {
  const deadLetters = new Counter({
    name: 'job_dead_letters_total',
    help: 'Jobs that have failed for good',
    labelNames: ['job'] as const,
    registers: [metrics.registry],
  });
  metrics.gauge(
    'queue_jobs',
    'Jobs in each state; failed are the dead letters that are kept',
    ['queue', 'state'],
    async (set) => {
      try {
        for (const { queue, state, count } of await queues.depths()) set({ queue, state }, count);
      } catch (error) {
        log.warn('the depth of the queues could not be read', { error });
      }
    },
  );
  return { countDeadLetter: (job: string): void => deadLetters.inc({ job }) };
}
