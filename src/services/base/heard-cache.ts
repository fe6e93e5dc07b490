import { LRUCache } from 'lru-cache';
import type { Notifications } from '../../config/notifications.ts';
import type { Clock } from '../../types/clock.ts';

export interface HeardCacheDeps<Value> {
  readonly read: (key: string) => Promise<Value>;
  readonly notifications: Pick<Notifications, 'connected' | 'onGap'>;
  readonly clock: Clock;
  /** What has not been asked for the longest makes room for a new entry. */
  readonly mostEntries: number;
  /** Milliseconds after which a value is read again, whatever was heard of it; without it never. */
  readonly lifetimeMs?: number;
}

interface Entry<Value> {
  readonly since: number;
  /** A promise until it has been read. */
  value: Value | Promise<Value>;
}

/** How long a value is believed while nobody would tell that it has changed. */
const TRUSTED_UNHEARD_MS = 1000;

export type HeardCache<Value extends object | null> = ReturnType<typeof createHeardCache<Value>>;

/**
 * Values in this process's memory: each is read once, and believed until a notification says that it has changed. Its owner
 * subscribes and says what is to be forgotten; when notifications may have been missed, everything is.
 */
export function createHeardCache<Value extends object | null>({
  read,
  notifications,
  clock,
  mostEntries,
  lifetimeMs = Infinity,
}: HeardCacheDeps<Value>) {
  const entries = new LRUCache<string, Entry<Value>>({ max: mostEntries });

  const isTrusted = ({ since }: Entry<Value>): boolean => {
    const lifetime = notifications.connected ? lifetimeMs : Math.min(lifetimeMs, TRUSTED_UNHEARD_MS);
    return lifetime === Infinity || clock.now().getTime() - since < lifetime;
  };

  const start = (key: string): Promise<Value> => {
    const reading = read(key);
    const entry: Entry<Value> = { since: clock.now().getTime(), value: reading };
    entries.set(key, entry);
    reading.then(
      (value) => {
        entry.value = value;
      },
      () => {
        if (entries.peek(key) === entry) entries.delete(key);
      },
    );
    return reading;
  };

  notifications.onGap(() => entries.clear());

  return {
    /** The value of a key; without a promise where it is known. */
    get(key: string): Value | Promise<Value> {
      const entry = entries.get(key);
      return entry !== undefined && isTrusted(entry) ? entry.value : start(key);
    },

    forget: (key: string): void => void entries.delete(key),

    /** Forgets the values that match, and what is still being read. */
    forgetWhere(matches: (value: Value) => boolean): void {
      for (const [key, { value }] of [...entries]) {
        if (value instanceof Promise || matches(value)) entries.delete(key);
      }
    },

    /** Forgets the keys that match, with what is still being read for them. */
    forgetKeys(matches: (key: string) => boolean): void {
      for (const key of [...entries.keys()]) if (matches(key)) entries.delete(key);
    },
  };
}
