import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ensureDatabase, rewriteUrl } from '../../../scripts/lib/database-roles.ts';
import { startEmbeddedPostgres } from '../../../scripts/lib/embedded-postgres.ts';
import { applyMigrations } from '../../../scripts/lib/migrations.ts';
import { eventually } from '../../support/eventually.ts';
import { anOperator } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const directory = mkdtempSync(join(tmpdir(), 'rowhouse-down-'));
chmodSync(directory, 0o755);
const dataDirectory = join(directory, 'postgres');
const passwords = { owner: 'owner', tenant: 'tenant', platform: 'platform', queue: 'queue' };

let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let app: TestApp;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDirectory });
  const { adminUrl } = postgres;
  const urls = await ensureDatabase({ adminUrl, database: 'rowhouse', passwords });
  await applyMigrations({ databaseUrl: urls.ownerUrl, directory: join(process.cwd(), 'prisma', 'migrations') });
  app = await startTestApp({
    database: {
      ...urls,
      adminUrl: rewriteUrl(adminUrl, { database: 'rowhouse' }),
      name: 'rowhouse',
      drop: async () => undefined,
    },
  });
}, 60_000);

afterAll(async () => {
  await app.close();
  await postgres.stop();
});

test('a database that is away is 503 everywhere, and found again without a restart', async () => {
  const operator = await anOperator(app);
  expect((await operator.get('/api/revenue/plans')).status).toBe(200);
  await postgres.stop();

  const ready = await app.http.get('/health/ready');
  expect([ready.status, ready.body.error.code]).toEqual([503, 'NOT_READY']);
  expect((await app.http.get('/health/live')).status).toBe(200);
  for (const path of ['/api/revenue/plans', '/api/revenue/invoices', '/api/tenants', '/api/auth/me']) {
    const answer = await operator.get(path);
    expect([path, answer.status, answer.body.error.code]).toEqual([path, 503, 'DATABASE_UNAVAILABLE']);
    expect(answer.headers.get('retry-after')).not.toBeNull();
  }
  const plan = { code: 'away', name: 'Away', currency: 'INR', monthlyPrice: '1', annualPrice: '10' };
  expect((await operator.post('/api/revenue/plans', plan)).status).toBe(503);
  const login = await app.http.post('/api/auth/login', {
    email: 'nobody@rowhouse.example',
    password: 'some password or other',
  });
  expect(login.status).toBe(503);
  expect(JSON.stringify(ready.body) + login.text).not.toMatch(/ECONNREFUSED|127\.0\.0\.1|postgres/i);

  postgres = await startEmbeddedPostgres({ dataDirectory });
  await eventually(async () => (await app.http.get('/health/ready')).status === 200, 'the database is found again');
  await eventually(
    async () => (await operator.get('/api/revenue/plans')).status === 200,
    'requests are answered again',
  );
  expect((await operator.post('/api/revenue/plans', plan)).status).toBe(201);
}, 60_000);
