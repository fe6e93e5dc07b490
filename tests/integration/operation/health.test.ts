import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createHealthService } from '../../../src/services/operation/health.service.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let maintenance: pg.Client;

beforeAll(async () => {
  app = await startTestApp();
  const url = new URL(app.database.adminUrl);
  url.pathname = '/postgres';
  maintenance = new pg.Client({ connectionString: url.href });
  await maintenance.connect();
});

afterAll(async () => {
  await maintenance.end();
  await app.close();
});

/** Takes the database away from the app, as a crash or a failover would. */
async function takeDatabaseAway(): Promise<void> {
  await maintenance.query(`alter database ${app.database.name} with allow_connections false`);
  await maintenance.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename like 'rowhouse_%'",
    [app.database.name],
  );
}

const giveDatabaseBack = () => maintenance.query(`alter database ${app.database.name} with allow_connections true`);

const metrics = () => app.http.get('/metrics', { headers: { authorization: 'Bearer metrics-token-of-a-test' } });

describe('GET /health/live and /health/ready', () => {
  test('answer anybody while everything is there', async () => {
    const live = await app.http.get('/health/live');
    const ready = await app.http.get('/health/ready');

    expect([live.status, live.body]).toEqual([200, { success: true, data: { status: 'ok' } }]);
    expect([ready.status, ready.body]).toEqual([
      200,
      { success: true, data: { status: 'ok', checks: { database: 'ok', queue: 'ok' } } },
    ]);
  });

  test('say what is away, stay alive, and are ready again without a restart', async () => {
    await takeDatabaseAway();
    try {
      const ready = await app.http.get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.body.error).toMatchObject({ code: 'NOT_READY', details: { checks: { database: 'away' } } });
      expect(ready.headers.get('retry-after')).toBe('1');
      expect(ready.text).not.toContain(app.database.name);
      expect((await app.http.get('/health/live')).status).toBe(200);
      const figures = await metrics();
      expect(figures.status).toBe(200);
      expect(figures.text).toContain('database_lanes{role="platform"} 2');
      expect(figures.text).not.toContain('backlog_entries{');
    } finally {
      await giveDatabaseBack();
    }
    let status = 0;
    for (const deadline = Date.now() + 10_000; status !== 200 && Date.now() < deadline; ) {
      status = (await app.http.get('/health/ready')).status;
    }
    expect(status).toBe(200);
    expect((await metrics()).text).toContain('backlog_entries{queue="outbox"}');
  });

  test('give up on a part that never answers', async () => {
    const health = createHealthService({
      timeoutMs: 20,
      checks: [
        { name: 'database', check: async () => undefined },
        { name: 'queue', check: () => new Promise(() => undefined) },
      ],
    });

    await expect(health.ready()).rejects.toMatchObject({
      code: 'NOT_READY',
      statusCode: 503,
      details: { checks: { database: 'ok', queue: 'away' } },
      cause: expect.objectContaining({ message: expect.stringContaining('queue') }),
    });
  });
});
