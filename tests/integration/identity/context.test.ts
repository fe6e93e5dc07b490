import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { permissionSet, systemRoles } from '../../../src/types/access-control.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PASSWORD = 'a password for tests only';
const SWITCH = '/api/auth/switch-context';

let app: TestApp;
let operator: HttpClient;
let first: TestTenant;
let second: TestTenant;
let foreign: TestTenant;
let count = 0;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  operator = await anOperator(app);
  first = await aTenant(app, operator);
  second = await aTenant(app, operator);
  foreign = await aTenant(app, operator);
});
afterAll(() => app.close());

let userId: string;
let email: string;
let sessionId: string;
let accessToken: string;
let refreshToken: string;
let person: HttpClient;

const bearer = (token: string) => app.http.with({ authorization: `Bearer ${token}` });
const claimsOf = (token: string) => jwt.decode(token, { json: true });

/** Somebody who owns the first tenant and is on the staff of the second, signed in for the first. */
beforeEach(async () => {
  count += 1;
  userId = randomUUID();
  email = `person-${count}@switch.example`;
  await app.rows(
    `insert into users (id, email, name, type, password_hash, updated_at) values ($1, $2, 'Asha Rao', 'PLATFORM_USER', $3, now())`,
    [userId, email, await app.container.services.passwords.hash(PASSWORD)],
  );
  await app.rows(
    `insert into memberships (tenant_id, id, user_id, role, created_at, updated_at)
     values ($1, gen_random_uuid(), $3, 'owner', now() - interval '1 day', now()),
       ($2, gen_random_uuid(), $3, 'staff', now(), now())`,
    [first.id, second.id, userId],
  );
  const answer = await app.http.post('/api/auth/login', { email, password: PASSWORD });
  ({ accessToken, refreshToken } = answer.body.data);
  sessionId = claimsOf(accessToken)?.sid;
  person = bearer(accessToken);
});

const codeOf = ({ status, body }: { status: number; body: { error?: { code: string } } }) => [status, body.error?.code];
const requireSecondFactor = (tenantId: string) =>
  app.rows(
    `insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
     values ($1, 12, 'required', true, 90, 30, now())`,
    [tenantId],
  );
/** An operator in the place of the person, in the first tenant. */
async function impersonate(): Promise<HttpClient> {
  const [impersonator] = await app.rows<{ id: string }>("select id from users where platform_role = 'super_admin'");
  const sid = randomUUID();
  await app.rows(
    `insert into sessions (id, user_id, method, last_used_at, expires_at)
     values ($1, $2, 'impersonation', now(), now() + interval '20 minutes')`,
    [sid, userId],
  );
  await app.rows(
    `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
     values ($1, gen_random_uuid(), $2, $3, $4, 'full', 'Ticket 4711', now() + interval '20 minutes')`,
    [first.id, impersonator?.id, userId, sid],
  );
  const { accessTokens } = app.container.services;
  const token = accessTokens.sign({
    user: { id: userId, email, name: 'Asha Rao', type: 'PLATFORM_USER' },
    standing: { context: { type: 'tenant', id: asTenantId(first.id) }, role: 'owner', permissions: permissionSet([]) },
    sessionId: sid,
    impersonatorId: impersonator?.id ?? '',
  });
  return bearer(token.accessToken);
}

describe(`POST ${SWITCH}`, () => {
  test('gives an access token for another tenant of theirs, and touches nothing else', async () => {
    const before = await app.rows('select * from sessions where id = $1', [sessionId]);
    const answer = await person.post(SWITCH, { tenantId: second.id });

    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      accessToken: expect.any(String),
      tokenType: 'Bearer',
      expiresIn: 900,
      activeContext: { type: 'tenant', id: second.id },
      role: 'staff',
      permissions: [...systemRoles.staff.permissions],
    });
    const token: string = answer.body.data.accessToken;
    expect(claimsOf(token)).toMatchObject({ sid: sessionId, sub: userId, tenantId: second.id, role: 'staff' });
    expect((await bearer(token).get('/api/auth/me')).body.data).toMatchObject({
      activeContext: { type: 'tenant', id: second.id },
      user: { role: 'staff' },
      session: { id: sessionId },
    });
    expect((await person.get('/api/auth/me')).body.data.activeContext).toEqual({ type: 'tenant', id: first.id });
    expect(await app.rows('select * from sessions where id = $1', [sessionId])).toEqual(before);
    expect(await app.rows('select from refresh_tokens where session_id = $1', [sessionId])).toHaveLength(1);
    const entries = await app.rows(
      "select tenant_id, actor_id, resource_id, changes from audit_entries where action = 'session.context_switched' and actor_id = $1",
      [userId],
    );
    expect(entries).toEqual([
      {
        tenant_id: second.id,
        actor_id: userId,
        resource_id: sessionId,
        changes: { after: { role: 'staff', activeContext: 'tenant' } },
      },
    ]);
  });

  test('and for nothing but the own things', async () => {
    const answer = await person.post(SWITCH, { tenantId: null });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ activeContext: { type: 'self', id: userId }, permissions: [] });
    const alone = bearer(answer.body.data.accessToken);
    expect((await alone.get('/api/auth/me')).status).toBe(200);
    expect(codeOf(await alone.get(`/api/tenants/${first.id}`))).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });

  test('puts the access token alone into a cookie where that is asked for', async () => {
    const answer = await person.post(SWITCH, { tenantId: second.id, tokenDelivery: 'cookie' });
    expect(answer.status).toBe(200);
    expect(answer.body.data.accessToken).toBeUndefined();
    const cookies = answer.headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(/rowhouse_access=.+; HttpOnly/);
    const [cookie = ''] = cookies[0]?.split(';') ?? [];
    const browser = app.http.with({ cookie });
    expect((await browser.get('/api/auth/me')).body.data.activeContext).toEqual({ type: 'tenant', id: second.id });
    const back = await browser.post(SWITCH, { tenantId: first.id });
    expect(codeOf(back)).toEqual([403, 'CSRF_TOKEN_INVALID']);
    const withToken = { 'x-csrf-token': answer.body.data.csrfToken };
    expect((await browser.post(SWITCH, { tenantId: first.id }, withToken)).status).toBe(200);
  });

  test.each<[string, () => Promise<string>]>([
    ["somebody else's", async () => foreign.id],
    ['one that does not exist', async () => randomUUID()],
    [
      'one that has suspended them',
      async () => {
        await app.rows("update memberships set status = 'suspended' where user_id = $1 and tenant_id = $2", [
          userId,
          second.id,
        ]);
        return second.id;
      },
    ],
  ])('refuses %s alike', async (_name, tenantOf) => {
    const answer = await person.post(SWITCH, { tenantId: await tenantOf() });
    expect(codeOf(answer)).toEqual([403, 'TENANT_ACCESS_DENIED']);
    const { requestId: _id, ...error } = answer.body.error;
    const { requestId: _other, ...ofUnknown } = (await person.post(SWITCH, { tenantId: randomUUID() })).body.error;
    expect(error).toEqual(ofUnknown);
    expect(
      await app.rows("select from audit_entries where actor_id = $1 and action like '%switch%'", [userId]),
    ).toEqual([]);
  });

  test('asks for the second factor that the tenant wants, and is content with a session that has one', async () => {
    await requireSecondFactor(second.id);
    try {
      expect(codeOf(await person.post(SWITCH, { tenantId: second.id }))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
      await app.rows('update sessions set two_factor_at = now() where id = $1', [sessionId]);
      expect((await person.post(SWITCH, { tenantId: second.id })).status).toBe(200);
    } finally {
      await app.rows('delete from security_policies');
    }
  });

  test('lets nobody leave the platform, or the place of somebody else', async () => {
    expect(codeOf(await operator.post(SWITCH, { tenantId: first.id }))).toEqual([403, 'OPERATOR_CONTEXT_FIXED']);
    expect(codeOf(await operator.post(SWITCH, { tenantId: null }))).toEqual([403, 'OPERATOR_CONTEXT_FIXED']);
    const answer = await (await impersonate()).post(SWITCH, { tenantId: second.id });
    expect(codeOf(answer)).toEqual([403, 'IMPERSONATION_FORBIDDEN']);
  });

  test('needs a whole session, and a tenant', async () => {
    expect(codeOf(await app.http.post(SWITCH, { tenantId: first.id }))).toEqual([401, 'UNAUTHENTICATED']);
    for (const body of [{}, { tenantId: 'first' }, { tenantId: [first.id] }, { tenantId: first.id, role: 'owner' }]) {
      expect(codeOf(await person.post(SWITCH, body))).toEqual([400, 'VALIDATION_FAILED']);
    }
    await app.rows('update sessions set is_restricted = true where id = $1', [sessionId]);
    const restricted = await aNewProcess((http) =>
      http.post(SWITCH, { tenantId: second.id }, { authorization: `Bearer ${accessToken}` }),
    );
    expect(codeOf(restricted)).toEqual([403, 'SESSION_RESTRICTED']);
  });

  test('a token loses its place with the membership', async () => {
    const token: string = (await person.post(SWITCH, { tenantId: second.id })).body.data.accessToken;
    await app.rows('delete from memberships where user_id = $1 and tenant_id = $2', [userId, second.id]);
    const there = await aNewProcess((http) =>
      http.get('/api/auth/me', { headers: { authorization: `Bearer ${token}` } }),
    );
    expect(codeOf(there)).toEqual([401, 'TOKEN_INVALID']);
    expect((await person.get('/api/auth/me')).status).toBe(200);
  });
});

/** Asks a process that knows no session yet. */
async function aNewProcess<T>(work: (http: HttpClient) => Promise<T>): Promise<T> {
  const { JWT_KEYS, ENCRYPTION_KEYS } = app.container.infrastructure.settings;
  const ring = (keys: typeof JWT_KEYS) =>
    keys.map(({ kid, secret }) => `${kid}:${secret.toString('base64')}`).join(',');
  const other = await startTestApp({
    database: app.database,
    settings: { JWT_KEYS: ring(JWT_KEYS), ENCRYPTION_KEYS: ring(ENCRYPTION_KEYS) },
  });
  try {
    return await work(other.http);
  } finally {
    await other.close();
  }
}

test('two tabs work in two tenants, a thousand calls in turn', async () => {
  const [a, b] = await Promise.all(
    [first, second].map(async ({ id }) => {
      const answer = await app.http.post('/api/auth/refresh', { refreshToken, tenantId: id });
      return { id, tab: bearer(answer.body.data.accessToken) };
    }),
  );
  if (a === undefined || b === undefined) throw new Error('There are two tabs');
  const call = async (index: number) => {
    const { id, tab } = index % 2 === 0 ? a : b;
    const path = index % 4 < 2 ? '/api/auth/me' : '/api/tenants';
    const { status, body } = await tab.get(path);
    const seen =
      path === '/api/tenants' ? body.data.map((tenant: { id: string }) => tenant.id) : [body.data.activeContext.id];
    return { status, isCrossed: seen.length !== 1 || seen[0] !== id };
  };
  const answers = [];
  for (let round = 0; round < 20; round += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, index) => call(index)))));
  }
  expect(answers).toHaveLength(1000);
  expect(answers.filter(({ status, isCrossed }) => status !== 200 || isCrossed)).toEqual([]);
});

describe('GET /api/auth/me', () => {
  test('tells of the session', async () => {
    const { session, impersonation, twoFactorEnabled } = (await person.get('/api/auth/me')).body.data;
    expect({ session, impersonation, twoFactorEnabled }).toEqual({
      session: {
        id: sessionId,
        method: 'password',
        twoFactor: false,
        expiresAt: expect.any(String),
        restricted: false,
      },
      impersonation: null,
      twoFactorEnabled: false,
    });
    const [row] = await app.rows<{ expires_at: Date }>('select expires_at from sessions where id = $1', [sessionId]);
    expect(session.expiresAt).toBe(row?.expires_at.toISOString());
  });

  test('and of the second factor, the one that is set up and the one that was proved', async () => {
    await app.rows(`insert into totp_authenticators (user_id, sealed_secret) values ($1, '\\x00')`, [userId]);
    expect((await person.get('/api/auth/me')).body.data.twoFactorEnabled).toBe(false);
    await app.rows('update totp_authenticators set confirmed_at = now() where user_id = $1', [userId]);
    await app.rows('update sessions set two_factor_at = now() where id = $1', [sessionId]);
    const answer = await person.get('/api/auth/me');
    expect(answer.body.data).toMatchObject({ twoFactorEnabled: true, session: { twoFactor: true } });
  });

  test("shows who works in somebody's place, and none of their other tenants", async () => {
    const impersonator = await impersonate();
    const { user, memberships, impersonation, session } = (await impersonator.get('/api/auth/me')).body.data;
    expect(user.id).toBe(userId);
    expect(memberships.map(({ tenant }: { tenant: { id: string } }) => tenant.id)).toEqual([first.id]);
    expect(session.method).toBe('impersonation');
    expect(impersonation).toEqual({
      impersonator: { id: expect.any(String), name: 'Operator' },
      reason: 'Ticket 4711',
      expiresAt: expect.any(String),
      mode: 'full',
    });
  });
});
