import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { createCircuitBreaker } from '../utils/circuit-breaker.ts';
import type { Logger } from './logger.ts';

/** A look into the cache, and the way to complete it. */
export interface SharedCacheEntry {
  /** Null where there is nothing to go by. */
  readonly text: string | null;
  /** Keeps what was read since; it is void when its group was forgotten in the meantime. */
  keep(text: string): void;
}

/** Texts that processes share, in groups that are forgotten as a whole. Without it everything is read from the database. */
export interface SharedCache {
  /** @returns null while the cache is away, or can't be trusted with this group */
  open(group: string, key: string): Promise<SharedCacheEntry | null>;
  /** Everything kept so far for a group is void for whoever calls `open` from here on. */
  forget(group: string): void;
}

export interface SharedCacheDeps {
  readonly redis: Pick<Redis, 'mget' | 'set' | 'del' | 'on'>;
  readonly log: Logger;
  readonly lifetimeSeconds: number;
}

const PROBE_AFTER_MS = 5000;

/**
 * A cache on Redis. A group has a generation, which every entry carries: to forget a group is to delete its generation, and
 * an entry of another one is void. What was read before a change and is written after it therefore never counts. A group
 * that could not be forgotten is not asked for until it has been.
 */
export function createSharedCache({ redis, log, lifetimeSeconds }: SharedCacheDeps): SharedCache {
  const breaker = createCircuitBreaker({ isOutage: () => true, probeAfterMs: PROBE_AFTER_MS });
  const notForgotten = new Map<string, symbol>();
  let isAway = false;

  const run = async <T>(command: () => Promise<T>): Promise<T> => {
    try {
      const answer = await breaker.run(command);
      isAway = false;
      return answer;
    } catch (error) {
      if (!isAway) log.warn('the shared cache is away: the database is read instead', { error });
      isAway = true;
      throw error;
    }
  };

  const forgetNow = async (group: string): Promise<void> => {
    const attempt = Symbol(group);
    notForgotten.set(group, attempt);
    await run(() => redis.del(group));
    if (notForgotten.get(group) === attempt) notForgotten.delete(group);
  };

  /** The generation of a group; where there is none, one is made, unless another process was quicker: then it is void. */
  const generationOf = async (group: string, found: string | null): Promise<string> => {
    if (found !== null) return found;
    const generation = randomUUID();
    await run(() => redis.set(group, generation, 'EX', 2 * lifetimeSeconds, 'NX'));
    return generation;
  };

  redis.on('ready', () => {
    for (const group of [...notForgotten.keys()]) forgetNow(group).catch(() => undefined);
  });

  return {
    async open(group, key) {
      try {
        if (notForgotten.has(group)) await forgetNow(group);
        const [found = null, entry = null] = await run(() => redis.mget(group, key));
        const generation = await generationOf(group, found);
        return {
          text: entry?.startsWith(generation) === true ? entry.slice(generation.length) : null,
          keep(text) {
            run(() => redis.set(key, generation + text, 'EX', lifetimeSeconds)).catch(() => undefined);
          },
        };
      } catch {
        return null;
      }
    },

    forget(group) {
      forgetNow(group).catch(() => undefined);
    },
  };
}
