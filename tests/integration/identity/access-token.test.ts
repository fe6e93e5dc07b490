import { createHmac, createSecretKey, randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import express, { type ErrorRequestHandler } from 'express';
import jwt from 'jsonwebtoken';
import { AppError } from '../../../src/errors/app-error.ts';
import { createAuthMiddleware } from '../../../src/middleware/auth.middleware.ts';
import {
  type IdentityFixture,
  noCookies,
  publicRequest,
  type SignedInPerson,
  startIdentity,
} from './identity-fixture.ts';

const SECRET = randomBytes(32);
const OTHER_SECRET = randomBytes(32);
const RETIRED_SECRET = randomBytes(32);
const key = createSecretKey(SECRET);

let fixture: IdentityFixture;
let server: Server;
let url: string;

beforeAll(async () => {
  const ring = [`new:${SECRET.toString('base64')}`, `old:${RETIRED_SECRET.toString('base64')}`];
  fixture = await startIdentity({ JWT_KEYS: ring.join(',') });
  const { accessTokens, apiKeyRegistry: apiKeys, sessionRegistry, browserSessions } = fixture.identity.services;
  const { settings, clock } = fixture.infrastructure;
  const app = express();
  app.use((req, _res, next) => {
    req.state = { ctx: publicRequest('none'), principal: null, operationId: 'test', startedAt: performance.now() };
    next();
  });
  app.use(createAuthMiddleware({ accessTokens, apiKeys, sessions: sessionRegistry, browserSessions, settings, clock }));
  app.get('/', (req, res) => void res.json(req.state.principal));
  const answerError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    if (error instanceof AppError) res.status(error.statusCode).json({ code: error.code });
    else res.status(500).json({ code: String(error) });
  };
  app.use(answerError);
  await new Promise<void>((resolve) => {
    server = app.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  url = `http://127.0.0.1:${address.port}/`;
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await fixture.close();
});

let person: SignedInPerson;
let accessToken: string;
let userId: string;

beforeEach(async () => {
  const user = await fixture.addUser();
  userId = user.id;
  const tenantId = await fixture.addTenant(`t${userId}`);
  await fixture.addMember(userId, tenantId);
  person = await fixture.signIn(user.email);
  accessToken = person.accessToken;
});

const ask = async (authorization: string | undefined) => {
  const response = await fetch(url, { headers: authorization === undefined ? {} : { authorization } });
  return { status: response.status, body: await response.json() };
};
const present = (token: string) => ask(`Bearer ${token}`);

const claims = () => {
  const payload = jwt.decode(accessToken);
  if (payload === null || typeof payload === 'string') throw new Error('No claims');
  return payload;
};
const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const header = { alg: 'HS256', typ: 'at+jwt', kid: 'new' } as const;
const signed = (payload: object, head: object = header, secret: Buffer = SECRET, hash = 'sha256') => {
  const input = `${base64url(head)}.${base64url(payload)}`;
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
};
const now = () => Math.floor(Date.now() / 1000);

describe('accepted', () => {
  test('a fresh token, again and again', async () => {
    const first = await present(accessToken);
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      actor: { type: 'user', id: userId, role: 'owner', sessionId: claims().sid },
      tenantId: claims().tenantId,
      isOperator: false,
    });
    expect(await present(accessToken)).toEqual(first);
    expect(await ask(`bearer ${accessToken}`)).toEqual(first);
  });

  test('one whose role and permissions are not those of its user: theirs count', async () => {
    const boasting = await present(signed({ ...claims(), role: 'super_admin', permissions: ['*'] }));
    expect(boasting.status).toBe(200);
    expect(boasting.body).toMatchObject({ actor: { role: 'owner' }, isOperator: false });
    expect(boasting.body).not.toMatchObject({ permissions: { patterns: expect.arrayContaining(['*']) } });
  });

  test('one signed by a key that only verifies any more', async () => {
    const old = signed(claims(), { ...header, kid: 'old' }, RETIRED_SECRET);
    expect((await present(old)).status).toBe(200);
  });
});

describe('refused', () => {
  const invalid = { status: 401, body: { code: 'TOKEN_INVALID' } };

  test('nothing, or no bearer token: UNAUTHENTICATED', async () => {
    const unauthenticated = { status: 401, body: { code: 'UNAUTHENTICATED' } };
    expect(await ask(undefined)).toEqual(unauthenticated);
    expect(await ask(`Basic ${accessToken}`)).toEqual(unauthenticated);
    expect(await ask('Bearer')).toEqual(unauthenticated);
    expect(await ask(accessToken)).toEqual(unauthenticated);
  });

  test('an expired one: TOKEN_EXPIRED, unless the signature is wrong too', async () => {
    const expired = { ...claims(), iat: now() - 1000, exp: now() - 1 };
    expect(await present(signed(expired))).toEqual({ status: 401, body: { code: 'TOKEN_EXPIRED' } });
    expect(await present(signed(expired, header, OTHER_SECRET))).toEqual(invalid);
  });

  test.each<[string, () => string]>([
    ['alg none', () => `${base64url({ ...header, alg: 'none' })}.${base64url(claims())}.`],
    ['alg nOnE', () => `${base64url({ ...header, alg: 'nOnE' })}.${base64url(claims())}.`],
    ['alg none with a signature', () => signed(claims(), { ...header, alg: 'none' })],
    ['no signature', () => accessToken.slice(0, accessToken.lastIndexOf('.') + 1)],
    ['HS512 by the same key', () => signed(claims(), { ...header, alg: 'HS512' }, SECRET, 'sha512')],
    ['HS384 by the same key', () => signed(claims(), { ...header, alg: 'HS384' }, SECRET, 'sha384')],
    ['RS256 in the header', () => signed(claims(), { ...header, alg: 'RS256' })],
    ['a key of somebody else', () => signed(claims(), header, OTHER_SECRET)],
    ['an unknown kid', () => signed(claims(), { ...header, kid: 'other' })],
    ["another key's kid", () => signed(claims(), { ...header, kid: 'old' })],
    ['a path as kid', () => signed(claims(), { ...header, kid: '../../dev/null' }, Buffer.alloc(0))],
    ['an array as kid', () => signed(claims(), { ...header, kid: ['new'] })],
    ['no kid', () => signed(claims(), { alg: 'HS256', typ: 'at+jwt' })],
    ['another typ', () => signed(claims(), { ...header, typ: 'JWT' })],
    ['typ JWT and a payload that is no JSON', () => `${base64url({ ...header, typ: 'JWT' })}.bm8ganNvbg.c2ln`],
    ['a critical extension', () => signed(claims(), { ...header, crit: ['b64'], b64: false })],
    [
      'a key in its own header',
      () => signed(claims(), { ...header, kid: 'x', jwk: { kty: 'oct', k: 'AAAA' } }, Buffer.alloc(3)),
    ],
    [
      'a swapped payload',
      () => {
        const [head, , signature] = accessToken.split('.');
        return `${head}.${base64url({ ...claims(), role: 'super_admin', permissions: ['*'] })}.${signature}`;
      },
    ],
    ['another issuer', () => signed({ ...claims(), iss: 'elsewhere' })],
    ['another audience', () => signed({ ...claims(), aud: 'elsewhere' })],
    ['no audience', () => signed({ ...claims(), aud: undefined })],
    ['several audiences', () => signed({ ...claims(), aud: ['rowhouse-api', 'elsewhere'] })],
    ['issued in the future', () => signed({ ...claims(), iat: now() + 120, exp: now() + 900 })],
    ['not valid yet', () => signed({ ...claims(), nbf: now() + 120 })],
    ['no expiry', () => signed({ ...claims(), exp: undefined })],
    ['an expiry that is a string', () => signed({ ...claims(), exp: String(now() + 900) })],
    ['sub as an array', () => signed({ ...claims(), sub: [userId] })],
    ['sub of another user', () => signed({ ...claims(), sub: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' })],
    ['role as an array', () => signed({ ...claims(), role: ['owner'] })],
    ['permissions as a string', () => signed({ ...claims(), permissions: '*' })],
    ['tenantId as an array', () => signed({ ...claims(), tenantId: [claims().tenantId] })],
    ['a tenant unlike its context', () => signed({ ...claims(), tenantId: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' })],
    ['no session', () => signed({ ...claims(), sid: undefined })],
    [
      'the platform, for a member',
      () => {
        const { tenantId: _, ...rest } = claims();
        return signed({
          ...rest,
          role: 'admin',
          activeContext: { type: 'platform', id: '00000000-0000-0000-0000-000000000000' },
        });
      },
    ],
    ['an array as payload', () => signed([claims()])],
    ['two parts', () => accessToken.split('.').slice(0, 2).join('.')],
    ['five parts, as an encrypted one has', () => `${accessToken}.x.y`],
    ['longer than 8 KiB', () => signed({ ...claims(), name: 'x'.repeat(8000) })],
    ['not base64', () => '%%%.%%%.%%%'],
  ])('%s: TOKEN_INVALID', async (_name, forge) => {
    expect(await present(forge())).toEqual(invalid);
    expect((await present(accessToken)).status).toBe(200);
  });

  test('one that another session signed for: SESSION_REVOKED', async () => {
    const forged = jwt.sign({ ...claims(), sid: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' }, key, { header });
    expect(await present(forged)).toEqual({ status: 401, body: { code: 'SESSION_REVOKED' } });
  });

  test('one of a session that was signed out of, from the next request on: SESSION_REVOKED', async () => {
    expect((await present(accessToken)).status).toBe(200);
    await fixture.auth.logout(fixture.requestOf(person, 'session.revoked'), noCookies);
    expect(await present(accessToken)).toEqual({ status: 401, body: { code: 'SESSION_REVOKED' } });
    expect(await present(accessToken)).toEqual({ status: 401, body: { code: 'SESSION_REVOKED' } });
  });
});
