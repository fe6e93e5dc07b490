import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { createDatabaseConnections } from '../../../src/config/database.ts';
import { createLogger, type LogFields } from '../../../src/config/logger.ts';
import { createMetrics } from '../../../src/config/metrics.ts';
import { createNotifications } from '../../../src/config/notifications.ts';
import { createQueueBackend } from '../../../src/config/queues.ts';
import type { Job } from '../../../src/queues/job.ts';
import { createJobQueues } from '../../../src/queues/job-queues.ts';
import type { Schedule } from '../../../src/queues/schedule.ts';
import { createDatabase } from '../../../src/repositories/base/database.ts';
import { createOutboxRepository } from '../../../src/repositories/base/outbox.repository.ts';
import { createTransactionRunner } from '../../../src/repositories/base/transaction-runner.ts';
import { createDomainEvents } from '../../../src/services/base/domain-events.ts';
import { createJobRunner } from '../../../src/services/operation/job-runner.service.ts';
import { createOutboxRelay, type Subscription } from '../../../src/services/operation/outbox-relay.service.ts';
import { createScheduler } from '../../../src/services/operation/scheduler.service.ts';
import { systemClock } from '../../../src/types/clock.ts';
import { createWorkers } from '../../../src/worker.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';
import { testSettings } from '../../support/test-settings.ts';

export type BackendKind = 'postgresql' | 'redis';

const redisUrl = process.env.TEST_REDIS_URL;

/** Both back ends, or the one that there is. */
export const backendKinds: readonly BackendKind[] = redisUrl ? ['postgresql', 'redis'] : ['postgresql'];

/** Waits until `read` answers something that is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T | undefined | false> | T | undefined | false,
): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`It did not come to pass: ${what}`);
    await delay(20);
  }
}

/** A promise that somebody else settles. */
export function gate() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

export interface Plant<Deps> {
  readonly catalogue: readonly Job<Deps>[];
  /** What the handlers need. */
  readonly deps: Deps;
  readonly subscriptions?: readonly Subscription[];
  readonly schedules?: readonly Schedule[];
  /** Where the queues are, when not where they should be. */
  readonly elsewhere?: { readonly REDIS_URL?: string; readonly DATABASE_QUEUE_URL?: string };
}

export type Site = Awaited<ReturnType<typeof createSite>>;

/** A database and a queue back end, on which any number of processes' worth of workers can be started. */
export async function createSite(kind: BackendKind) {
  const clone = await cloneTemplateDatabase();
  const prefix = `test-${randomUUID()}`;
  const settings = testSettings(clone, kind === 'redis' && redisUrl ? { REDIS_URL: redisUrl } : {});
  const lines: LogFields[] = [];
  const log = createLogger({ LOG_LEVEL: 'debug' }, (text) => {
    for (const line of text.trim().split('\n')) lines.push(JSON.parse(line));
  });
  const connections = createDatabaseConnections(settings);
  connections.pool.on('error', (error) => log.warn('database connection lost', { error }));
  const database = createDatabase(connections);
  const tx = createTransactionRunner(connections, (error) => log.error('work after a commit failed', { error }));
  const outbox = createOutboxRepository({ database });
  const admin = new pg.Pool({ connectionString: clone.adminUrl, max: 2 });
  admin.on('error', (error) => log.warn('database connection lost', { error }));
  const closers: Array<() => Promise<unknown>> = [];

  /** Ends every process that a test has left open. */
  const closeProcesses = async (): Promise<void> => {
    await Promise.all(closers.splice(0).map((close) => close()));
  };

  return {
    kind,
    settings,
    prefix,
    database,
    tx,
    outbox,
    log,
    events: createDomainEvents({ outbox, clock: systemClock }),
    admin,
    logged(message: string): LogFields[] {
      log.flush();
      return lines.filter((line) => line.message === message);
    },
    /** One process's queues, relay, scheduler and workers; nothing runs before `workers.start()`. */
    open<Deps>({ catalogue, deps, subscriptions = [], schedules = [], elsewhere = {} }: Plant<Deps>) {
      const metrics = createMetrics();
      const backend = createQueueBackend({
        settings: { ...settings, ...elsewhere },
        prefix,
        onError: (error) => log.debug('queues', { error }),
      });
      const queues = createJobQueues({ backend, catalogue });
      const runner = createJobRunner({ catalogue, deps, metrics, log });
      const relay = createOutboxRelay({ outbox, queues, subscriptions, tx });
      const scheduler = createScheduler({ queues, schedules });
      const notifications = createNotifications({ settings, onConnectionLost: () => undefined });
      const workers = createWorkers({
        settings: { RUN_WORKERS: true, RUN_SCHEDULER: true },
        backend,
        queues,
        runner,
        scheduler,
        relay,
        sealer: { name: 'no sealer', pollMs: 60_000, step: async () => false },
        notifications,
        metrics,
        log,
        stalledAfterMs: 1000,
      });
      let closing: Promise<void> | undefined;
      const close = async (graceMs: number): Promise<void> => {
        await workers.close(graceMs);
        await queues.close();
        await backend.close();
        await notifications.close();
      };
      const process = {
        backend,
        queues,
        runner,
        relay,
        scheduler,
        metrics,
        async start() {
          await notifications.start();
          await workers.start();
        },
        close(graceMs = 5000): Promise<void> {
          closing ??= close(graceMs);
          return closing;
        },
      };
      closers.push(() => process.close());
      return process;
    },
    closeProcesses,
    async close() {
      await closeProcesses();
      await connections.close();
      await admin.end();
      await clone.drop();
    },
  };
}
