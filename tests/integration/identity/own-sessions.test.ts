import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deviceOf } from '../../../src/services/identity/own-session.service.ts';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';
import { aUser, auditedOf, codeOf, elsewhere, PASSWORD, securityEventsOf, startAccounts } from './account-fixture.ts';

const PATH = '/api/auth/sessions';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

async function openSession(email: string, userAgent = FIREFOX) {
  const answer = await elsewhere(app).post(
    '/api/auth/login',
    { email, password: PASSWORD },
    { 'user-agent': userAgent },
  );
  const client = app.http.with({ authorization: `Bearer ${answer.body.data.accessToken}` });
  const id: string = (await client.get('/api/auth/me')).body.data.session.id;
  return { client, id, refreshToken: String(answer.body.data.refreshToken) };
}

const idsOf = (answer: { body: { data: { id: string }[] } }): string[] => answer.body.data.map(({ id }) => id);

describe('GET /api/auth/sessions', () => {
  test('lists those that live, newest first, and marks the one that asks', async () => {
    const user = await aUser(app);
    const [first, second, third] = [
      await openSession(user.email),
      await openSession(user.email),
      await openSession(user.email),
    ];
    await third.client.post('/api/auth/logout');
    const answer = await first.client.get(PATH);
    expect(answer.status).toBe(200);
    expect(idsOf(answer)).toEqual([second.id, first.id]);
    expect(answer.body.data[1]).toEqual({
      id: first.id,
      current: true,
      method: 'password',
      device: { browser: 'Firefox 140.0', operatingSystem: 'Linux', type: 'desktop' },
      ipAddress: expect.stringMatching(/^10\./),
      createdAt: expect.any(String),
      lastUsedAt: expect.any(String),
      expiresAt: expect.any(String),
      impersonated: false,
      impersonatorName: null,
    });
    expect(answer.body.data[0].current).toBe(false);
  });

  test('leaves out what is over, or was left unused for too long', async () => {
    const user = await aUser(app);
    const [own, over, unused] = [
      await openSession(user.email),
      await openSession(user.email),
      await openSession(user.email),
    ];
    await app.rows(`update sessions set expires_at = now() - interval '1 second' where id = $1`, [over.id]);
    await app.rows(`update refresh_tokens set expires_at = now() - interval '1 second' where session_id = $1`, [
      unused.id,
    ]);
    expect(idsOf(await own.client.get(PATH))).toEqual([own.id]);
  });

  test('says who works in the place of the user', async () => {
    await aPlan(app);
    const operator = await anOperator(app);
    const tenant = await aTenant(app, operator);
    const own = await openSession(tenant.ownerEmail);
    const sessionId = randomUUID();
    await app.rows(
      `insert into sessions (id, user_id, method, home_tenant_id, last_used_at, expires_at)
       select $1, id, 'impersonation', $2, now(), now() + interval '30 minutes' from users where email = $3`,
      [sessionId, tenant.id, tenant.ownerEmail],
    );
    await app.rows(
      `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
       select $1, gen_random_uuid(), operator.id, owner.id, $2, 'read_only', 'Support case', now() + interval '30 minutes'
       from users owner, users operator where owner.email = $3 and operator.platform_role = 'super_admin' limit 1`,
      [tenant.id, sessionId, tenant.ownerEmail],
    );
    const listed = (await own.client.get(PATH)).body.data.find(({ id }: { id: string }) => id === sessionId);
    expect(listed).toMatchObject({
      method: 'impersonation',
      impersonated: true,
      impersonatorName: 'Operator',
      current: false,
    });
    expect((await own.client.delete(`${PATH}/${sessionId}`)).status).toBe(204);
    expect(await app.rows('select revoke_reason from sessions where id = $1', [sessionId])).toEqual([
      { revoke_reason: 'revoked_by_user' },
    ]);
  });

  test('is at most a hundred', async () => {
    const user = await aUser(app);
    const own = await openSession(user.email);
    await app.rows(
      `insert into sessions (id, user_id, last_used_at, expires_at, created_at)
       select gen_random_uuid(), $1, now(), now() + interval '1 day', now() - n * interval '1 minute' from generate_series(1, 150) n`,
      [user.id],
    );
    const ids = idsOf(await own.client.get(PATH));
    expect([ids.length, ids[0]]).toEqual([100, own.id]);
  });

  test('asks for a session', async () => {
    expect(codeOf(await app.http.get(PATH))).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe('DELETE /api/auth/sessions/:id', () => {
  test('ends one session and its refresh token', async () => {
    const user = await aUser(app);
    const [own, other] = [await openSession(user.email), await openSession(user.email)];
    expect((await own.client.delete(`${PATH}/${other.id}`)).status).toBe(204);
    expect(codeOf(await other.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    const refreshed = await app.http.post('/api/auth/refresh', { refreshToken: other.refreshToken });
    expect(refreshed.status).toBe(401);
    expect((await own.client.get('/api/auth/me')).status).toBe(200);
    expect(await securityEventsOf(app, user.id)).toContain('session.revoked');
    const audited = await app.rows(
      `select action from audit_entries where resource_id = $1 and action = 'session.revoked'`,
      [other.id],
    );
    expect(audited).toHaveLength(1);
    expect(codeOf(await own.client.delete(`${PATH}/${other.id}`))).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  test("does not know other people's sessions", async () => {
    const [own, other] = [await openSession((await aUser(app)).email), await openSession((await aUser(app)).email)];
    expect(codeOf(await own.client.delete(`${PATH}/${other.id}`))).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(codeOf(await own.client.delete(`${PATH}/${randomUUID()}`))).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(codeOf(await own.client.delete(`${PATH}/none`))).toEqual([400, 'VALIDATION_FAILED']);
    expect((await other.client.get('/api/auth/me')).status).toBe(200);
    expect((await app.http.delete(`${PATH}/${own.id}`)).status).toBe(401);
  });

  test('of a hundred requests one ends it', async () => {
    const user = await aUser(app);
    const [own, other] = [await openSession(user.email), await openSession(user.email)];
    const answers = await Promise.all(Array.from({ length: 30 }, () => own.client.delete(`${PATH}/${other.id}`)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(29);
  });
});

describe('DELETE /api/auth/sessions', () => {
  test('ends all but the one that asks', async () => {
    const user = await aUser(app);
    const bystander = await openSession((await aUser(app)).email);
    const [own, ...others] = [
      await openSession(user.email),
      await openSession(user.email),
      await openSession(user.email),
    ];
    expect((await own.client.delete(PATH)).status).toBe(204);
    for (const { client } of others) expect((await client.get('/api/auth/me')).status).toBe(401);
    expect(idsOf(await own.client.get(PATH))).toEqual([own.id]);
    expect((await bystander.client.get('/api/auth/me')).status).toBe(200);
    expect(await auditedOf(app, user.id)).toContain('user.sessions_revoked');
    expect((await own.client.delete(PATH)).status).toBe(204);
    expect((await app.http.delete(PATH)).status).toBe(401);
  });
});

describe('a device', () => {
  test.each([
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      { browser: 'Safari 18.5', operatingSystem: 'iOS 18.5', type: 'mobile' },
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
      { browser: 'Chrome 138.0.0.0', operatingSystem: 'Windows 10', type: 'desktop' },
    ],
    ['', { browser: null, operatingSystem: null, type: null }],
    [null, { browser: null, operatingSystem: null, type: null }],
  ])('%s', (userAgent, device) => {
    expect(deviceOf(userAgent)).toEqual(device);
  });

  test.each(['curl/8.5.0', '\u0000', '('.repeat(5000), '<script>'])(
    'what is no browser breaks nothing: %#',
    (userAgent) => {
      expect(deviceOf(userAgent)).toMatchObject({ operatingSystem: null });
    },
  );
});
