import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Environment } from './config/environment.ts';
import type { Logger } from './config/logger.ts';
import type { Metrics } from './config/metrics.ts';
import type { Notifications } from './config/notifications.ts';
import { type JobData, type JobWorker, noRetry, type QueueBackend, type QueuedJob } from './config/queues.ts';
import { PermanentJobFailure } from './queues/job-failure.ts';
import type { JobQueues } from './queues/job-queues.ts';
import { createQueueMetrics } from './queues/queue-metrics.ts';
import { queueSettings } from './queues/queue-names.ts';
import { withTimeLimit } from './queues/time-limit.ts';
import { OUTBOX_CHANNEL } from './repositories/base/outbox.repository.ts';
import { type BackgroundLoop, type BackgroundTask, startBackgroundLoop } from './services/base/background-loop.ts';
import type { JobRunner } from './services/operation/job-runner.service.ts';
import type { Scheduler } from './services/operation/scheduler.service.ts';

export interface WorkersDeps {
  readonly settings: Pick<Environment, 'RUN_WORKERS' | 'RUN_SCHEDULER'>;
  readonly backend: QueueBackend;
  readonly queues: JobQueues;
  readonly runner: JobRunner;
  readonly scheduler: Scheduler;
  readonly relay: BackgroundTask;
  readonly sealer: BackgroundTask;
  /** What else goes on by itself. */
  readonly tasks?: readonly BackgroundTask[];
  readonly notifications: Pick<Notifications, 'subscribe' | 'onGap'>;
  readonly metrics: Pick<Metrics, 'registry' | 'gauge'>;
  readonly log: Logger;
  /** Milliseconds after which the job of a worker that has died is taken up again. */
  readonly stalledAfterMs?: number;
}

export type Workers = ReturnType<typeof createWorkers>;

const START_WITHIN_MS = 30_000;
const RETRY_START_AFTER_MS = 500;
const STALLED_AFTER_MS = 30_000;
const HAND_BACK_WITHIN_MS = 5000;

const jobData = z.object({ requestId: z.string().nullable(), payload: z.unknown() });

/** The part of a process that works in the background: it takes jobs, relays events, seals the audit log and keeps the schedules. */
export function createWorkers(deps: WorkersDeps) {
  const { settings, backend, queues, runner, scheduler, relay, sealer, notifications, metrics, log } = deps;
  const { countDeadLetter } = createQueueMetrics({ metrics, queues, log });
  const handBack = new AbortController();
  setMaxListeners(0, handBack.signal);
  let workers: readonly JobWorker[] = [];
  let loops: readonly BackgroundLoop[] = [];
  let wakeRelay = (): void => undefined;
  notifications.subscribe(OUTBOX_CHANNEL, () => wakeRelay());
  notifications.onGap(() => wakeRelay());

  const run = async (job: QueuedJob, signal: AbortSignal): Promise<unknown> => {
    const { requestId, payload } = dataOf(job);
    try {
      return await runner.run({
        name: job.name,
        id: job.id ?? '',
        payload,
        requestId,
        attempt: job.attemptsMade + 1,
        attempts: job.opts.attempts ?? 1,
        signal,
      });
    } catch (error) {
      throw error instanceof PermanentJobFailure ? noRetry(error) : error;
    }
  };

  const report = (job: QueuedJob, error: Error, final: boolean): void => {
    const fields = {
      job: job.name,
      id: job.id,
      tenantId: tenantOf(job),
      attempts: job.attemptsMade,
      reason: error.message,
    };
    if (!final) {
      log.warn('a job failed and will be tried again', { ...fields, error });
      return;
    }
    countDeadLetter(job.name);
    log.error('a job has failed for good: it is kept with the dead letters', { ...fields, error });
  };

  const openWorkers = (): JobWorker[] =>
    queues.names.map((name) =>
      backend.openWorker(name, {
        concurrency: queueSettings[name].concurrency,
        stalledAfterMs: deps.stalledAfterMs ?? STALLED_AFTER_MS,
        process: run,
        onFailed: report,
        handBack: handBack.signal,
      }),
    );

  const startWorking = async (): Promise<void> => {
    workers = openWorkers();
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    const relayLoop = startBackgroundLoop(relay, log);
    loops = [relayLoop, ...[sealer, ...(deps.tasks ?? [])].map((task) => startBackgroundLoop(task, log))];
    wakeRelay = relayLoop.wake;
  };

  return {
    /**
     * Starts what the settings say this process plays. A back end that is not there yet is waited for.
     * @throws Error when it does not answer within 30 seconds
     */
    async start(): Promise<void> {
      await waitForQueues(queues);
      if (settings.RUN_SCHEDULER) await scheduler.register();
      if (settings.RUN_WORKERS) await startWorking();
    },

    /**
     * Takes nothing new and lets what runs come to its end. Jobs that need longer than `graceMs` go back to their queues, from
     * where they start anew; events that have not been handed over wait in the outbox. The queues themselves stay open.
     */
    async close(graceMs: number): Promise<void> {
      const timer = setTimeout(() => handBack.abort(), graceMs);
      const stopped = Promise.all([...loops.map((loop) => loop.stop()), ...workers.map((worker) => worker.close())]);
      try {
        await withTimeLimit(
          stopped,
          graceMs + HAND_BACK_WITHIN_MS,
          () => new Error('The workers did not stop in time'),
        );
      } catch (error) {
        log.warn('what still ran was left behind: another worker takes it up again', { error });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function waitForQueues(queues: Pick<JobQueues, 'ping'>): Promise<void> {
  const deadline = performance.now() + START_WITHIN_MS;
  for (;;) {
    try {
      await queues.ping();
      return;
    } catch (cause) {
      if (performance.now() > deadline) throw new Error('The queues can not be reached', { cause });
      await delay(RETRY_START_AFTER_MS);
    }
  }
}

/** Whatever stands in the queue: what is not one of our jobs has no payload, and fails as one that does not fit. */
function dataOf({ data }: QueuedJob): JobData {
  const parsed = jobData.safeParse(data);
  return parsed.success
    ? { requestId: parsed.data.requestId, payload: parsed.data.payload }
    : { requestId: null, payload: undefined };
}

function tenantOf(job: QueuedJob): unknown {
  const { payload } = dataOf(job);
  return typeof payload === 'object' && payload !== null && 'tenantId' in payload ? payload.tenantId : null;
}
