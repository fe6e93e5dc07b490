import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, signIn, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const TIMEOUT_MS = 1500;
const STRANGERS = 100;

let app: TestApp;
let tenant: TestTenant;
let holder: pg.Client;

beforeAll(async () => {
  app = await startTestApp({ settings: { DATABASE_STATEMENT_TIMEOUT_MS: String(TIMEOUT_MS) } });
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
  holder = new pg.Client({ connectionString: app.database.adminUrl });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await app.close();
});

/** Runs `work` while nobody can read a session. */
async function whileSessionsAreLocked(work: () => Promise<void>): Promise<void> {
  await holder.query('begin; lock table sessions in access exclusive mode');
  try {
    await work();
  } finally {
    await holder.query('rollback');
  }
}

/** Somebody's session that this process has not heard of. */
async function aStranger(): Promise<HttpClient> {
  const { accessTokens } = app.container.services;
  const { body } = await tenant.owner.get('/api/auth/me');
  const { id, email, name, type } = body.data.user;
  const sessionId = randomUUID();
  await app.rows(
    "insert into sessions (id, user_id, last_used_at, expires_at) values ($1, $2, now(), now() + interval '1 hour')",
    [sessionId, id],
  );
  const token = accessTokens.sign({
    user: { id, email, name, type },
    standing: {
      context: body.data.activeContext,
      role: 'owner',
      permissions: { patterns: [], has: () => false },
    },
    sessionId,
  });
  return app.http.with({ authorization: `Bearer ${token.accessToken}` });
}

const timed = async (client: HttpClient) => {
  const startedAt = performance.now();
  const { status, body, headers } = await client.get('/api/tenants');
  const code: string | undefined = body.error?.code;
  return { status, code, retryAfter: headers.get('retry-after'), milliseconds: performance.now() - startedAt };
};
const readsInFlight = () => app.container.infrastructure.connections.pool.stats('platform').inFlight;

test('known sessions go on while the store is stuck, unknown ones get 503 in time, and none pile up', async () => {
  const strangers = await Promise.all(Array.from({ length: STRANGERS }, aStranger));
  const latecomers = await Promise.all(Array.from({ length: STRANGERS }, aStranger));
  expect((await timed(tenant.owner)).status).toBe(200);

  await whileSessionsAreLocked(async () => {
    const waiting = Promise.all(strangers.map(timed));
    await eventually(async () => readsInFlight() >= STRANGERS, 'the strangers are being read');

    const known = [];
    for (let round = 0; round < 20; round += 1) known.push(await timed(tenant.owner));
    expect(new Set(known.map(({ status }) => status))).toEqual(new Set([200]));

    const refused = await waiting;
    expect(new Set(refused.map(({ status, code }) => `${status} ${code}`))).toEqual(
      new Set(['503 DATABASE_UNAVAILABLE']),
    );
    expect(refused.every(({ retryAfter }) => retryAfter !== null)).toBe(true);
    expect(Math.max(...refused.map(({ milliseconds }) => milliseconds))).toBeLessThan(TIMEOUT_MS + 1000);

    const before = readsInFlight();
    const late = await Promise.all(latecomers.map(timed));
    expect(new Set(late.map(({ status }) => status))).toEqual(new Set([503]));
    expect(readsInFlight()).toBeLessThanOrEqual(before);
    expect((await timed(tenant.owner)).status).toBe(200);
  });

  await eventually(async () => {
    const answers = await Promise.all([...strangers, ...latecomers].map(timed));
    return answers.every(({ status }) => status === 200);
  }, 'everybody is let in again');
});

test('a revocation holds for a known session even while the store is stuck', async () => {
  const { ownerEmail } = tenant;
  const person = await signIn(app, ownerEmail);
  expect((await timed(person)).status).toBe(200);
  expect((await person.post('/api/auth/logout')).status).toBe(204);
  await whileSessionsAreLocked(async () => {
    expect((await timed(person)).status).toBe(503);
  });
  await eventually(async () => (await timed(person)).status === 401, 'it is refused for what it is');
});
