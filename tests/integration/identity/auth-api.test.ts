import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

const PASSWORD = 'a password for tests only';

let app: TestApp;
let tenant: TestTenant;

beforeAll(async () => {
  app = await startTestApp();
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
});
afterAll(() => app.close());

const login = () => app.http.post('/api/auth/login', { email: tenant.ownerEmail, password: PASSWORD });
const authorized = (accessToken: string) => app.http.with({ authorization: `Bearer ${accessToken}` });

describe('POST /api/auth/login', () => {
  test('answers with tokens that work', async () => {
    const answer = await login();
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      status: 'signed_in',
      tokenType: 'Bearer',
      expiresIn: 900,
      user: { email: tenant.ownerEmail, role: 'owner' },
    });
    expect(answer.text).not.toContain('$2b$');
    expect((await authorized(answer.body.data.accessToken).get('/api/auth/me')).status).toBe(200);
  });

  test('answers a wrong password and an unknown account alike', async () => {
    const wrong = await app.http.post('/api/auth/login', { email: tenant.ownerEmail, password: 'wrong' });
    const unknown = await app.http.post('/api/auth/login', { email: 'nobody@lakeside.example', password: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.body.error).toMatchObject({ code: 'INVALID_CREDENTIALS', statusCode: 401 });
    const { requestId: _one, ...ofWrong } = wrong.body.error;
    const { requestId: _other, ...ofUnknown } = unknown.body.error;
    expect([unknown.status, ofUnknown]).toEqual([wrong.status, ofWrong]);
  });

  test('says what is wrong with a body', async () => {
    const answer = await app.http.post('/api/auth/login', { email: 'asha', role: 'admin' });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('VALIDATION_FAILED');
    const paths = answer.body.error.details.map(({ path }: { path: string }) => path);
    expect(paths.sort()).toEqual(['body.email', 'body.password', 'body.role']);
  });

  test('refuses a tenant that is not theirs', async () => {
    const body = { email: tenant.ownerEmail, password: PASSWORD, subdomain: 'elsewhere' };
    const answer = await app.http.post('/api/auth/login', body);
    expect([answer.status, answer.body.error.code]).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });
});

describe('POST /api/auth/refresh', () => {
  test('exchanges a token, and the same one for the same successor', async () => {
    const { refreshToken } = (await login()).body.data;
    const answer = await app.http.post('/api/auth/refresh', { refreshToken });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.data).sort()).toEqual(['accessToken', 'expiresIn', 'refreshToken', 'tokenType']);
    const again = await app.http.post('/api/auth/refresh', { refreshToken });
    expect(again.body.data.refreshToken).toBe(answer.body.data.refreshToken);
    expect((await authorized(answer.body.data.accessToken).get('/api/auth/me')).status).toBe(200);
  });

  test('refuses what is none', async () => {
    const answer = await app.http.post('/api/auth/refresh', { refreshToken: 'none' });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    expect((await app.http.post('/api/auth/refresh', {})).status).toBe(401);
    expect((await app.http.post('/api/auth/refresh', { refreshToken: '' })).status).toBe(400);
  });
});

describe('POST /api/auth/logout', () => {
  test('ends the session at once', async () => {
    const { accessToken, refreshToken } = (await login()).body.data;
    const answer = await authorized(accessToken).post('/api/auth/logout');
    expect([answer.status, answer.text]).toEqual([204, '']);
    const after = await authorized(accessToken).get('/api/auth/me');
    expect([after.status, after.body.error.code]).toEqual([401, 'SESSION_REVOKED']);
    expect((await app.http.post('/api/auth/refresh', { refreshToken })).status).toBe(401);
  });

  test('needs a session', async () => {
    const answer = await app.http.post('/api/auth/logout');
    expect([answer.status, answer.body.error.code]).toEqual([401, 'UNAUTHENTICATED']);
  });
});

describe("the singers' app", () => {
  test('signs in, refreshes and signs out with tokens in the body', async () => {
    const signedIn = await app.http.post('/v1/auth/signin', { email: tenant.ownerEmail, password: PASSWORD });
    expect([signedIn.status, signedIn.body.data.status]).toEqual([200, 'signed_in']);
    const { refreshToken } = signedIn.body.data;
    const refreshed = await app.http.post('/v1/auth/refresh', { refreshToken });
    expect(refreshed.status).toBe(200);
    const singer = authorized(refreshed.body.data.accessToken);
    expect((await singer.post('/v1/auth/signout')).status).toBe(204);
    expect((await singer.get('/api/auth/me')).body.error.code).toBe('SESSION_REVOKED');
    const { sub } = JSON.parse(Buffer.from(signedIn.body.data.accessToken.split('.')[1], 'base64url').toString());
    const actions = await app.rows('select action from audit_entries where actor_id = $1 order by id desc limit 3', [
      sub,
    ]);
    expect(actions.map(({ action }) => action)).toEqual(['session.revoked', 'session.refreshed', 'session.created']);
  });

  test('has no tokens in cookies', async () => {
    const body = { email: tenant.ownerEmail, password: PASSWORD, tokenDelivery: 'cookie' };
    expect((await app.http.post('/v1/auth/signin', body)).status).toBe(400);
    expect((await app.http.post('/v1/auth/refresh', {})).status).toBe(400);
    expect((await app.http.post('/v1/auth/signout')).status).toBe(401);
  });
});

describe('GET /api/auth/me', () => {
  test('shows a member their tenant and an operator the platform', async () => {
    const answer = await tenant.owner.get('/api/auth/me');
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({
      user: { email: tenant.ownerEmail, role: 'owner' },
      memberships: [{ tenant: { id: tenant.id }, role: 'owner', status: 'active' }],
      activeContext: { type: 'tenant', id: tenant.id },
    });
    const operator = await tenant.operator.get('/api/auth/me');
    expect(operator.body.data).toMatchObject({
      activeContext: { type: 'platform' },
      permissions: ['*'],
      memberships: [],
    });
  });

  test('needs a session', async () => {
    expect((await app.http.get('/api/auth/me')).status).toBe(401);
    const answer = await authorized('x.y.z').get('/api/auth/me');
    expect([answer.status, answer.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
  });
});
