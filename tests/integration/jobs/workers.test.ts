import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { defineJob, inTenant, type JobInput, platformWide } from '../../../src/queues/job.ts';
import type { Context } from '../../../src/types/context.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { backendKinds, createSite, eventually, gate, type Site } from './job-harness.ts';

const tenantId = asTenantId(randomUUID());
const payload = z.strictObject({ tenantId: z.uuid(), invoiceId: z.uuid() });
type Input = JobInput<z.output<typeof payload>, Context>;

/** A job of a tenant, on a queue of its own choice, with short pauses. */
const probe = (
  name: string,
  queue: 'invoice' | 'report' | 'dunning' | 'settlement' | 'sms' | 'whatsapp',
  handler: (input: Input) => Promise<unknown>,
  options: { attempts?: number; timeoutMs?: number; deduplicated?: boolean } = {},
) =>
  defineJob<object>()({
    name,
    queue,
    scope: inTenant,
    payload,
    attempts: options.attempts ?? 1,
    backoff: { type: 'exponential', delayMs: 20 },
    timeoutMs: options.timeoutMs ?? 30_000,
    auditAction: 'probe.ran',
    ...(options.deduplicated && { deduplicationKey: ({ invoiceId }: { invoiceId: string }) => invoiceId }),
    handler: (_deps, input) => handler(input),
  });

type Probe = ReturnType<typeof probe>;

const onFinalized = (job: Probe) => ({
  event: 'invoice.finalized' as const,
  job,
  toPayload: (event: { tenantId: string; payload: unknown }) => ({
    tenantId: event.tenantId,
    ...z.object({ invoiceId: z.string() }).parse(event.payload),
  }),
});

const orderFor = (job: Probe, invoiceId: string = randomUUID()) => ({
  job,
  id: `${randomUUID()}.${job.name}`,
  payload: { tenantId, invoiceId },
  requestId: 'a-request',
});

const publishFinalized = (site: Site, invoiceId: string, requestId = 'a-request') =>
  site.tx.run(systemContext(tenantScope(tenantId), requestId), async (ctx) =>
    site.events.publish(ctx, 'invoice.finalized', invoiceId, { invoiceId, billingReason: 'manual' }),
  );

/** Cuts the connections on which this site's workers wait. */
async function breakConnections({ kind, admin, prefix, settings }: Site): Promise<void> {
  if (kind === 'postgresql') {
    const ended = await admin.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'rowhouse_queue'",
    );
    expect(ended.rowCount).toBeGreaterThan(0);
    return;
  }
  const redis = new Redis(settings.REDIS_URL ?? '');
  const clients = z
    .string()
    .parse(await redis.client('LIST'))
    .split('\n');
  const ours = clients
    .filter((client) => client.includes(`name=${prefix}:`))
    .map((client) => /id=(\d+)/.exec(client)?.[1]);
  expect(ours).not.toHaveLength(0);
  for (const id of ours) await redis.client('KILL', 'ID', Number(id));
  redis.disconnect();
}

const unpublished = async (site: Site): Promise<number> =>
  (await site.outbox.backlog(systemContext(platformScope, 'test'))).count;

if (!backendKinds.includes('redis'))
  test.skip('jobs on Redis: there is no redis-server (apt-get install redis-server)', () => undefined);

describe.each(backendKinds)('workers on %s', (kind) => {
  let site: Site;
  beforeAll(async () => {
    site = await createSite(kind);
  });
  afterEach(() => site.closeProcesses());
  afterAll(() => site.close());

  test('an event becomes its job, once, in its tenant and with its request', async () => {
    const runs: Input[] = [];
    const job = probe('probe.event', 'invoice', async (input) => runs.push(input));
    const process = site.open({ deps: {}, catalogue: [job], subscriptions: [onFinalized(job)] });
    await process.start();
    const invoiceId = randomUUID();
    await publishFinalized(site, invoiceId, 'request-7');
    const [run] = await eventually('the job ran', () => runs.length > 0 && runs);
    expect(run?.payload).toEqual({ tenantId, invoiceId });
    expect(run?.ctx).toMatchObject({
      requestId: 'request-7',
      scope: { kind: 'tenant', tenantId },
      actor: { type: 'system' },
      audit: { action: 'probe.ran' },
    });
    await eventually('the event is marked', async () => (await unpublished(site)) === 0);
    const states = await eventually('the job is done', async () => {
      const depths = await process.queues.depths();
      return depths.some(({ state, count }) => state === 'completed' && count === 1) && depths;
    });
    expect(states.filter(({ count }) => count > 0)).toEqual([{ queue: 'invoice', state: 'completed', count: 1 }]);
    expect(runs).toHaveLength(1);
    await process.close();
  });

  test('a transaction that fails publishes nothing', async () => {
    const ctx = systemContext(tenantScope(tenantId), 'a-request');
    const failing = site.tx.run(ctx, async (txCtx) => {
      site.events.publish(txCtx, 'invoice.finalized', 'x', { invoiceId: randomUUID(), billingReason: 'manual' });
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await unpublished(site)).toBe(0);
  });

  test('a failing job is tried again and then kept with the dead letters, told of once', async () => {
    const attempts: number[] = [];
    const job = probe(
      'probe.failing',
      'report',
      async ({ attempt }) => {
        attempts.push(attempt);
        throw new Error('the printer is on fire');
      },
      { attempts: 3 },
    );
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    const order = orderFor(job);
    await process.queues.add([order]);
    const [letter] = await eventually('the dead letter', async () => {
      const letters = await process.queues.deadLetters('report', 10);
      return letters.length > 0 && letters;
    });
    expect(attempts).toEqual([1, 2, 3]);
    expect(letter).toMatchObject({
      id: order.id,
      name: 'probe.failing',
      payload: order.payload,
      requestId: 'a-request',
      attempts: 3,
      reason: 'the printer is on fire',
    });
    const told = await eventually('the log', () => {
      const lines = site.logged('a job has failed for good: it is kept with the dead letters');
      return lines.length > 0 && lines;
    });
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({
      level: 'error',
      job: 'probe.failing',
      id: order.id,
      tenantId,
      reason: 'the printer is on fire',
    });
    expect(site.logged('a job failed and will be tried again')).toHaveLength(2);
    const figures = await process.metrics.registry.metrics();
    expect(figures).toContain('job_dead_letters_total{job="probe.failing"} 1');
    expect(figures).toContain('queue_jobs{queue="report",state="failed"} 1');
    expect(figures).toContain('job_duration_seconds_count{job="probe.failing",outcome="failed"} 3');
    await process.close();
  });

  test('a payload that does not fit and a job that does not exist are dead letters at once', async () => {
    const runs: Input[] = [];
    const job = probe('probe.strict', 'dunning', async (input) => runs.push(input), { attempts: 5 });
    const forgotten = probe('probe.forgotten', 'dunning', async (input) => runs.push(input), { attempts: 5 });
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    await process.queues.add([
      { ...orderFor(job), payload: { tenantId, invoiceId: 'not an id' } },
      orderFor(forgotten),
    ]);
    const letters = await eventually('both dead letters', async () => {
      const found = await process.queues.deadLetters('dunning', 10);
      return found.length === 2 && found;
    });
    expect(letters.map(({ reason, attempts }) => ({ reason, attempts }))).toEqual(
      expect.arrayContaining([
        { reason: 'The payload does not fit probe.strict', attempts: 1 },
        { reason: 'There is no job probe.forgotten', attempts: 1 },
      ]),
    );
    expect(runs).toEqual([]);
    await process.close();
  });

  test('a relay that dies between adding and committing repeats itself without effect', async () => {
    const runs: string[] = [];
    const job = probe('probe.relayed', 'invoice', async ({ payload: { invoiceId } }) => runs.push(invoiceId));
    const subscriptions = [onFinalized(job)];
    const process = site.open({ deps: {}, catalogue: [job], subscriptions });
    const invoiceIds = [randomUUID(), randomUUID(), randomUUID()];
    for (const invoiceId of invoiceIds) await publishFinalized(site, invoiceId);
    const add = process.queues.add;
    process.queues.add = async (requests) => {
      await add(requests);
      process.queues.add = add;
      throw new Error('the relay died');
    };
    await expect(process.relay.step()).rejects.toThrow('the relay died');
    expect(await unpublished(site)).toBe(3);
    await process.start();
    await eventually('the events are marked', async () => (await unpublished(site)) === 0);
    await eventually('all jobs ran', () => runs.length >= 3);
    const depths = await eventually('the queue is empty', async () => {
      const found = await process.queues.depths();
      return found.every(({ state, count }) => count === 0 || state === 'completed') && found;
    });
    expect(depths.find(({ state }) => state === 'completed')?.count).toBe(4);
    expect([...runs].sort()).toEqual([...invoiceIds].sort());
    await process.close();
  });

  test('the events of one subject arrive in the order of their commits', async () => {
    const seen: string[] = [];
    const job = probe('probe.ordered', 'settlement', async ({ payload: { invoiceId } }) => seen.push(invoiceId));
    const process = site.open({ deps: {}, catalogue: [job], subscriptions: [onFinalized(job)] });
    const invoiceIds = Array.from({ length: 230 }, () => randomUUID());
    await site.tx.run(systemContext(tenantScope(tenantId), 'a-request'), async (ctx) => {
      for (const invoiceId of invoiceIds)
        site.events.publish(ctx, 'invoice.finalized', 'one subject', { invoiceId, billingReason: 'manual' });
    });
    await process.start();
    await eventually('all arrived', () => seen.length === invoiceIds.length);
    expect(seen).toEqual(invoiceIds);
    await process.close();
  });

  test('while the queues are away events wait in the outbox', async () => {
    const runs: string[] = [];
    const job = probe('probe.patient', 'whatsapp', async ({ payload: { invoiceId } }) => runs.push(invoiceId));
    const subscriptions = [onFinalized(job)];
    const elsewhere =
      kind === 'redis'
        ? { REDIS_URL: 'redis://127.0.0.1:1' }
        : { DATABASE_QUEUE_URL: 'postgres://nobody@127.0.0.1:1/nothing' };
    const cutOff = site.open({ deps: {}, catalogue: [job], subscriptions, elsewhere });
    const invoiceId = randomUUID();
    await publishFinalized(site, invoiceId);
    await expect(cutOff.relay.step()).rejects.toThrow();
    expect(await unpublished(site)).toBe(1);
    await cutOff.close();
    const process = site.open({ deps: {}, catalogue: [job], subscriptions });
    await process.start();
    await eventually('the job ran', () => runs.length > 0);
    expect(runs).toEqual([invoiceId]);
    await process.close();
  });

  test('a job that takes too long is aborted and tried again', async () => {
    const reasons: unknown[] = [];
    const job = probe(
      'probe.slow',
      'sms',
      async ({ attempt, signal }) => {
        if (attempt > 1) return 'quick';
        await once(signal, 'abort');
        reasons.push(signal.reason);
      },
      { attempts: 2, timeoutMs: 50 },
    );
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    await process.queues.add([orderFor(job)]);
    await eventually('the second attempt succeeded', async () =>
      (await process.queues.depths()).some(
        ({ queue, state, count }) => queue === 'sms' && state === 'completed' && count === 1,
      ),
    );
    expect(reasons).toEqual([expect.objectContaining({ name: 'JobTimeoutError' })]);
    await process.close();
  });

  test('a job whose like waits is not added; one whose like runs is kept for afterwards', async () => {
    const first = gate();
    const runs: string[] = [];
    const job = probe(
      'probe.deduplicated',
      'sms',
      async ({ payload: { invoiceId } }) => {
        runs.push(invoiceId);
        if (runs.length === 1) await first.opened;
      },
      { deduplicated: true },
    );
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    const invoiceId = randomUUID();
    await process.queues.add([orderFor(job, invoiceId)]);
    await eventually('the first runs', () => runs.length === 1);
    for (let repetition = 0; repetition < 3; repetition += 1) await process.queues.add([orderFor(job, invoiceId)]);
    first.open();
    await eventually('one more ran', () => runs.length === 2);
    await eventually('nothing is left', async () =>
      (await process.queues.depths()).every(({ state, count }) => count === 0 || state === 'completed'),
    );
    expect(runs).toEqual([invoiceId, invoiceId]);
    await process.close();
  });

  test('closing lets a running job end', async () => {
    const started = gate();
    const mayEnd = gate();
    let ended = false;
    const job = probe('probe.finishing', 'report', async () => {
      started.open();
      await mayEnd.opened;
      ended = true;
    });
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    const order = orderFor(job);
    await process.queues.add([order]);
    await started.opened;
    const closed = process.close(10_000);
    mayEnd.open();
    await closed;
    expect(ended).toBe(true);
    const after = site.open({ deps: {}, catalogue: [job] });
    const queue = await after.queues.depths();
    expect(queue.find(({ state }) => state === 'active')?.count).toBe(0);
    expect(queue.find(({ state }) => state === 'completed')?.count).toBe(1);
    await after.close();
  });

  test('a job that outlasts the grace goes back and is run by the next worker, as the same attempt', async () => {
    const started = gate();
    const attempts: number[] = [];
    const job = probe('probe.handed-back', 'dunning', async ({ attempt, signal }) => {
      attempts.push(attempt);
      if (attempts.length > 1) return;
      started.open();
      await once(signal, 'abort');
    });
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    await process.queues.add([orderFor(job)]);
    await started.opened;
    await process.close(50);
    const next = site.open({ deps: {}, catalogue: [job] });
    await next.start();
    await eventually('it ran again', () => attempts.length === 2);
    expect(attempts).toEqual([1, 1]);
    await next.close();
  });

  test('the job of a worker that was killed is taken up again', async () => {
    const runs: string[] = [];
    const job = probe('probe.orphaned', 'whatsapp', async ({ payload: { invoiceId } }) => runs.push(invoiceId));
    const process = site.open({ deps: {}, catalogue: [job] });
    const order = orderFor(job);
    await process.queues.add([order]);
    const { REDIS_URL, DATABASE_QUEUE_URL } = site.settings;
    const options = JSON.stringify({ settings: { REDIS_URL, DATABASE_QUEUE_URL }, prefix: site.prefix });
    const victim = spawn('node', [join(import.meta.dirname, 'hanging-worker.mjs'), options, 'whatsapp'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const gone = once(victim, 'exit');
    try {
      await once(victim.stdout, 'data', { signal: AbortSignal.timeout(20_000) });
    } finally {
      victim.kill('SIGKILL');
      await gone;
    }
    await process.start();
    await eventually('it ran', () => runs.length > 0);
    expect(runs).toEqual([order.payload.invoiceId]);
    await process.close();
  });

  test('workers whose connections break find the queues again', async () => {
    const runs: string[] = [];
    const job = probe('probe.reconnected', 'settlement', async ({ payload: { invoiceId } }) => runs.push(invoiceId));
    const process = site.open({ deps: {}, catalogue: [job] });
    await process.start();
    await process.queues.add([orderFor(job)]);
    await eventually('the first ran', () => runs.length === 1);
    await breakConnections(site);
    await eventually('the queues take a job again', () =>
      process.queues.add([orderFor(job)]).then(
        () => true,
        () => false,
      ),
    );
    await eventually('the second ran', () => runs.length >= 2);
    await process.close();
  });

  test('schedules become those of the list, and one that is right keeps its next run', async () => {
    const job = defineJob<object>()({
      name: 'probe.scheduled',
      queue: 'cleanup',
      scope: platformWide,
      payload: z.strictObject({ depth: z.number() }),
      attempts: 2,
      backoff: { type: 'exponential', delayMs: 20 },
      timeoutMs: 1000,
      handler: async () => undefined,
    });
    const schedule = (name: string, cron: string) => ({
      name,
      cron,
      timeZone: 'Europe/Berlin',
      job,
      payload: { depth: 1 },
    });
    const registerAll = async (schedules: ReturnType<typeof schedule>[]) => {
      const process = site.open({ deps: {}, catalogue: [job], schedules });
      await process.scheduler.register();
      const queue = process.backend.openQueue('cleanup');
      const found = await Promise.all(
        (await process.queues.schedules('cleanup')).map(async ({ key, pattern, tz, next }) => {
          const nextRun = await queue.getJob(`repeat:${key}:${next}`);
          return { key, pattern, tz, data: nextRun?.data, madeAt: nextRun?.timestamp };
        }),
      );
      const delayed = (await process.queues.depths()).find(({ state }) => state === 'delayed')?.count;
      await queue.close();
      await process.close();
      return { delayed, found: found.sort((one, other) => one.key.localeCompare(other.key)) };
    };
    const first = await registerAll([schedule('nightly', '15 3 * * *'), schedule('weekly', '0 4 * * 0')]);
    expect(first).toMatchObject({
      delayed: 2,
      found: [
        {
          key: 'nightly',
          pattern: '15 3 * * *',
          tz: 'Europe/Berlin',
          data: { requestId: null, payload: { depth: 1 } },
        },
        { key: 'weekly', pattern: '0 4 * * 0' },
      ],
    });
    const again = await registerAll([schedule('nightly', '15 3 * * *')]);
    expect(again).toEqual({ delayed: 1, found: [first.found[0]] });
    const moved = await registerAll([schedule('nightly', '15 5 * * *')]);
    expect(moved).toMatchObject({ delayed: 1, found: [{ key: 'nightly', pattern: '15 5 * * *' }] });
    expect(moved.found[0]?.madeAt).toBeGreaterThan(first.found[0]?.madeAt ?? Number.POSITIVE_INFINITY);
  });
});
