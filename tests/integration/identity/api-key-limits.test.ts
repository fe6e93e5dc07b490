import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { HttpAnswer } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { aKey, aMember, withKey } from './api-key-fixture.ts';

const INVOICES = '/api/revenue/invoices';

const redisUrl = process.env.TEST_REDIS_URL === undefined ? undefined : new URL('/6', process.env.TEST_REDIS_URL).href;
const stores: [string, Record<string, string>][] = [['in memory', {}]];
if (redisUrl === undefined) console.warn('Budgets of keys on Redis are not tested: there is no redis-server');
else stores.push(['on Redis', { REDIS_URL: redisUrl }]);

/** The policies of a list of structured fields, by name. */
const policiesOf = (answer: HttpAnswer, header: 'ratelimit' | 'ratelimit-policy'): Map<string, string> =>
  new Map(
    (answer.headers.get(header) ?? '').split(',').map((item) => {
      const [name = '', ...parameters] = item.trim().split(';');
      return [name.replaceAll('"', ''), parameters.join(';').trim()];
    }),
  );

describe.each(stores)('budgets %s', (_where, redis) => {
  const apps: TestApp[] = [];
  const start = async (settings: Record<string, string>, database?: TestApp['database']) => {
    const app = await startTestApp({
      settings: { RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_AUTH_PER_MINUTE: '1000', ...redis, ...settings },
      ...(database && { database }),
    });
    apps.push(app);
    return app;
  };
  beforeEach(async () => {
    if (redis.REDIS_URL === undefined) return;
    const connection = new Redis(redis.REDIS_URL);
    await connection.flushdb();
    await connection.quit();
  });
  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
  });
  const scene = async (settings: Record<string, string> = {}) => {
    const app = await start(settings);
    const operator = await anOperator(app);
    await aPlan(app);
    return { app, tenant: await aTenant(app, operator) };
  };

  test('of a key are its own, whatever it does, and say what is left', async () => {
    const { app, tenant } = await scene();
    const fields = { scopes: ['tenants:read', 'tenants:write'], rateLimitPerMinute: 3 };
    const key = await aKey(app, tenant.owner, fields);
    const sibling = await aKey(app, tenant.owner, fields);
    const path = `/api/tenants/${tenant.id}`;
    const first = await key.client.get(path);
    expect(policiesOf(first, 'ratelimit-policy').get('key')).toContain('q=3; w=60');
    expect(policiesOf(first, 'ratelimit').get('key')).toContain('r=2; t=');
    expect([...policiesOf(first, 'ratelimit-policy').keys()]).toEqual(['address', 'key', 'tenant']);
    expect((await key.client.put(path, { phone: null })).status).toBe(200);
    expect((await key.client.get(path)).status).toBe(200);
    const refused = await key.client.get(path);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect([...policiesOf(refused, 'ratelimit').keys()]).toEqual(['address', 'key']);
    expect((await sibling.client.get(path)).status).toBe(200);
    expect((await tenant.owner.get(path)).status).toBe(200);
  });

  test('of a key without its own are those of everybody, counted for the key', async () => {
    const { app, tenant } = await scene({ RATE_LIMIT_READ_PER_MINUTE: '2' });
    const keys = [await aKey(app, tenant.owner), await aKey(app, tenant.owner)];
    for (const { client } of keys) {
      const statuses = [];
      for (let call = 0; call < 3; call += 1) statuses.push((await client.get(INVOICES)).status);
      expect(statuses).toEqual([200, 200, 429]);
    }
  });

  test('of a tenant are those of all its people and keys, and no operator’s', async () => {
    const { app, tenant } = await scene({ RATE_LIMIT_TENANT_PER_MINUTE: '4' });
    const { client: member } = await aMember(app, tenant.id, 'owner');
    const [key, sibling] = [await aKey(app, member), await aKey(app, tenant.operator, { rateLimitPerMinute: 50 })];
    const answers = [];
    for (const client of [member, key.client, sibling.client, tenant.owner, key.client])
      answers.push(await client.get(INVOICES));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
    const last = answers[2];
    if (last === undefined) throw new Error('There is no answer');
    expect(policiesOf(last, 'ratelimit-policy').get('tenant')).toContain('q=4; w=60');
    expect(policiesOf(last, 'ratelimit').get('tenant')).toContain('r=0; t=');
    const byOperator = await tenant.operator.get(INVOICES);
    expect(byOperator.status).toBe(200);
    expect([...policiesOf(byOperator, 'ratelimit').keys()]).toEqual(['address', 'read']);
  });

  const shared = redis.REDIS_URL === undefined ? test.skip : test;
  shared('of a key hold over all processes', async () => {
    const { app, tenant } = await scene();
    const second = await start({}, app.database);
    const { text } = await aKey(app, tenant.owner, { rateLimitPerMinute: 10 });
    const clients = [withKey(app, text), withKey(second, text)];
    const answers = await Promise.all(
      Array.from(
        { length: 24 },
        (_, call) => clients[call % 2]?.get(INVOICES) ?? Promise.reject(new Error('No client')),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
  });
});
