import { backoffFrom, type JobQueue, type QueueBackend } from '../config/queues.ts';
import type { AcceptedJob, QueueableJob } from './job.ts';
import type { QueueName } from './queue-names.ts';
import type { Schedule } from './schedule.ts';
import { withTimeLimit } from './time-limit.ts';

/** A job to be put on its queue. */
export interface JobRequest {
  readonly job: QueueableJob;
  /** Unique among all jobs: the same id again adds nothing. Letters, digits, dots and hyphens. */
  readonly id: string;
  readonly payload: unknown;
  readonly requestId: string;
}

export interface QueueDepth {
  readonly queue: QueueName;
  readonly state: string;
  readonly count: number;
}

/** A job that has failed for good. */
export interface DeadLetter {
  readonly queue: QueueName;
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
  readonly requestId: string | null;
  readonly attempts: number;
  readonly reason: string;
  readonly failedAt: string;
}

export interface JobQueuesDeps {
  readonly backend: QueueBackend;
  readonly catalogue: readonly QueueableJob[];
}

const OPERATION_TIMEOUT_MS = 5000;

const fits = (job: QueueableJob, payload: unknown): AcceptedJob<never> | undefined => {
  try {
    return job.accept(payload);
  } catch {
    return undefined;
  }
};

export type JobQueues = ReturnType<typeof createJobQueues>;

/** The queues that have a job, as producers and operators see them. They are opened when first needed. */
export function createJobQueues({ backend, catalogue }: JobQueuesDeps) {
  const names: readonly QueueName[] = [...new Set(catalogue.map((job) => job.queue))];
  const opened = new Map<QueueName, Promise<JobQueue>>();

  const open = async (name: QueueName): Promise<JobQueue> => {
    await backend.ping();
    const queue = backend.openQueue(name);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      await queue.close();
      throw error;
    }
  };

  const queueOf = (name: QueueName): Promise<JobQueue> => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const opening = open(name).catch((error: unknown) => {
      opened.delete(name);
      throw error;
    });
    opened.set(name, opening);
    return opening;
  };

  const inTime = <T>(work: Promise<T>): Promise<T> =>
    withTimeLimit(work, OPERATION_TIMEOUT_MS, () => new Error(`The queues (${backend.kind}) did not answer in time`));

  const toEntry = ({ job, id, payload, requestId }: JobRequest) => {
    const accepted = fits(job, payload);
    const key = accepted?.deduplicationKey;
    return {
      name: job.name,
      data: { requestId, payload: accepted?.payload ?? payload },
      opts: {
        ...retriesOf(job),
        jobId: id,
        ...(key !== undefined && { deduplication: { id: `${job.name}.${key}`, keepLastIfActive: true } }),
      },
    };
  };

  const addAll = async (requests: readonly JobRequest[]): Promise<void> => {
    for (const [name, group] of groupByQueue(requests)) {
      const queue = await queueOf(name);
      await queue.addBulk(group.map(toEntry));
    }
  };

  return {
    names,

    /** Rejects while the back end is out of reach. */
    ping: (): Promise<void> => inTime(backend.ping()),

    /**
     * Puts jobs on their queues, in order. A payload that does not fit is queued as it is: the worker moves it to the dead
     * letters, where it is seen, and what comes after it is not held up.
     * @throws Error when the back end does not take them within 5 seconds; some may have been added, and adding again is harmless
     */
    add: (requests: readonly JobRequest[]): Promise<void> => inTime(addAll(requests)),

    /** How many jobs each queue has in each state; `failed` are the dead letters. */
    async depths(): Promise<QueueDepth[]> {
      const depths = names.map(async (queue) => {
        const counts = await inTime(queueOf(queue).then((opened) => opened.getJobCounts()));
        return Object.entries(counts).map(([state, count]) => ({ queue, state, count }));
      });
      return (await Promise.all(depths)).flat();
    },

    /** The latest dead letters of a queue, newest first. */
    async deadLetters(queue: QueueName, limit: number): Promise<DeadLetter[]> {
      const failed = await inTime(queueOf(queue).then((opened) => opened.getFailed(0, limit - 1)));
      return failed.map((job) => ({
        queue,
        id: job.id ?? '',
        name: job.name,
        payload: job.data.payload,
        requestId: job.data.requestId,
        attempts: job.attemptsMade,
        reason: job.failedReason,
        failedAt: new Date(job.finishedOn ?? job.timestamp).toISOString(),
      }));
    },

    /** What is scheduled on a queue. */
    async schedules(queue: QueueName) {
      return inTime(queueOf(queue).then((opened) => opened.getJobSchedulers()));
    },

    /** Makes or replaces a schedule, and with it its next run. */
    async putSchedule(schedule: Schedule): Promise<void> {
      const { name, job } = schedule;
      await inTime(
        queueOf(job.queue).then((queue) =>
          queue.upsertJobScheduler(name, { pattern: schedule.cron, tz: schedule.timeZone }, templateOf(schedule)),
        ),
      );
    },

    async removeSchedule(queue: QueueName, name: string): Promise<void> {
      await inTime(queueOf(queue).then((opened) => opened.removeJobScheduler(name)));
    },

    async close(): Promise<void> {
      const queues = await Promise.allSettled(opened.values());
      await Promise.all(queues.map((queue) => (queue.status === 'fulfilled' ? queue.value.close() : undefined)));
    },
  };
}

const retriesOf = (job: QueueableJob) => ({ attempts: job.attempts, backoff: backoffFrom(job.backoff.delayMs) });

/** What each run of a schedule is made from. */
export const templateOf = ({ job, payload }: Schedule) => ({
  name: job.name,
  data: { requestId: null, payload },
  opts: retriesOf(job),
});

function groupByQueue(requests: readonly JobRequest[]): Map<QueueName, JobRequest[]> {
  const groups = new Map<QueueName, JobRequest[]>();
  for (const request of requests) {
    const group = groups.get(request.job.queue);
    if (group === undefined) groups.set(request.job.queue, [request]);
    else group.push(request);
  }
  return groups;
}
