import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { recordStatements } from '../../support/statement-recorder.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PATH = '/api/configurations';
const STALE_MS = 1000;

const redisUrl = process.env.TEST_REDIS_URL === undefined ? undefined : new URL('/7', process.env.TEST_REDIS_URL).href;

/** Once this process has heard of its own last change, which makes it forget a second time. */
const expectNoStatements = (work: () => Promise<unknown>): Promise<boolean> =>
  eventually(async () => (await recordStatements(work)).statements.length === 0, 'nothing is asked of the database');

const isConfigurationRead = ({ text }: { readonly text: string }): boolean => / from configurations where /.test(text);

const tiersAndSettings: readonly { readonly tiers: string; readonly settings: Record<string, string> | null }[] = [
  { tiers: 'memory', settings: {} },
  { tiers: 'memory and Redis', settings: redisUrl === undefined ? null : { REDIS_URL: redisUrl } },
];

describe.each(tiersAndSettings)('with $tiers', ({ settings }) => {
  const testWithTiers = settings === null ? test.skip : test;
  let first: TestApp;
  let second: TestApp;
  let tenant: TestTenant;
  let other: TestTenant;
  let writer: HttpClient;
  let reader: HttpClient;
  let count = 0;
  let category: string;

  beforeAll(async () => {
    if (settings === null) return;
    first = await startTestApp({ settings });
    second = await startTestApp({ settings, database: first.database });
    await aPlan(first);
    const operator = await anOperator(first);
    tenant = await aTenant(first, operator);
    other = await aTenant(first, operator);
    writer = tenant.owner;
    const session = await second.http.post('/api/auth/login', {
      email: tenant.ownerEmail,
      password: 'a password for tests only',
    });
    reader = second.http.with({ authorization: `Bearer ${session.body.data.accessToken}` });
  });

  beforeEach(() => {
    category = `category${++count}`;
  });

  afterAll(async () => {
    await second?.close();
    await first?.close();
  });

  const set = async (value: number): Promise<void> => {
    const answer = await writer.put(PATH, { category, key: 'seats', dataType: 'integer', value });
    if (answer.status >= 300) throw new Error(answer.text);
  };
  const readAt = async (client: HttpClient) => (await client.get(`${PATH}/${category}/seats`)).body.data?.value;

  testWithTiers('what is known asks the database nothing', async () => {
    await set(1);
    await expectNoStatements(async () => {
      expect(await readAt(writer)).toBe(1);
      await writer.get(`${PATH}?limit=5`);
    });
  });

  testWithTiers('a hundred who ask at once share one read', async () => {
    await set(1);
    const { result, statements } = await recordStatements(() =>
      Promise.all(Array.from({ length: 100 }, () => readAt(writer))),
    );
    expect(new Set(result)).toEqual(new Set([1]));
    // A change that is heard once more in the middle of it begins a second one.
    expect(statements.filter(isConfigurationRead).length).toBeLessThanOrEqual(2);
  });

  testWithTiers('a process sees its own changes at once, and another one within a second', async () => {
    await set(0);
    await readAt(reader);
    for (let value = 1; value <= 25; value += 1) {
      await set(value);
      const changedAt = performance.now();
      expect(await readAt(writer)).toBe(value);
      while ((await readAt(reader)) !== value) {
        if (performance.now() - changedAt > STALE_MS) throw new Error(`Still stale after ${STALE_MS} ms: ${value}`);
      }
    }
  });

  testWithTiers('readers in a storm of changes never go back, and end with the last value', async () => {
    await set(0);
    let isOver = false;
    const seen = [writer, reader, writer, reader].map(async (client) => {
      const values: number[] = [];
      while (!isOver) values.push(await readAt(client));
      return values;
    });
    for (let value = 1; value <= 40; value += 1) await set(value);
    const changedAt = performance.now();
    while ((await readAt(reader)) !== 40) {
      if (performance.now() - changedAt > STALE_MS) throw new Error(`Still stale after ${STALE_MS} ms`);
    }
    isOver = true;
    for (const values of await Promise.all(seen)) {
      expect(values.length).toBeGreaterThan(1);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    expect([await readAt(writer), await readAt(reader)]).toEqual([40, 40]);
  });

  testWithTiers('what is forgotten of one tenant is still known of another', async () => {
    await other.owner.put(PATH, { category, key: 'seats', dataType: 'integer', value: 7 });
    await expectNoStatements(() => readAt(other.owner));
    await set(1);
    expect(await readAt(writer)).toBe(1);
    const { result, statements } = await recordStatements(() => readAt(other.owner));
    expect(result).toBe(7);
    expect(statements.filter(isConfigurationRead)).toEqual([]);
  });
});

(redisUrl === undefined ? describe.skip : describe)('with Redis', () => {
  let app: TestApp;
  let tenant: TestTenant;
  let redis: Redis;

  beforeAll(async () => {
    redis = new Redis(redisUrl ?? '');
    app = await startTestApp({ settings: { REDIS_URL: redisUrl ?? '' } });
    await aPlan(app);
    tenant = await aTenant(app, await anOperator(app));
  });

  afterAll(async () => {
    redis.disconnect();
    await app.close();
  });

  const set = (category: string, value: number) =>
    tenant.owner.put(PATH, { category, key: 'seats', dataType: 'integer', value });

  /** Another process that has never read anything, and its reads of configurations. */
  const readInNewProcess = async (category: string) => {
    const { signedIn, process } = await startProcess();
    const { result, statements } = await recordStatements(() => signedIn.get(`${PATH}/${category}/seats`));
    await process.close();
    return { value: result.body.data?.value, reads: statements.filter(isConfigurationRead).length };
  };

  const startProcess = async () => {
    const process = await startTestApp({ settings: { REDIS_URL: redisUrl ?? '' }, database: app.database });
    const session = await process.http.post('/api/auth/login', {
      email: tenant.ownerEmail,
      password: 'a password for tests only',
    });
    const signedIn = process.http.with({ authorization: `Bearer ${session.body.data.accessToken}` });
    await signedIn.get('/api/auth/me');
    return { process, signedIn };
  };

  const keyOf = (part: string): string => `configs:${tenant.id}:${part}`;

  test('a process that is new reads what another one has read, under the keys of the tenant', async () => {
    await set('shared', 1);
    await tenant.owner.get(`${PATH}/shared/seats`);
    expect(await redis.get(keyOf('shared'))).toContain('"seats"');
    expect(await redis.ttl(keyOf('shared'))).toBeGreaterThan(290);
    expect(await readInNewProcess('shared')).toEqual({ value: 1, reads: 0 });
  });

  test('an entry of before a change does not count, even where it is written after it', async () => {
    await set('late', 1);
    await tenant.owner.get(`${PATH}/late/seats`);
    const before = (await redis.get(keyOf('late'))) ?? '';
    expect(before).toContain('"value":1');
    await set('late', 2);
    await tenant.owner.get(`${PATH}/late/seats`);
    await redis.set(keyOf('late'), before);
    expect(await readInNewProcess('late')).toEqual({ value: 2, reads: 1 });
  });

  test.each(['', 'no JSON', '{"a":1}', '[{"id":1}]'])('an entry that says %j is read anew', async (text) => {
    await set('broken', 1);
    await tenant.owner.get(`${PATH}/broken/seats`);
    const generation = await redis.get(`configs:${tenant.id}`);
    await redis.set(keyOf('broken'), `${generation}${text}`);
    expect(await readInNewProcess('broken')).toEqual({ value: 1, reads: 1 });
  });
});
