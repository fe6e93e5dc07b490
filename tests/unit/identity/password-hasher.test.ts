import { describe, expect, test } from '@jest/globals';
import { createPasswordHasher } from '../../../src/services/identity/password-hasher.ts';

const hasher = createPasswordHasher({ settings: { BCRYPT_COST: 4 } });

describe('a password', () => {
  test('is right against its own hash and no other', async () => {
    const hash = await hasher.hash('correct horse');
    expect(hash).toMatch(/^\$2b\$04\$.{53}$/);
    expect(await hasher.verify('correct horse', hash)).toBe(true);
    expect(await hasher.verify('correct horsf', hash)).toBe(false);
    expect(await hasher.verify('', hash)).toBe(false);
  });

  test.each([72, 73, 256])('of %i bytes counts to the last one', async (length) => {
    const start = 'x'.repeat(length - 1);
    const hash = await hasher.hash(`${start}a`);
    expect(await hasher.verify(`${start}a`, hash)).toBe(true);
    expect(await hasher.verify(`${start}b`, hash)).toBe(false);
    expect(await hasher.verify(start, hash)).toBe(false);
  });

  test('with a NUL counts beyond it', async () => {
    const hash = await hasher.hash('ab\0cd');
    expect(await hasher.verify('ab\0cd', hash)).toBe(true);
    expect(await hasher.verify('ab\0ce', hash)).toBe(false);
  });

  test('is the same however its characters are composed', async () => {
    const hash = await hasher.hash('Zo\u00eb \ufb01ne');
    expect(await hasher.verify('Zoe\u0308 fine', hash)).toBe(true);
  });
});

describe('an account that does not exist', () => {
  test('has no right password', async () => {
    for (const guess of ['', '.', 'password']) expect(await hasher.verify(guess, null)).toBe(false);
  });

  test('takes as long as one that does', async () => {
    const costly = createPasswordHasher({ settings: { BCRYPT_COST: 9 } });
    const hash = await costly.hash('right');
    const time = async (stored: string | null) => {
      const startedAt = performance.now();
      await costly.verify('wrong', stored);
      return performance.now() - startedAt;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      known.push(await time(hash));
      unknown.push(await time(null));
    }
    const ratio = Math.min(...unknown) / Math.min(...known);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(1.4);
  });
});

test('only a cheaper hash is made again', async () => {
  const hash = await hasher.hash('x');
  expect(hasher.needsRehash(hash)).toBe(false);
  expect(createPasswordHasher({ settings: { BCRYPT_COST: 5 } }).needsRehash(hash)).toBe(true);
});

test('too many at once are refused and the others served', async () => {
  const busy = createPasswordHasher({ settings: { BCRYPT_COST: 4 }, concurrency: 2, queue: 3 });
  const results = await Promise.allSettled(Array.from({ length: 9 }, () => busy.verify('x', null)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  expect(refused).toHaveLength(4);
  for (const error of refused) expect(error).toMatchObject({ code: 'SIGN_IN_BUSY', statusCode: 503 });
  await expect(busy.verify('x', null)).resolves.toBe(false);
});
