import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPostgresBackend, Queue, QueueEvents, Worker } from 'bullmq';
import { ensureDatabase, withClient } from '../../../scripts/lib/database-roles.ts';
import { migrateQueueSchema } from '../../../scripts/lib/queue-schema.ts';
import { type ClonedDatabase, cloneTemplateDatabase, readTestServer } from '../../support/template-database.ts';

const WAIT_MS = 10_000;

let database: ClonedDatabase;

beforeAll(async () => {
  database = await cloneTemplateDatabase();
  await withClient(database.ownerUrl, async (client) => await client.query('create table unshared (id int)'));
});

afterAll(async () => await database.drop());

const run = async (url: string, sql: string) => await withClient(url, async (client) => (await client.query(sql)).rows);

describe('the roles of the database', () => {
  test('are neither superusers nor above row-level security', async () => {
    const sql = `select rolname from pg_roles where rolname like 'rowhouse\\_%'
      and not (rolsuper or rolbypassrls or rolcreatedb or rolreplication) order by rolname`;
    expect(await run(database.adminUrl, sql)).toEqual(
      ['rowhouse_owner', 'rowhouse_platform', 'rowhouse_queue', 'rowhouse_tenant'].map((rolname) => ({ rolname })),
    );
  });

  test('make no roles, but for the owner, which makes one for each organization', async () => {
    const sql = "select rolname from pg_roles where rolname like 'rowhouse\\_%' and rolcreaterole";
    expect(await run(database.adminUrl, sql)).toEqual([{ rolname: 'rowhouse_owner' }]);
  });

  test('may not touch a table that no migration grants them, or make one', async () => {
    for (const url of [database.tenantUrl, database.platformUrl, database.queueUrl]) {
      await expect(run(url, 'select * from public.unshared')).rejects.toThrow(/permission denied/);
      await expect(run(url, 'create table public.mine (id int)')).rejects.toThrow(/permission denied/);
    }
  });

  test('of tenant and platform do not see the queues', async () => {
    for (const url of [database.tenantUrl, database.platformUrl]) {
      await expect(run(url, 'select * from bullmq.migration')).rejects.toThrow(/permission denied/);
    }
  });

  test('stay as they are when they are made again, at once', async () => {
    const { adminUrl, passwords } = readTestServer();
    const request = { adminUrl, database: database.name, passwords };
    const [first, second] = await Promise.all([ensureDatabase(request), ensureDatabase(request)]);
    expect(first).toEqual(second);
    expect(await run(first.tenantUrl, 'select current_user')).toEqual([{ current_user: 'rowhouse_tenant' }]);
  });
});

describe('the schema of the queues', () => {
  test('lets rowhouse_queue add, retry and finish jobs', async () => {
    await migrateQueueSchema(database.ownerUrl);
    const connection = { connectionString: database.queueUrl, schema: 'bullmq' };
    const queue = new Queue('doubling', { connection }, createPostgresBackend);
    const events = new QueueEvents('doubling', { connection }, createPostgresBackend);
    await events.waitUntilReady();
    let attempts = 0;
    const worker = new Worker(
      'doubling',
      async ({ data }) => {
        attempts += 1;
        if (attempts === 1) throw new Error('the first attempt fails');
        return data.number * 2;
      },
      { connection },
      createPostgresBackend,
    );
    try {
      const job = await queue.add('double', { number: 21 }, { attempts: 2, backoff: { type: 'fixed', delay: 10 } });
      expect(await job.waitUntilFinished(events, WAIT_MS)).toBe(42);
      expect(attempts).toBe(2);
      await queue.upsertJobScheduler('nightly', { pattern: '0 0 * * *', tz: 'Asia/Kolkata' });
      expect(await queue.getJobSchedulers()).toHaveLength(1);
    } finally {
      await Promise.all([worker.close(), events.close(), queue.close()]);
    }
  });
});
