import { beforeEach, describe, expect, test } from '@jest/globals';
import { createHeardCache } from '../../../src/services/base/heard-cache.ts';

interface Thing {
  readonly name: string;
}

let now: number;
let connected: boolean;
let reads: string[];
let answer: (key: string) => Promise<Thing | null>;
let announceGap: () => void;

beforeEach(() => {
  now = 0;
  connected = true;
  reads = [];
  answer = async (key) => ({ name: key });
});

const start = (mostEntries = 3) =>
  createHeardCache<Thing | null>({
    read(key) {
      reads.push(key);
      return answer(key);
    },
    notifications: {
      get connected() {
        return connected;
      },
      onGap(handler) {
        announceGap = handler;
      },
    },
    clock: { now: () => new Date(now) },
    mostEntries,
  });

test('reads a value once, however many ask for it, and then answers without a promise', async () => {
  const cache = start();
  expect(await Promise.all([cache.get('a'), cache.get('a')])).toEqual([{ name: 'a' }, { name: 'a' }]);
  expect(cache.get('a')).toEqual({ name: 'a' });
  expect(reads).toEqual(['a']);
});

test('knows that there is nothing', async () => {
  answer = async () => null;
  const cache = start();
  await cache.get('a');
  expect(cache.get('a')).toBeNull();
  expect(reads).toEqual(['a']);
});

test('keeps no failure', async () => {
  answer = () => Promise.reject(new Error('away'));
  const cache = start();
  await expect(cache.get('a')).rejects.toThrow('away');
  answer = async () => ({ name: 'back' });
  expect(await cache.get('a')).toEqual({ name: 'back' });
});

describe('forgets', () => {
  test('one value, values that match, and everything when something may have been missed', async () => {
    const cache = start();
    for (const key of ['a', 'b', 'c']) await cache.get(key);
    cache.forget('a');
    cache.forgetWhere((value) => value?.name === 'b');
    for (const key of ['a', 'b', 'c']) await cache.get(key);
    expect(reads).toEqual(['a', 'b', 'c', 'a', 'b']);
    announceGap();
    await cache.get('c');
    expect(reads).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('what is being read: it may be older than the change', async () => {
    const cache = start();
    const first = cache.get('a');
    cache.forgetWhere(() => false);
    await first;
    await cache.get('a');
    expect(reads).toEqual(['a', 'a']);
  });

  test('the oldest when there is no room', async () => {
    const cache = start(2);
    for (const key of ['a', 'b', 'c', 'c', 'b']) await cache.get(key);
    expect(reads).toEqual(['a', 'b', 'c']);
    await cache.get('a');
    expect(reads).toEqual(['a', 'b', 'c', 'a']);
  });
});

test('believes a value for a second while nothing is heard', async () => {
  const cache = start();
  await cache.get('a');
  connected = false;
  now = 999;
  await cache.get('a');
  expect(reads).toEqual(['a']);
  now = 1000;
  await cache.get('a');
  expect(reads).toEqual(['a', 'a']);
  connected = true;
  now = 1_000_000;
  await cache.get('a');
  expect(reads).toEqual(['a', 'a']);
});
