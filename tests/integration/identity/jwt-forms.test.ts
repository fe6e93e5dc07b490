import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { base64url, encode, type Forgery, HEADER, INVALID, startForgery } from './jwt-forgery.ts';

let attack: Forgery;

beforeAll(async () => {
  attack = await startForgery();
});
afterAll(() => attack.app.close());

describe('tampering', () => {
  const parts = () => {
    const [header = '', payload = '', signature = ''] = attack.genuine.split('.');
    return { header, payload, signature };
  };

  test('a payload that was swapped', async () => {
    const { header, signature } = parts();
    expect(await attack.present(`${header}.${encode({ ...attack.claims, role: 'super_admin' })}.${signature}`)).toEqual(
      INVALID,
    );
  });

  test('a signature that was cut, at every length', async () => {
    const { header, payload, signature } = parts();
    for (let length = 0; length < signature.length; length += 1) {
      expect(await attack.present(`${header}.${payload}.${signature.slice(0, length)}`)).toEqual(INVALID);
    }
  });

  test('a signature with the bits changed that base64url does not need', async () => {
    const { header, payload, signature } = parts();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(signature.slice(-1));
    const twins = [1, 2, 3].map((bits) => signature.slice(0, -1) + alphabet[last ^ bits]);
    for (const twin of twins) {
      expect(Buffer.from(twin, 'base64url').equals(Buffer.from(signature, 'base64url'))).toBe(true);
      expect(await attack.present(`${header}.${payload}.${twin}`)).toEqual(INVALID);
    }
  });

  test('any one character', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(attack.genuine.length - 1), fc.constantFrom(...'Az09-_.=+/ '), async (at, character) => {
        fc.pre(attack.genuine[at] !== character);
        const changed = attack.genuine.slice(0, at) + character + attack.genuine.slice(at + 1);
        fc.pre(changed.trim() !== attack.genuine);
        const { status, code } = await attack.present(changed);
        expect([status, code]).toEqual([401, expect.stringMatching(/^(TOKEN_INVALID|UNAUTHENTICATED)$/)]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('two readings of the same bytes', () => {
  const header = JSON.stringify(HEADER);
  const payload = () => JSON.stringify(attack.claims);

  test.each<[string, () => string]>([
    ['a claim that is there twice', () => `${payload().slice(0, -1)},"role":"super_admin"}`],
    ['the same claim, the same value', () => `${payload().slice(0, -1)},"sub":"${attack.claims.sub}"}`],
    ['a claim in another one twice', () => payload().replace('"type":"tenant"', '"type":"self","type":"tenant"')],
    ['a name that is escaped', () => payload().replace('"role"', '"rol\\u0065"')],
    ['spaces', () => JSON.stringify(attack.claims, null, 1)],
    ['a line feed behind', () => `${payload()}\n`],
    ['a byte order mark', () => `\ufeff${payload()}`],
    ['a number in another form', () => payload().replace(/"exp":(\d+)/, '"exp":$1.0')],
    ['text behind', () => `${payload()}{}`],
    ['a half', () => payload().slice(0, 40)],
    ['no JSON at all', () => 'no JSON'],
    ['NaN', () => payload().replace(/"exp":\d+/, '"exp":NaN')],
  ])('in the payload: %s', async (_name, text) => {
    expect(await attack.present(attack.fromTexts(header, text()))).toEqual(INVALID);
  });

  test.each<[string, string]>([
    ['alg twice', '{"alg":"none","alg":"HS256","typ":"at+jwt","kid":"current"}'],
    ['kid twice', '{"alg":"HS256","typ":"at+jwt","kid":"other","kid":"current"}'],
    ['typ twice', '{"alg":"HS256","typ":"JWT","typ":"at+jwt","kid":"current"}'],
    ['spaces', '{ "alg":"HS256","typ":"at+jwt","kid":"current"}'],
    ['__proto__', '{"alg":"HS256","typ":"at+jwt","kid":"current","__proto__":{"x":1}}'],
    ['a list', '["HS256"]'],
    ['null', 'null'],
    ['nothing', ''],
  ])('in the header: %s', async (_name, text) => {
    expect(await attack.present(attack.fromTexts(text, JSON.stringify(attack.claims)))).toEqual(INVALID);
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from(payload().slice(0, -2)), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const input = `${base64url(header)}.${base64url(bytes)}`;
    expect(await attack.present(`${input}.${attack.hmac(input)}`)).toEqual(INVALID);
  });
});

describe('forms', () => {
  const signed = (header: string, payload: string) => `${header}.${payload}.${attack.hmac(`${header}.${payload}`)}`;
  const pair = () => [encode(HEADER), encode(attack.claims)] as const;

  test.each<[string, (header: string, payload: string) => string]>([
    ['padding', (h, p) => signed(`${h}=`, p)],
    ['padding of the payload', (h, p) => signed(h, `${p}==`)],
    ['padding of the signature', (h, p) => `${signed(h, p)}=`],
    [
      'the other alphabet',
      () =>
        attack
          .withClaims({ name: '?'.repeat(9) })
          .replaceAll('-', '+')
          .replaceAll('_', '/'),
    ],
    [
      'plain base64, signed as such',
      (h) => signed(h, encode({ ...attack.claims, name: '?'.repeat(9) }).replaceAll('_', '/')),
    ],
    ['a character outside of it', (h, p) => signed(`${h}!`, p)],
    ['one character too many', (h, p) => signed(h, `${p}A`)],
    ['a dot in front', (h, p) => `.${signed(h, p)}`],
    ['a dot behind', (h, p) => `${signed(h, p)}.`],
    ['two dots between', (h, p) => `${h}..${p}.${attack.hmac(`${h}.${p}`)}`],
    ['no header', (_h, p) => signed('', p)],
    ['no payload', (h) => signed(h, '')],
    ['two parts', (h, p) => `${h}.${p}`],
    ['one part', (h) => h],
    ['four parts', (h, p) => `${signed(h, p)}.AAAA`],
    ['the five parts of an encrypted one', (h, p) => `${signed(h, p)}.AAAA.AAAA`],
    ['dots only', () => '..'],
    ['a thousand dots', () => '.'.repeat(1000)],
    ['JSON serialization', (h, p) => JSON.stringify({ protected: h, payload: p, signature: attack.hmac(`${h}.${p}`) })],
    ['more than 8 KiB', () => attack.withClaims({ name: 'x'.repeat(8000) })],
    ['more than 8 KiB of one part', () => 'A'.repeat(9000)],
  ])('%s', async (_name, form) => {
    expect(await attack.present(form(...pair()))).toEqual(INVALID);
  });

  test('an encrypted token, direct or by password', async () => {
    for (const header of [
      { alg: 'dir', enc: 'A256GCM', typ: 'at+jwt', kid: 'current' },
      { alg: 'PBES2-HS256+A128KW', enc: 'A128CBC-HS256', p2c: 2_147_483_647, p2s: 'AAAA' },
      { alg: 'RSA-OAEP', enc: 'A256GCM', zip: 'DEF' },
    ]) {
      expect(await attack.present(`${encode(header)}..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA`)).toEqual(INVALID);
    }
  });

  test('whatever else is sent in its place is answered with 401', async () => {
    await fc.assert(
      fc.asyncProperty(fc.base64String({ maxLength: 200 }), fc.nat(3), async (text, dots) => {
        const token = `${text}${'.x'.repeat(dots)}`;
        fc.pre(/^\S+$/.test(token) && !token.startsWith('rh_'));
        expect(await attack.present(token)).toEqual(INVALID);
      }),
      { numRuns: 100 },
    );
  });
});

describe('secrets of other kinds', () => {
  test('a refresh token, and what looks like a one-time token or a challenge', async () => {
    expect(await attack.present(attack.refreshToken)).toEqual(INVALID);
    expect(await attack.present(`0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.${base64url(randomBytes(32))}`)).toEqual(INVALID);
  });

  test('an access token is no refresh token', async () => {
    const answer = await attack.app.http.post('/api/auth/refresh', { refreshToken: attack.genuine.slice(0, 512) });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
  });
});

test('after all of that the genuine token works', async () => {
  expect((await attack.present(attack.genuine)).status).toBe(200);
});
