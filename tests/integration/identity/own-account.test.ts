import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/test-app.ts';
import {
  aSession,
  aUser,
  auditedOf,
  codeOf,
  issueToken,
  loginAs,
  OTHER_PASSWORD,
  PASSWORD,
  securityEventsOf,
  startAccounts,
  tokensOf,
  typesOf,
  userOf,
} from './account-fixture.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

const stored = async (email: string) => {
  const user = await userOf(app, email);
  if (user === undefined) throw new Error(`${email} is nobody`);
  return user;
};

describe('POST /api/auth/change-password', () => {
  const PATH = '/api/auth/change-password';
  const change = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };

  test('ends every other session and keeps this one', async () => {
    const user = await aUser(app);
    const [own, other] = [await aSession(app, user.email), await aSession(app, user.email)];
    await issueToken(app, 'password_reset', user.id);
    await issueToken(app, 'magic_link', user.id);
    expect((await own.post(PATH, change)).status).toBe(204);
    expect((await own.get('/api/auth/me')).status).toBe(200);
    expect(codeOf(await other.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect((await loginAs(app, user.email, PASSWORD)).status).toBe(401);
    expect((await loginAs(app, user.email, OTHER_PASSWORD)).status).toBe(200);
    expect(await tokensOf(app, user.id)).toEqual([]);
    expect(await typesOf(app, user.id)).toContain('user.password_changed');
    expect(await auditedOf(app, user.id)).toContain('user.password_changed');
    expect(await securityEventsOf(app, user.id)).toContain('password.changed');
    expect((await stored(user.email)).password_changed_at).toBeInstanceOf(Date);
  });

  test('counts wrong ones before it looks at them', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    const wrong = { ...change, currentPassword: 'not it' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => session.post(PATH, wrong)));
    const codes = answers.map((answer) => answer.body.error.code);
    expect(codes.filter((code) => code === 'CURRENT_PASSWORD_WRONG')).toHaveLength(5);
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(15);
    const refused = await session.post(PATH, change);
    expect(codeOf(refused)).toEqual([429, 'TOO_MANY_ATTEMPTS']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await stored(user.email)).password_hash).toBe(user.password_hash);
  });

  test('a right one is not counted', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    const [first, second] = [PASSWORD, OTHER_PASSWORD];
    for (const [currentPassword, newPassword] of [
      [first, second],
      [second, first],
      [first, second],
      [second, first],
      [first, second],
      [second, first],
    ]) {
      expect((await session.post(PATH, { currentPassword, newPassword })).status).toBe(204);
    }
  });

  test('of two parallel ones one wins', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    const answers = await Promise.all([
      session.post(PATH, change),
      session.post(PATH, { ...change, newPassword: 'another seventeen herons' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
  });

  test('asks for a session, for a good password and for the fields', async () => {
    const session = await aSession(app, (await aUser(app)).email);
    expect(codeOf(await app.http.post(PATH, change))).toEqual([401, 'UNAUTHENTICATED']);
    expect(codeOf(await session.post(PATH, { ...change, newPassword: 'short' }))).toEqual([422, 'PASSWORD_REFUSED']);
    expect(codeOf(await session.post(PATH, { newPassword: OTHER_PASSWORD }))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('does not give a password to who has none: that takes the mailbox', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    await app.rows('update users set password_hash = null where id = $1', [user.id]);
    expect(codeOf(await session.post(PATH, change))).toEqual([403, 'CURRENT_PASSWORD_WRONG']);
  });
});

describe('PATCH /api/auth/me', () => {
  const patch = (session: Awaited<ReturnType<typeof aSession>>, body: unknown) =>
    session.send('PATCH', '/api/auth/me', { body });

  test('changes what is there and leaves the rest', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    const avatarUrl = 'https://cdn.lakeside.example/asha.png';
    const first = await patch(session, { phone: '+91 80 4718 2200', avatarUrl, locale: 'HI-in' });
    expect([first.status, first.body.data]).toMatchObject([
      200,
      { id: user.id, name: user.name, phone: '+91 80 4718 2200', avatarUrl, locale: 'hi-IN', role: 'singer' },
    ]);
    const second = await patch(session, { name: 'Asha R.', phone: null });
    expect(second.body.data).toMatchObject({ name: 'Asha R.', phone: null, avatarUrl, locale: 'hi-IN' });
    expect((await session.get('/api/auth/me')).body.data.user).toEqual(second.body.data);
    const [entry] = await app.rows<{ changes: unknown }>(
      `select changes from audit_entries where resource_id = $1 and action = 'user.profile_updated' order by occurred_at desc, id desc limit 1`,
      [user.id],
    );
    expect(entry?.changes).toEqual({
      before: { name: 'Asha', phone: '+91 80 4718 2200' },
      after: { name: 'Asha R.', phone: null },
    });
  });

  test.each([
    ['an http address', { avatarUrl: 'http://cdn.lakeside.example/asha.png' }],
    ['a script', { avatarUrl: 'javascript:alert(1)' }],
    ['no language', { locale: 'not a language' }],
    ['an e-mail', { email: 'other@lakeside.example' }],
    ['a status', { status: 'active' }],
    ['a role', { platformRole: 'super_admin' }],
    ['no name', { name: null }],
  ])('refuses %s', async (_what, body) => {
    const session = await aSession(app, (await aUser(app)).email);
    expect(codeOf(await patch(session, body))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('asks for a session', async () => {
    expect((await app.http.send('PATCH', '/api/auth/me', { body: {} })).status).toBe(401);
  });
});
