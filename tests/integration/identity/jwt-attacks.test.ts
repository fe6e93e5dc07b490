import { generateKeyPairSync, sign as signWith } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { base64url, type Forgery, HEADER, INVALID, now, startForgery } from './jwt-forgery.ts';

/** Keys of an attacker, or the public half of a pair that an attacker would use as a secret. */
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' });

let attack: Forgery;

beforeAll(async () => {
  attack = await startForgery();
});
afterAll(() => attack.app.close());

test('what is forged below is taken when nothing is wrong with it', async () => {
  expect((await attack.present(attack.genuine)).status).toBe(200);
  expect((await attack.present(attack.forge(HEADER))).status).toBe(200);
  expect((await attack.present(attack.fromTexts(JSON.stringify(HEADER), JSON.stringify(attack.claims)))).status).toBe(
    200,
  );
});

describe('algorithms', () => {
  const spellings = [...Array(16).keys()].map((bits) =>
    [...'none'].map((letter, index) => ((bits >> index) & 1 ? letter.toUpperCase() : letter)).join(''),
  );

  test.each(spellings)('%s, in this spelling', async (alg) => {
    const header = { ...HEADER, alg };
    expect(await attack.present(attack.forge(header, attack.claims, () => ''))).toEqual(INVALID);
    expect(await attack.present(attack.forge(header))).toEqual(INVALID);
    expect(await attack.present(attack.forge({ alg, typ: 'at+jwt' }, attack.claims, () => ''))).toEqual(INVALID);
  });

  test.each([
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
    ['hs256', 'sha256'],
    ['HS256 ', 'sha256'],
    ['HS1', 'sha1'],
  ])('%s, by our own key', async (alg, hash) => {
    expect(
      await attack.present(
        attack.forge({ ...HEADER, alg }, attack.claims, (input) => attack.hmac(input, attack.secret, hash)),
      ),
    ).toEqual(INVALID);
  });

  test.each(['RS256', 'RS512', 'PS256'])('%s, by a key of their own', async (alg) => {
    const byRsa = (input: string) =>
      signWith(alg === 'RS512' ? 'sha512' : 'sha256', Buffer.from(input), rsa.privateKey).toString('base64url');
    expect(await attack.present(attack.forge({ ...HEADER, alg }, attack.claims, byRsa))).toEqual(INVALID);
    expect(await attack.present(attack.withHeader({ alg }))).toEqual(INVALID);
  });

  test('HS256 with a public key as the secret, as where RS256 was expected', async () => {
    expect(await attack.present(attack.forge(HEADER, attack.claims, (input) => attack.hmac(input, publicPem)))).toEqual(
      INVALID,
    );
    const der = rsa.publicKey.export({ type: 'spki', format: 'der' });
    expect(await attack.present(attack.forge(HEADER, attack.claims, (input) => attack.hmac(input, der)))).toEqual(
      INVALID,
    );
  });

  test.each(['EdDSA', 'ES256', 'ES256K', ''])('%j, by a key of their own', async (alg) => {
    const byEd = (input: string) => signWith(null, Buffer.from(input), ed25519.privateKey).toString('base64url');
    expect(await attack.present(attack.forge({ ...HEADER, alg }, attack.claims, byEd))).toEqual(INVALID);
  });

  test.each([[['HS256']], [null], [256], [{ name: 'HS256' }]])('%j in place of a name', async (alg) => {
    expect(await attack.present(attack.withHeader({ alg }))).toEqual(INVALID);
  });

  test('none named', async () => {
    expect(await attack.present(attack.forge({ typ: 'at+jwt', kid: 'current' }))).toEqual(INVALID);
  });
});

describe('keys', () => {
  test.each([
    '../../../../dev/null',
    '/dev/null',
    'file:///dev/null',
    'https://attacker.example/jwks.json',
    "' union select 'AA==' --",
    "current' or '1'='1",
    'current\0',
    'Current',
    ' current',
    '',
    '__proto__',
    'constructor',
    'k'.repeat(4000),
    'unknown',
  ])('a kid of %j, with whatever secret it may lead to', async (kid) => {
    for (const secret of [attack.secret, Buffer.alloc(0), Buffer.from('AA=='), Buffer.from(kid)]) {
      expect(
        await attack.present(attack.forge({ ...HEADER, kid }, attack.claims, (input) => attack.hmac(input, secret))),
      ).toEqual(INVALID);
    }
  });

  test.each([[['current']], [{ kid: 'current' }], [null], [0], [true]])('a kid that is %j', async (kid) => {
    expect(await attack.present(attack.withHeader({ kid }))).toEqual(INVALID);
  });

  test.each<[string, object]>([
    ['jwk', { jwk: rsa.publicKey.export({ format: 'jwk' }) }],
    ['jwk, symmetric', { jwk: { kty: 'oct', k: base64url(Buffer.alloc(32)) } }],
    ['jku', { jku: 'https://attacker.example/jwks.json' }],
    ['x5u', { x5u: 'https://attacker.example/cert.pem' }],
    ['x5c', { x5c: ['MIIB'] }],
    ['x5t', { x5t: 'AAAA' }],
    ['crit', { crit: ['exp'] }],
    ['crit, empty', { crit: [] }],
    ['b64', { b64: false, crit: ['b64'] }],
    ['zip', { zip: 'DEF' }],
    ['cty', { cty: 'JWT' }],
    ['claims', { exp: now() + 1000 }],
  ])('%s in the header, even under our own signature', async (_name, member) => {
    expect(await attack.present(attack.withHeader(member))).toEqual(INVALID);
  });

  test.each(['JWT', 'jwt', 'AT+JWT', 'application/at+jwt', 'refresh+jwt', '2fa+jwt', '', null, ['at+jwt']])(
    'a token of the type %j',
    async (typ) => {
      expect(await attack.present(attack.withHeader({ typ }))).toEqual(INVALID);
      const { typ: _typ, ...untyped } = HEADER;
      expect(await attack.present(attack.forge(untyped))).toEqual(INVALID);
    },
  );
});

describe('claims', () => {
  test('an expired one says so, and only under a good signature', async () => {
    const expired = { ...attack.claims, iat: now() - 1000, exp: now() - 1 };
    expect(await attack.present(attack.forge(HEADER, expired))).toEqual({ status: 401, code: 'TOKEN_EXPIRED' });
    expect(await attack.present(attack.forge(HEADER, expired, (input) => attack.hmac(input, 'other')))).toEqual(
      INVALID,
    );
  });

  test.each<[string, () => object]>([
    ['nbf in the future', () => ({ nbf: now() + 120 })],
    ['nbf that is text', () => ({ nbf: '0' })],
    ['iat in the future', () => ({ iat: now() + 120 })],
    ['iat of a broken number', () => ({ iat: 1.5 })],
    ['exp as text', () => ({ exp: String(now() + 1000) })],
    ['exp beyond all numbers', () => ({ exp: 1e300 })],
    ['exp below zero', () => ({ exp: -1 })],
    ['no exp', () => ({ exp: undefined })],
    ['no iat', () => ({ iat: undefined })],
    ['another issuer', () => ({ iss: 'https://attacker.example' })],
    ['several issuers', () => ({ iss: [attack.claims.iss] })],
    ['no issuer', () => ({ iss: undefined })],
    ['another audience', () => ({ aud: 'other-api' })],
    ['several audiences', () => ({ aud: [attack.claims.aud, 'other-api'] })],
    ['one audience in a list', () => ({ aud: [attack.claims.aud] })],
    ['no audience', () => ({ aud: undefined })],
    ['the audience of another purpose', () => ({ aud: `${String(attack.claims.aud)}/two-factor` })],
    ['a list of subjects', () => ({ sub: [attack.claims.sub] })],
    ['two users', () => ({ userId: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' })],
    ['a list of sessions', () => ({ sid: [attack.claims.sid] })],
    ['no session', () => ({ sid: undefined })],
    ['a session id with SQL in it', () => ({ sid: "' or true --" })],
    ['a list of tenants', () => ({ tenantId: [attack.claims.tenantId] })],
    ['a tenant that is not the context', () => ({ tenantId: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' })],
    ['permissions that are text', () => ({ permissions: '*' })],
    ['an actor of their choice', () => ({ act: { sub: attack.claims.sub } })],
    ['an actor without a name', () => ({ act: {} })],
    [
      'the platform',
      () => ({ tenantId: undefined, activeContext: { type: 'platform', id: '00000000-0000-0000-0000-000000000000' } }),
    ],
    ['a context of another kind', () => ({ activeContext: { type: 'root', id: attack.claims.tenantId } })],
  ])('%s', async (_name, change) => {
    expect(await attack.present(attack.withClaims(change()))).toEqual(INVALID);
  });

  test.each([[null], ['text'], [1], [[]], [{}]])('%j as the payload', async (payload) => {
    expect(await attack.present(attack.fromTexts(JSON.stringify(HEADER), JSON.stringify(payload)))).toEqual(INVALID);
  });
});
