import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createApiKeyTokens } from '../../../src/services/identity/api-key-token.ts';
import { hashSecret } from '../../../src/services/identity/secret-token.ts';
import { toBase62 } from '../../../src/utils/base62.ts';

const live = createApiKeyTokens({ settings: { NODE_ENV: 'production' } });
const trial = createApiKeyTokens({ settings: { NODE_ENV: 'test' } });

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('a key', () => {
  test('says what it is, in letters and digits that a double click selects', () => {
    const { text, publicId, lastFour } = live.issue();
    expect(text).toMatch(/^rh_live_[0-9A-Za-z]{22}_[0-9A-Za-z]{49}$/);
    expect(text).toMatch(/^\w+$/);
    expect(text.startsWith(`${live.startOf(publicId)}_`)).toBe(true);
    expect(text.endsWith(lastFour)).toBe(true);
    expect(trial.issue().text).toMatch(/^rh_test_/);
  });

  test('is read back, and its hash is that of its secret', () => {
    for (let round = 0; round < 200; round += 1) {
      const issued = live.issue();
      const read = live.read(issued.text);
      expect(read?.publicId).toBe(issued.publicId);
      expect(read === null ? null : hashSecret(read.secret)).toEqual(issued.secretHash);
    }
  });

  test('keeps its id when it is given another secret', () => {
    const first = live.issue();
    const second = live.issue(first.publicId);
    expect(second.publicId).toBe(first.publicId);
    expect(second.secretHash.equals(first.secretHash)).toBe(false);
  });

  test('is never the same twice', () => {
    const texts = new Set(Array.from({ length: 1000 }, () => live.issue().text));
    expect(texts.size).toBe(1000);
  });

  test('of another kind of installation is none', () => {
    expect(live.read(trial.issue().text)).toBeNull();
    expect(trial.read(live.issue().text)).toBeNull();
  });
});

describe('the checksum', () => {
  const { text } = live.issue();
  const place = fc.integer({ min: 'rh_live_'.length, max: text.length - 1 });
  const digit = fc.constantFrom(...DIGITS);

  test('notices every single wrong character', () => {
    fc.assert(
      fc.property(place, digit, (at, other) => {
        fc.pre(text[at] !== other && text[at] !== '_');
        expect(live.read(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('notices two neighbours that have changed places', () => {
    fc.assert(
      fc.property(place, (at) => {
        const [a, b] = [text[at], text[at + 1]];
        fc.pre(a !== b && a !== '_' && b !== '_' && b !== undefined);
        expect(live.read(`${text.slice(0, at)}${b}${a}${text.slice(at + 2)}`)).toBeNull();
      }),
    );
  });

  test('notices what somebody makes up', () => {
    const part = (length: number) =>
      fc.array(digit, { minLength: length, maxLength: length }).map((digits) => digits.join(''));
    fc.assert(
      fc.property(part(22), part(49), (id, secret) => {
        expect(live.read(`rh_live_${id}_${secret}`)).toBeNull();
      }),
      { numRuns: 1000 },
    );
  });

  test('lets no other text pass', () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (other) => live.read(other) === null));
    for (const other of ['', 'rh_live_', text.slice(0, -1), `${text}0`, `${text}\n`, ` ${text}`, text.toUpperCase()])
      expect(live.read(other)).toBeNull();
  });
});

test('base 62 keeps every number apart, at one length', () => {
  expect(toBase62(Buffer.alloc(32), 43)).toBe('0'.repeat(43));
  expect(toBase62(Buffer.from([61]), 1)).toBe('z');
  expect(toBase62(Buffer.from([62]), 2)).toBe('10');
  const numberOf = (digits: string) => [...digits].reduce((sum, next) => sum * 62n + BigInt(DIGITS.indexOf(next)), 0n);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const digits = toBase62(bytes, 43);
      expect(digits).toHaveLength(43);
      expect(numberOf(digits)).toBe(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
    }),
  );
});
