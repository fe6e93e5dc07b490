import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { anOperator } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const redisUrl = process.env.TEST_REDIS_URL === undefined ? undefined : new URL('/5', process.env.TEST_REDIS_URL).href;
const stores: [string, Record<string, string>][] = [['in memory', {}]];
if (redisUrl === undefined) console.warn('Rate limits on Redis are not tested: there is no redis-server');
else stores.push(['on Redis', { REDIS_URL: redisUrl }]);

describe.each(stores)('limits %s', (_where, redis) => {
  const apps: TestApp[] = [];
  const start = async (settings: Record<string, string>, database?: TestApp['database']) => {
    const app = await startTestApp({
      settings: { RATE_LIMIT_ENABLED: 'true', ...redis, ...settings },
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

  test('announce themselves, refuse what is above and say when to come back', async () => {
    const app = await start({ RATE_LIMIT_READ_PER_MINUTE: '3' });
    const operator = await anOperator(app);
    const first = await operator.get('/api/revenue/plans');
    expect(first.headers.get('ratelimit-policy')).toContain('"read"; q=3; w=60');
    expect(first.headers.get('ratelimit')).toContain('"read"; r=2; t=');
    await operator.get('/api/revenue/plans');
    await operator.get('/api/revenue/plans');
    const refused = await operator.get('/api/revenue/plans');
    expect([refused.status, refused.body.error.code]).toEqual([429, 'RATE_LIMITED']);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect((await (await anOperator(app)).get('/api/revenue/plans')).status).toBe(200);
  });

  test('by address hold for everybody behind it', async () => {
    const app = await start({ RATE_LIMIT_IP_PER_MINUTE: '2' });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await app.http.get('/health/live')).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  test('do not believe a forged X-Forwarded-For', async () => {
    const app = await start({ RATE_LIMIT_IP_PER_MINUTE: '1' });
    await app.http.get('/health/live', { headers: { 'x-forwarded-for': '10.0.0.1' } });
    expect((await app.http.get('/health/live', { headers: { 'x-forwarded-for': '10.0.0.2' } })).status).toBe(429);
  });
});
