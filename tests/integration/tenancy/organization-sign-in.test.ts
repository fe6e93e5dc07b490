import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { anOrganization, ORGANIZATION_PASSWORD } from '../../support/organizations.ts';
import { anOperator } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';

let app: TestApp;
let now = new Date('2026-11-20T09:00:00.000Z');

beforeAll(async () => {
  app = await startTestApp({ overrides: { clock: { now: () => now } } });
});

afterAll(() => app.close());

const logIn = (email: string, password = ORGANIZATION_PASSWORD) => app.http.post('/admin/login', { email, password });

const documentsWith = async (token: string) => {
  const answer = await app.http.get('/org/documents', { headers: { authorization: `Bearer ${token}` } });
  return answer.status === 200 ? 200 : `${answer.status} ${answer.body.error.code}`;
};

const HOUR_MS = 3_600_000;

describe('the token', () => {
  test("has the seed's claims and its type, lives six hours, and is written down", async () => {
    const { name, id, email } = await anOrganization(app);
    const answer = await logIn(email.toUpperCase());
    expect([answer.status, Object.keys(answer.body).sort(), answer.body.token_type]).toEqual([
      200,
      ['access_token', 'token_type'],
      'bearer',
    ]);
    const decoded = jwt.decode(answer.body.access_token, { complete: true });
    const [admin] = await app.rows<{ id: string; signed_in: boolean }>(
      'select id, last_sign_in_at is not null as signed_in from organization_admins where organization_id = $1',
      [id],
    );
    expect(admin?.signed_in).toBe(true);
    const iat = now.getTime() / 1000;
    expect(decoded?.payload).toEqual({
      iss: 'rowhouse',
      aud: 'rowhouse-api/organizations',
      sub: admin?.id,
      admin_id: admin?.id,
      org: name,
      collection: expect.stringMatching(/^org_organization_/),
      iat,
      exp: iat + 6 * 3600,
    });
    expect(await app.rows('select action from audit_entries where resource_id = $1', [admin?.id])).toEqual([
      { action: 'organization_admin.signed_in' },
      { action: 'organization_admin.signed_in' },
    ]);

    const begun = now;
    now = new Date(begun.getTime() + 6 * HOUR_MS - 1000);
    expect(await documentsWith(answer.body.access_token)).toBe(200);
    now = new Date(begun.getTime() + 6 * HOUR_MS);
    expect(await documentsWith(answer.body.access_token)).toBe('401 TOKEN_EXPIRED');
    now = begun;
  });

  test("and a user's are two things", async () => {
    const { email } = await anOrganization(app);
    const { access_token: organizationToken } = (await logIn(email)).body;
    const me = await app.http.get('/api/auth/me', { headers: { authorization: `Bearer ${organizationToken}` } });
    expect([me.status, me.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
    const operator = await anOperator(app);
    expect((await operator.get('/api/auth/me')).status).toBe(200);
    const refused = await operator.get('/org/documents');
    expect([refused.status, refused.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
  });

  test('is refused when anything about it is odd', async () => {
    const { email } = await anOrganization(app);
    const { access_token: token } = (await logIn(email)).body;
    const [header = '', payload = '', signature = ''] = token.split('.');
    const claims = Object(jwt.decode(token));
    const [key] = app.container.infrastructure.settings.JWT_KEYS;
    if (key === undefined) throw new Error('There is no key');
    const { exp: _exp, ...endless } = claims;
    const signed = (changes: object, headers: object = {}) =>
      jwt.sign({ ...claims, ...changes }, key.secret, {
        algorithm: 'HS256',
        header: { alg: 'HS256', typ: 'organization-admin+jwt', kid: key.kid, ...headers },
      });
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'organization-admin+jwt', kid: key.kid })).toString(
      'base64url',
    );
    expect(await documentsWith(signed({}))).toBe(200);
    const odd = [
      `${header}.${payload}.${signature.slice(0, -2)}AA`,
      `${none}.${payload}.`,
      signed({}, { typ: 'at+jwt' }),
      signed({}, { kid: 'unknown' }),
      signed({}, { jku: 'https://evil.example' }),
      signed({ aud: 'rowhouse-api' }),
      signed({ iss: 'somebody' }),
      signed({ admin_id: randomUUID() }),
      signed({ admin_id: randomUUID(), sub: randomUUID() }),
      signed({ admin_id: [claims.admin_id] }),
      jwt.sign(endless, key.secret, { header: { alg: 'HS256', typ: 'organization-admin+jwt', kid: key.kid } }),
      signed({ iat: claims.iat + 3600 }),
      'not-a-token',
      'x'.repeat(9000),
    ];
    for (const one of odd) expect(await documentsWith(one)).toMatch(/^401 (?:TOKEN_INVALID|UNAUTHENTICATED)$/);
    expect((await app.http.get('/org/documents', { headers: { authorization: 'Basic YTpi' } })).status).toBe(401);
  });
});

describe('a wrong password', () => {
  test('and an unknown account are answered alike', async () => {
    const { email } = await anOrganization(app);
    const wrong = await logIn(email, 'wrong password');
    const unknown = await logIn(`nobody-${randomUUID()}@acme.example`);
    const { requestId: _one, ...first } = wrong.body.error;
    const { requestId: _two, ...second } = unknown.body.error;
    expect([wrong.status, first.code, first]).toEqual([unknown.status, 'INVALID_CREDENTIALS', second]);
    expect(wrong.status).toBe(401);
  });

  test('too often makes the account wait, also with the right one, and no user of the same address', async () => {
    const operator = await anOperator(app);
    const { email } =
      (await operator.get('/api/auth/me')).body.data.user ?? (await operator.get('/api/auth/me')).body.data;
    const made = await app.http.post('/org/create', {
      organization_name: randomUUID(),
      email,
      password: ORGANIZATION_PASSWORD,
    });
    expect(made.status).toBe(201);
    const answers = await Promise.all(Array.from({ length: 20 }, () => logIn(email, 'wrong password')));
    const looked = answers.filter(({ status }) => status === 401);
    expect(looked.length).toBeLessThanOrEqual(6);
    const refused = await logIn(email);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'TOO_MANY_ATTEMPTS']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const user = await app.http.post('/api/auth/login', { email, password: 'a password for tests only' });
    expect(user.status).toBe(200);
  });

  test.each([
    ['no password', { password: undefined }],
    ['no address', { email: 'x' }],
    ['more', { organization: 'x' }],
  ])('with %s is no request', async (_what, fields) => {
    const answer = await app.http.post('/admin/login', { email: 'a@acme.example', password: 'x', ...fields });
    expect(answer.status).toBe(400);
  });
});

test('a hash of a lower cost is replaced at the next sign-in', async () => {
  const dear = await startTestApp({ database: app.database, settings: { BCRYPT_COST: '5' } });
  const { email } = await anOrganization(app);
  expect((await dear.http.post('/admin/login', { email, password: ORGANIZATION_PASSWORD })).status).toBe(200);
  const [row] = await app.rows<{ hash: string }>(
    'select password_hash as hash from organization_admins where email = $1',
    [email],
  );
  expect(row?.hash).toMatch(/^\$2b\$05\$/);
  expect((await logIn(email)).status).toBe(200);
  await dear.close();
});
