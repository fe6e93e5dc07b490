import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BackendFactory,
  type BackoffOptions,
  createPostgresBackend,
  createRedisBackend,
  type IQueueBackend,
  type Job,
  type KeepJobs,
  Queue,
  UnrecoverableError,
  WaitingError,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import pg from 'pg';
import type { Environment } from './environment.ts';

/** What a queue carries for each job. */
export interface JobData {
  /** The request that the job goes back to; null for a scheduled job. */
  readonly requestId: string | null;
  readonly payload: unknown;
}

export type QueuedJob = Job<JobData, unknown, string>;

/** What producers and operators do with a queue. */
export type JobQueue = Pick<
  Queue<JobData, unknown, string>,
  | 'addBulk'
  | 'getJobCounts'
  | 'getFailed'
  | 'getJob'
  | 'getJobSchedulers'
  | 'upsertJobScheduler'
  | 'removeJobScheduler'
  | 'waitUntilReady'
  | 'close'
>;

export interface WorkerSettings {
  readonly concurrency: number;
  /** Milliseconds after which the job of a worker that has died is taken up again by another one. */
  readonly stalledAfterMs: number;
  /** Runs a job. Rejects with `noRetry(error)` for a failure that no retry mends. */
  readonly process: (job: QueuedJob, signal: AbortSignal) => Promise<unknown>;
  /** A run has failed; `final` when the job will not run again. */
  readonly onFailed: (job: QueuedJob, error: Error, final: boolean) => void;
  /** Aborted when nobody waits any longer for what runs: those jobs go back to their queue, unharmed. */
  readonly handBack: AbortSignal;
}

export interface JobWorker {
  /** Rejects when the back end was not there to begin with: such a worker never works and has to be opened anew. */
  waitUntilReady(): Promise<void>;
  /** Takes no more jobs and resolves when those that run have ended. */
  close(): Promise<void>;
}

/** BullMQ on Redis or on PostgreSQL; nobody else knows which. */
export interface QueueBackend {
  readonly kind: 'redis' | 'postgresql';
  /** @throws Error when the back end does not answer within 5 seconds */
  ping(): Promise<void>;
  openQueue(name: string): JobQueue;
  openWorker(name: string, settings: WorkerSettings): JobWorker;
  /** Closes the connections; queues and workers are closed before. */
  close(): Promise<void>;
}

export interface QueueBackendDeps {
  readonly settings: Pick<Environment, 'REDIS_URL' | 'DATABASE_QUEUE_URL'>;
  /** Told of every trouble with the connections, which mend themselves. */
  readonly onError: (error: Error) => void;
  /** In front of all keys in Redis, so that installations can share one. */
  readonly prefix?: string;
}

const CONNECT_TIMEOUT_MS = 5000;
const COMMAND_TIMEOUT_MS = 5000;
/** A worker that could not be closed never gives its connection back. */
const CLOSE_TIMEOUT_MS = 2000;
/** A job whose worker dies this often is what kills them. */
const MOST_STALLS = 3;
const DAY_SECONDS = 86_400;

/** How finished jobs are kept: completed ones so that a repeated one is recognised, dead letters so that people see them. */
const KEPT_COMPLETED: KeepJobs = { age: DAY_SECONDS, count: 10_000 };
const KEPT_FAILED: KeepJobs = { age: 30 * DAY_SECONDS, count: 10_000 };

/** Half of a pause is by chance. */
const BACKOFF_JITTER = 0.5;

export const backoffFrom = (delayMs: number): BackoffOptions => ({
  type: 'exponential',
  delay: delayMs,
  jitter: BACKOFF_JITTER,
});

/** Marks a failure that no retry mends. */
export const noRetry = (error: Error): Error =>
  Object.assign(new UnrecoverableError(error.message), { cause: error, stack: error.stack });

interface Driver<B extends IQueueBackend, C> {
  readonly factory: BackendFactory<B, C>;
  /** Producers fail quickly; workers wait for their back end to come back. */
  readonly producers: C;
  readonly consumers: C;
  readonly prefix?: string;
}

function openWith<B extends IQueueBackend, C>(
  { factory, producers, consumers, prefix }: Driver<B, C>,
  onError: (error: Error) => void,
): Pick<QueueBackend, 'openQueue' | 'openWorker'> {
  return {
    openQueue(name) {
      const queue = new Queue<JobData, unknown, string, JobData, unknown, string, B, C>(
        name,
        { connection: producers, prefix },
        factory,
      );
      queue.on('error', onError);
      return queue;
    },
    openWorker(name, settings) {
      const worker = new Worker<JobData, unknown, string, B, object, C>(
        name,
        (job, token, signal) => processOrHandBack(job, token, signal, settings),
        {
          connection: consumers,
          prefix,
          concurrency: settings.concurrency,
          lockDuration: settings.stalledAfterMs,
          stalledInterval: settings.stalledAfterMs,
          maxStalledCount: MOST_STALLS,
          removeOnComplete: KEPT_COMPLETED,
          removeOnFail: KEPT_FAILED,
        },
        factory,
      );
      worker.on('error', onError);
      worker.on('failed', (job, error) => {
        if (job !== undefined) settings.onFailed(job, error, job.finishedOn !== undefined);
      });
      return worker;
    },
  };
}

const HANDED_BACK = Symbol('handed back');

/** Runs a job until it ends or is handed back; a job that is handed back has used up no attempt. */
async function processOrHandBack(
  job: QueuedJob,
  token: string | undefined,
  lost: AbortSignal | undefined,
  { process, handBack }: WorkerSettings,
): Promise<unknown> {
  let hear = (): void => undefined;
  const handedBack = new Promise<typeof HANDED_BACK>((resolve) => {
    hear = () => resolve(HANDED_BACK);
    if (handBack.aborted) hear();
    handBack.addEventListener('abort', hear);
  });
  try {
    const work = process(job, lost === undefined ? handBack : AbortSignal.any([handBack, lost]));
    const result = await Promise.race([work, handedBack]);
    if (result !== HANDED_BACK) return result;
    work.catch(() => undefined);
    await job.moveToWait(token);
    throw new WaitingError();
  } finally {
    handBack.removeEventListener('abort', hear);
  }
}

function createRedisQueues(url: string, prefix: string, onError: (error: Error) => void): QueueBackend {
  const retryStrategy = (attempt: number) => Math.min(attempt * 100, 2000);
  const connect = (options: {
    maxRetriesPerRequest: number | null;
    enableOfflineQueue: boolean;
    commandTimeout?: number;
  }) => {
    const redis = new Redis(url, { ...options, connectTimeout: CONNECT_TIMEOUT_MS, retryStrategy });
    redis.setMaxListeners(0);
    redis.on('error', onError);
    return redis;
  };
  const producers = connect({ maxRetriesPerRequest: 1, enableOfflineQueue: false, commandTimeout: COMMAND_TIMEOUT_MS });
  const consumers = connect({ maxRetriesPerRequest: null, enableOfflineQueue: true });
  return {
    kind: 'redis',
    async ping() {
      if (producers.status !== 'ready')
        await once(producers, 'ready', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
      await producers.ping();
    },
    ...openWith({ factory: createRedisBackend, producers, consumers, prefix }, onError),
    async close() {
      producers.disconnect();
      consumers.disconnect();
    },
  };
}

/** Each worker keeps one connection to listen on; the rest is shared. */
const MOST_POSTGRES_CONNECTIONS = 20;

function createPostgresQueues(connectionString: string, onError: (error: Error) => void): QueueBackend {
  const connect = (applicationName: string, max: number) => {
    const pool = new pg.Pool({
      connectionString,
      application_name: applicationName,
      max,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: COMMAND_TIMEOUT_MS,
      query_timeout: COMMAND_TIMEOUT_MS,
      keepAlive: true,
      options: '-c search_path=bullmq',
    });
    pool.setMaxListeners(0);
    pool.on('error', onError);
    return pool;
  };
  const producers = connect('rowhouse-producers', 4);
  const consumers = connect('rowhouse-workers', MOST_POSTGRES_CONNECTIONS);
  return {
    kind: 'postgresql',
    async ping() {
      await producers.query('select 1');
    },
    ...openWith({ factory: createPostgresBackend, producers, consumers }, onError),
    async close() {
      const closed = Promise.all([producers.end(), consumers.end()]);
      await Promise.race([closed, delay(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };
}

/**
 * The one place that decides where queues live: on Redis when REDIS_URL is set, otherwise in PostgreSQL by DATABASE_QUEUE_URL, a
 * direct connection (LISTEN does not pass a pooler) of a role that sees the queues' schema and nothing else.
 * @throws Error when neither is set
 */
export function createQueueBackend({ settings, onError, prefix = 'rowhouse' }: QueueBackendDeps): QueueBackend {
  if (settings.REDIS_URL !== undefined) return createRedisQueues(settings.REDIS_URL, prefix, onError);
  if (settings.DATABASE_QUEUE_URL !== undefined) return createPostgresQueues(settings.DATABASE_QUEUE_URL, onError);
  throw new Error('The queues need REDIS_URL or DATABASE_QUEUE_URL');
}
