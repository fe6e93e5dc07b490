import { once } from 'node:events';
import { Redis } from 'ioredis';
import { type RedisReply, RedisStore } from 'rate-limit-redis';
import { createCircuitBreaker } from '../utils/circuit-breaker.ts';
import type { Logger } from './logger.ts';
import type { RateLimitPolicy } from './rate-limits.ts';

/** For caches and whatever else can do without. */
const COMMAND_TIMEOUT_MS = 1000;
/** A request waits for its limits: rather let it pass than wait longer for Redis. */
const LIMIT_TIMEOUT_MS = 250;
const PROBE_AFTER_MS = 5000;
const READY_WITHIN_MS = 2000;

/** Opens the connection for limits and caches. A command fails quickly while Redis is away instead of piling up. */
export function createRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    enableOfflineQueue: false,
    lazyConnect: false,
  });
  redis.on('error', (error) => log.warn('redis is away', { error }));
  return redis;
}

/** Waits for the connection, so that the first requests are counted too; not for long, since Redis may be away. */
export async function whenReady(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return;
  await once(redis, 'ready', { signal: AbortSignal.timeout(READY_WITHIN_MS) }).catch(() => undefined);
}

/** When the time is over, a reply that has come while this process was busy still counts: it is read before `setImmediate`. */
const inTime = <T>(reply: Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const late = () => reject(new Error(`Redis has not answered within ${LIMIT_TIMEOUT_MS} ms`));
    const timer = setTimeout(() => setImmediate(late), LIMIT_TIMEOUT_MS);
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });

const isReply = (value: unknown): value is RedisReply =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'boolean' ||
  (Array.isArray(value) && value.every(isReply));

/** One policy's counters, shared by every process. */
export const createRateLimitStore = (redis: Redis, { name }: RateLimitPolicy): RedisStore => {
  const breaker = createCircuitBreaker({ isOutage: () => true, probeAfterMs: PROBE_AFTER_MS });
  return new RedisStore({
    prefix: `rowhouse:limit:${name}:`,
    sendCommand: async (command, ...values) => {
      const reply: unknown = await breaker.run(() => inTime(redis.call(command, ...values)));
      if (!isReply(reply)) throw new TypeError(`Redis answered ${command} with something else than data`);
      return reply;
    },
  });
};
