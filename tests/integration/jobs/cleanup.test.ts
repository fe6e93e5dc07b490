import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readJobCommand, runJobOnce } from '../../../scripts/lib/job-command.ts';
import { cleanUp } from '../../../src/jobs/operation/clean-up.job.ts';
import { schedules } from '../../../src/jobs/schedules.ts';
import { createIdempotencyRepository } from '../../../src/repositories/base/idempotency.repository.ts';
import type { Cleaner } from '../../../src/services/base/cleaner.ts';
import { createCleanup, operationCleaners } from '../../../src/services/operation/cleanup.service.ts';
import { systemClock } from '../../../src/types/clock.ts';
import { createSite, type Site } from './job-harness.ts';

const tenantId = randomUUID();
let site: Site;

beforeAll(async () => {
  site = await createSite('postgresql');
});
afterAll(() => site.close());

beforeEach(async () => {
  await site.admin.query('truncate idempotency_keys, outbox_events');
  await site.admin.query(
    `insert into idempotency_keys (tenant_id, endpoint, key, fingerprint, expires_at)
     select $1, 'sendInvoice', n::text, '', case when n <= 2500 then now() - interval '1 second' else now() + interval '1 hour' end
     from generate_series(1, 2510) n`,
    [tenantId],
  );
  await site.admin.query(
    `insert into outbox_events (tenant_id, id, type, subject, payload, request_id, published_at)
     select $1, gen_random_uuid(), 'invoice.finalized', 's', '{}', 'r',
       case when n <= 1200 then now() - interval '8 days' when n <= 1205 then now() - interval '6 days' end
     from generate_series(1, 1210) n`,
    [tenantId],
  );
});

const remaining = async () => {
  const { rows } = await site.admin.query(
    `select (select count(*)::int from idempotency_keys) as keys, (select count(*)::int from outbox_events where published_at is null) as waiting,
       (select count(*)::int from outbox_events where published_at is not null) as published`,
  );
  return rows[0];
};

const open = (more: readonly Cleaner[] = []) => {
  const { database, outbox, tx, log } = site;
  const idempotencyKeys = createIdempotencyRepository({ database });
  const cleaners = [...more, ...operationCleaners({ outbox, idempotencyKeys, tx, clock: systemClock })];
  return site.open({ catalogue: [cleanUp], deps: { cleanup: createCleanup({ cleaners, log }) }, schedules });
};

const never = new AbortController().signal;
const nightly = readJobCommand(['cleanup'], { catalogue: [cleanUp], schedules });

describe('the cleanup', () => {
  test('deletes what has had its time, and nothing else', async () => {
    const process = open();
    expect(await runJobOnce(nightly, process.runner, never)).toEqual({
      job: 'operation.cleanup',
      outcome: 'completed',
      seconds: expect.any(Number),
      result: { idempotencyKeys: 2500, outboxEvents: 1200 },
    });
    expect(await remaining()).toEqual({ keys: 10, waiting: 5, published: 5 });
  });

  test('twice at once does no harm', async () => {
    const process = open();
    const outcomes = await Promise.all([
      runJobOnce(nightly, process.runner, never),
      runJobOnce(nightly, process.runner, never),
    ]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    expect(await remaining()).toEqual({ keys: 10, waiting: 5, published: 5 });
  });

  test('goes on after a cleaner that failed, and says so', async () => {
    const broken: Cleaner = { name: 'broken', clean: () => Promise.reject(new Error('no')) };
    const process = open([broken]);
    expect(await runJobOnce(nightly, process.runner, never)).toMatchObject({
      outcome: 'failed',
      reason: '1 of 3 cleaners failed',
    });
    expect(await remaining()).toEqual({ keys: 10, waiting: 5, published: 5 });
  });

  test('stops between two batches when it is aborted', async () => {
    const stop = new AbortController();
    const endless: Cleaner = {
      name: 'endless',
      clean: async (_ctx, limit) => {
        stop.abort();
        return limit;
      },
    };
    const process = open([endless]);
    expect(await runJobOnce(nightly, process.runner, stop.signal)).toMatchObject({
      outcome: 'completed',
      result: { endless: 1000, idempotencyKeys: 0, outboxEvents: 0 },
    });
  });
});

test('the cleanup is scheduled for 03:15 UTC', async () => {
  const process = open();
  await process.scheduler.register();
  const [scheduled] = await process.queues.schedules('cleanup');
  expect(scheduled).toMatchObject({ key: 'cleanup', name: 'operation.cleanup', template: { opts: { attempts: 3 } } });
  expect(new Date(scheduled?.next ?? 0).toISOString()).toMatch(/T03:15:00\.000Z$/);
});

describe('a job by command', () => {
  const choice = { catalogue: [cleanUp], schedules };

  test('is named by its schedule or its own name', () => {
    expect(readJobCommand(['cleanup'], choice)).toEqual({ job: cleanUp, payload: {} });
    expect(readJobCommand(['operation.cleanup'], choice)).toEqual({ job: cleanUp, payload: {} });
    expect(readJobCommand(['operation.cleanup', '{"a":1}'], choice)).toEqual({ job: cleanUp, payload: { a: 1 } });
  });

  test.each([[[]], [['nothing']], [['operation.cleanup', '{']], [['cleanup', '{}']]])(
    '%j is explained',
    (parameters) => {
      expect(() => readJobCommand(parameters, choice)).toThrow(expect.objectContaining({ name: 'SetupError' }));
    },
  );

  test('whose payload does not fit fails', async () => {
    const process = open();
    const command = readJobCommand(['operation.cleanup', '{"a":1}'], choice);
    expect(await runJobOnce(command, process.runner, never)).toMatchObject({
      outcome: 'failed',
      reason: 'The payload does not fit operation.cleanup',
    });
  });
});
