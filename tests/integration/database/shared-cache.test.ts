import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createLogger, type Logger } from '../../../src/config/logger.ts';
import { createRedis } from '../../../src/config/redis.ts';
import { createSharedCache, type SharedCache } from '../../../src/config/shared-cache.ts';
import { eventually } from '../../support/eventually.ts';

const redisUrl = process.env.TEST_REDIS_URL === undefined ? undefined : new URL('/8', process.env.TEST_REDIS_URL).href;
const LIFETIME_SECONDS = 300;

(redisUrl === undefined ? describe.skip : describe)('texts on Redis', () => {
  let redis: Redis;
  let other: Redis;
  let first: SharedCache;
  let second: SharedCache;
  let group: string;
  let warnings: string[];
  const log: Logger = {
    ...createLogger({ LOG_LEVEL: 'error' }),
    warn: (text) => void warnings.push(text),
  };

  beforeAll(async () => {
    redis = createRedis(redisUrl ?? '', log);
    other = createRedis(redisUrl ?? '', log);
    await Promise.all(
      [redis, other].map((client) => eventually(async () => client.status === 'ready', 'Redis is there')),
    );
    first = createSharedCache({ redis, log, lifetimeSeconds: LIFETIME_SECONDS });
    second = createSharedCache({ redis: other, log, lifetimeSeconds: LIFETIME_SECONDS });
  });

  beforeEach(() => {
    group = `configs:${randomUUID()}`;
    warnings = [];
  });

  afterAll(() => {
    redis.disconnect();
    other.disconnect();
  });

  const keyOf = (): string => `${group}:all`;
  const textOf = async (cache: SharedCache): Promise<string | null | undefined> =>
    (await cache.open(group, keyOf()))?.text;
  const keep = async (cache: SharedCache, text: string): Promise<void> => {
    (await cache.open(group, keyOf()))?.keep(text);
    await eventually(async () => (await textOf(cache)) === text, 'the text is kept');
  };

  test('are seen by every process, for as long as they live', async () => {
    expect(await textOf(first)).toBeNull();
    await keep(first, 'a');
    expect(await textOf(second)).toBe('a');
    expect(await redis.ttl(keyOf())).toBeGreaterThan(LIFETIME_SECONDS - 10);
    expect(await redis.ttl(group)).toBeGreaterThan(LIFETIME_SECONDS);
  });

  test('are void with their group, and so is what was opened before and kept after it', async () => {
    await keep(first, 'old');
    const opened = await first.open(group, keyOf());
    second.forget(group);
    expect(await textOf(second)).toBeNull();
    opened?.keep('old');
    await eventually(async () => (await redis.get(keyOf()))?.endsWith('old') ?? false, 'it is written all the same');
    expect([await textOf(first), await textOf(second)]).toEqual([null, null]);
    await keep(second, 'new');
    expect(await textOf(first)).toBe('new');
  });

  test('of a group that could not be forgotten are not asked for until it has been', async () => {
    await keep(first, 'old');
    let isRefusing = true;
    const unwilling: Redis = Object.create(other, {
      del: { value: (key: string) => (isRefusing ? Promise.reject(new Error('refused')) : other.del(key)) },
    });
    const refusing = createSharedCache({ redis: unwilling, log, lifetimeSeconds: LIFETIME_SECONDS });
    refusing.forget(group);
    expect(await refusing.open(group, keyOf())).toBeNull();
    expect(await refusing.open(`${group}-other`, keyOf())).not.toBeNull();
    isRefusing = false;
    expect(await textOf(refusing)).toBeNull();
    expect(await textOf(first)).toBeNull();
  });

  test('are done without while Redis is away, which is said once', async () => {
    const nowhere = new Redis('redis://127.0.0.1:1', {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      lazyConnect: true,
    });
    nowhere.on('error', () => undefined);
    const cache = createSharedCache({ redis: nowhere, log, lifetimeSeconds: LIFETIME_SECONDS });
    cache.forget(group);
    for (let call = 0; call < 10; call += 1) expect(await cache.open(group, keyOf())).toBeNull();
    expect(warnings).toEqual(['the shared cache is away: the database is read instead']);
    nowhere.disconnect();
  });
});
