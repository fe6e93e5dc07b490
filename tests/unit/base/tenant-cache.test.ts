import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SharedCache } from '../../../src/config/shared-cache.ts';
import { createTenantCache } from '../../../src/services/base/tenant-cache.ts';
import type { TenantContext } from '../../../src/types/context.ts';
import { systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';

interface Thing {
  readonly name: string;
}

interface Read {
  readonly tenantId: string;
  readonly part: string;
  answer(name: string): void;
  fail(): void;
}

const [ONE, TWO] = ['1', '2'].map((digit) => asTenantId(`00000000-0000-4000-8000-00000000000${digit}`));

let now: number;
let connected: boolean;
let reads: Read[];
let hear: (payload: string) => void;
let announceGap: () => void;

beforeEach(() => {
  now = 0;
  connected = true;
  reads = [];
});

const contextOf = (tenantId = ONE): TenantContext => {
  if (tenantId === undefined) throw new Error('There is no tenant');
  return systemContext(tenantScope(tenantId), 'test');
};

const start = (shared: SharedCache | null = null, mostEntries = 10) =>
  createTenantCache<Thing>({
    name: 'configs',
    read: ({ scope }, part) =>
      new Promise((resolve, reject) => {
        reads.push({
          tenantId: scope.tenantId,
          part,
          answer: (name) => resolve({ name }),
          fail: () => reject(new Error('away')),
        });
      }),
    parse: (json) => (typeof json === 'object' && json !== null && 'name' in json ? { name: String(json.name) } : null),
    notifications: {
      get connected() {
        return connected;
      },
      subscribe(_channel, handler) {
        hear = handler;
      },
      onGap(handler) {
        announceGap = handler;
      },
    },
    shared,
    clock: { now: () => new Date(now) },
    lifetimeMs: 300_000,
    mostEntries,
  });

const readAt = (index: number): Read => {
  const read = reads[index];
  if (read === undefined) throw new Error(`There was no read ${index}`);
  return read;
};

/** A cache in memory that keeps whatever it is given, until a group is forgotten. */
function sharedInMemory() {
  const texts = new Map<string, string>();
  const opened: string[] = [];
  const shared: SharedCache = {
    async open(group, key) {
      opened.push(`${group} ${key}`);
      return { text: texts.get(key) ?? null, keep: (text) => void texts.set(key, text) };
    },
    forget(group) {
      for (const key of texts.keys()) if (key.startsWith(group)) texts.delete(key);
    },
  };
  return { shared, texts, opened };
}

describe('a part of a tenant', () => {
  test('is read once, however many ask for it while it is read and afterwards', async () => {
    const cache = start();
    const asked = Array.from({ length: 100 }, async () => cache.get(contextOf(), 'seats'));
    readAt(0).answer('a');
    expect(new Set((await Promise.all(asked)).map(({ name }) => name))).toEqual(new Set(['a']));
    expect(cache.get(contextOf(), 'seats')).toEqual({ name: 'a' });
    expect(reads).toMatchObject([{ tenantId: ONE, part: 'seats' }]);
  });

  test("is another tenant's and another part's own", () => {
    const cache = start();
    for (const tenantId of [ONE, TWO]) for (const part of ['all', 'seats']) void cache.get(contextOf(tenantId), part);
    expect(reads.map(({ tenantId, part }) => [tenantId, part])).toEqual([
      [ONE, 'all'],
      [ONE, 'seats'],
      [TWO, 'all'],
      [TWO, 'seats'],
    ]);
  });

  test('has a name that can not reach into another key', () => {
    expect(() => start().get(contextOf(), `all:${TWO}`)).toThrow(RangeError);
  });

  test('is read again after its lifetime, and after a failure', async () => {
    const cache = start();
    const failed = cache.get(contextOf(), 'seats');
    readAt(0).fail();
    await expect(failed).rejects.toThrow('away');
    const first = cache.get(contextOf(), 'seats');
    readAt(1).answer('a');
    await first;
    now = 299_999;
    expect(cache.get(contextOf(), 'seats')).toEqual({ name: 'a' });
    now = 300_000;
    void cache.get(contextOf(), 'seats');
    expect(reads).toHaveLength(3);
  });

  test('makes room for others when it has not been asked for the longest', async () => {
    const cache = start(null, 2);
    for (const part of ['a', 'b', 'a', 'c', 'a']) {
      const value = cache.get(contextOf(), part);
      reads.at(-1)?.answer(part);
      await value;
    }
    expect(reads.map(({ part }) => part)).toEqual(['a', 'b', 'c']);
  });
});

describe('a change', () => {
  test('makes all parts of its tenant be read again, and none of another', async () => {
    const cache = start();
    const known = [ONE, TWO].flatMap((tenantId) =>
      ['all', 'seats'].map((part) => cache.get(contextOf(tenantId), part)),
    );
    for (const read of reads) read.answer('a');
    await Promise.all(known);
    hear(`configs:${ONE}`);
    hear(`user:${TWO}`);
    for (const tenantId of [ONE, TWO]) for (const part of ['all', 'seats']) void cache.get(contextOf(tenantId), part);
    expect(reads.slice(4)).toMatchObject([
      { tenantId: ONE, part: 'all' },
      { tenantId: ONE, part: 'seats' },
    ]);
  });

  test('is not undone by a read that began before it', async () => {
    const cache = start();
    const before = cache.get(contextOf(), 'seats');
    hear(`configs:${ONE}`);
    const after = cache.get(contextOf(), 'seats');
    readAt(1).answer('new');
    expect(await after).toEqual({ name: 'new' });
    readAt(0).answer('old');
    expect(await before).toEqual({ name: 'old' });
    expect(cache.get(contextOf(), 'seats')).toEqual({ name: 'new' });
  });

  test('that may have been missed counts as one of everybody', async () => {
    const cache = start();
    const first = cache.get(contextOf(), 'seats');
    readAt(0).answer('a');
    await first;
    announceGap();
    void cache.get(contextOf(), 'seats');
    expect(reads).toHaveLength(2);
  });
});

describe('what processes share', () => {
  test('is read in place of the database, and kept under the key of the tenant', async () => {
    const { shared, texts, opened } = sharedInMemory();
    const first = start(shared).get(contextOf(), 'seats');
    await Promise.resolve();
    await Promise.resolve();
    readAt(0).answer('a');
    await first;
    expect([...texts]).toEqual([[`configs:${ONE}:seats`, '{"name":"a"}']]);
    expect(await start(shared).get(contextOf(), 'seats')).toEqual({ name: 'a' });
    expect(opened).toEqual(Array(2).fill(`configs:${ONE} configs:${ONE}:seats`));
    expect(reads).toHaveLength(1);
  });

  test('is forgotten with a change', async () => {
    const { shared, texts } = sharedInMemory();
    texts.set(`configs:${ONE}:seats`, '{"name":"a"}');
    const cache = start(shared);
    expect(await cache.get(contextOf(), 'seats')).toEqual({ name: 'a' });
    hear(`configs:${ONE}`);
    expect(texts.size).toBe(0);
  });

  test('is done without while it is away', async () => {
    const away: SharedCache = { open: async () => null, forget: () => undefined };
    const cache = start(away);
    const value = cache.get(contextOf(), 'seats');
    await Promise.resolve();
    await Promise.resolve();
    readAt(0).answer('a');
    expect(await value).toEqual({ name: 'a' });
    expect(cache.get(contextOf(), 'seats')).toEqual({ name: 'a' });
  });

  test('is left alone while changes are not heard of', () => {
    const { shared, opened } = sharedInMemory();
    connected = false;
    void start(shared).get(contextOf(), 'seats');
    expect(opened).toEqual([]);
    expect(reads).toHaveLength(1);
  });
});
