import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { TestApp } from '../../support/test-app.ts';
import {
  anAddress,
  aUser,
  auditedOf,
  codeOf,
  elsewhere,
  eventsOf,
  expireToken,
  issueToken,
  loginAs,
  OTHER_PASSWORD,
  PASSWORD,
  securityEventsOf,
  startAccounts,
  typesOf,
  userOf,
} from './account-fixture.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

const signUp = (email: string, fields: Record<string, unknown> = {}, path = '/api/auth/signup') =>
  elsewhere(app).post(path, { email, name: 'Asha Rao', password: PASSWORD, ...fields });

const stored = async (email: string) => {
  const user = await userOf(app, email);
  if (user === undefined) throw new Error(`${email} is nobody`);
  return user;
};

describe.each(['/api/auth/signup', '/v1/auth/signup'])('POST %s', (path) => {
  test('makes an account that waits, and asks for its mail', async () => {
    const email = anAddress();
    const answer = await signUp(email, {}, path);
    expect(answer.status).toBe(202);
    const user = await stored(email);
    expect(user).toMatchObject({ name: 'Asha Rao', status: 'pending', email_verified_at: null });
    expect(await eventsOf(app, user.id)).toEqual([{ type: 'user.signed_up', payload: { userId: user.id } }]);
    expect(await auditedOf(app, user.id)).toEqual(['user.signed_up']);
    expect(await app.rows('select 1 from memberships where user_id = $1', [user.id])).toEqual([]);
    expect(codeOf(await loginAs(app, email))).toEqual([403, 'EMAIL_NOT_VERIFIED']);
  });

  test('stores no password, in no table', async () => {
    const email = anAddress();
    await signUp(email, { password: OTHER_PASSWORD }, path);
    const tables = ['users', 'outbox_events', 'audit_entries', 'security_events', 'login_attempts'];
    for (const table of tables) {
      const found = await app.rows(`select 1 from ${table} t where t::text like $1`, [`%${OTHER_PASSWORD}%`]);
      expect([table, found]).toEqual([table, []]);
    }
  });
});

describe('sign-up', () => {
  test('says the same to the address of an account, and changes nothing of it', async () => {
    const user = await aUser(app);
    const [known, unknown] = [await signUp(user.email, { password: OTHER_PASSWORD }), await signUp(anAddress())];
    expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
    expect(await stored(user.email)).toEqual(user);
    expect(await typesOf(app, user.id)).toEqual(['user.sign_up_repeated']);
  });

  test('knows an address in any case', async () => {
    const user = await aUser(app);
    expect((await signUp(user.email.toUpperCase())).status).toBe(202);
    expect(await typesOf(app, user.id)).toEqual(['user.sign_up_repeated']);
  });

  test('trusts neither password of two that were given for a waiting address', async () => {
    const email = anAddress();
    await signUp(email);
    await signUp(email, { name: 'Somebody else', password: OTHER_PASSWORD });
    const user = await stored(email);
    expect(user).toMatchObject({ name: 'Asha Rao', status: 'pending', password_hash: null });
    expect(await typesOf(app, user.id)).toEqual(['user.signed_up', 'user.signed_up']);
    await elsewhere(app).post('/api/auth/verify-email', {
      token: await issueToken(app, 'email_verification', user.id),
    });
    expect((await loginAs(app, email, PASSWORD)).status).toBe(401);
    expect((await loginAs(app, email, OTHER_PASSWORD)).status).toBe(401);
  });

  test('keeps the password that is given twice', async () => {
    const email = anAddress();
    await signUp(email);
    await signUp(email);
    await elsewhere(app).post('/api/auth/verify-email', {
      token: await issueToken(app, 'email_verification', (await stored(email)).id),
    });
    expect((await loginAs(app, email, PASSWORD)).status).toBe(200);
  });

  test('does not touch an operator who has been invited', async () => {
    const user = await aUser(app, { status: 'pending' });
    await app.rows(`update users set platform_role = 'admin', type = 'ADMIN_USER' where id = $1`, [user.id]);
    expect((await signUp(user.email, { password: OTHER_PASSWORD })).status).toBe(202);
    expect((await stored(user.email)).password_hash).toBe(user.password_hash);
    expect(await typesOf(app, user.id)).toEqual([]);
  });

  test('makes one account of a hundred parallel ones', async () => {
    const email = anAddress();
    const answers = await Promise.all(Array.from({ length: 30 }, () => signUp(email)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await app.rows('select count(*)::int as n from users where email = $1', [email])).toEqual([{ n: 1 }]);
    expect(await typesOf(app, (await stored(email)).id)).toHaveLength(3);
  });

  test.each([
    ['too_short', 'too short'],
    ['too_common', 'qwerty123456'],
    ['contains_context', 'lakeside for ever'],
  ])('refuses a password: %s', async (reason, password) => {
    const email = anAddress();
    const answer = await signUp(email, { password });
    expect(codeOf(answer)).toEqual([422, 'PASSWORD_REFUSED']);
    expect(answer.body.error.details.reason).toBe(reason);
    expect(await userOf(app, email)).toBeUndefined();
  });

  test("follows the platform's policy", async () => {
    await app.rows(
      `insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
       values ('00000000-0000-0000-0000-000000000000', 30, 'optional', true, 90, 14, now())`,
    );
    const answer = await signUp(anAddress());
    await app.rows('delete from security_policies');
    expect(answer.body.error.details).toEqual({ reason: 'too_short', minLength: 30 });
  });

  test.each([
    ['no e-mail', { email: 'nobody' }],
    ['no name', { name: ' ' }],
    ['a control character', { name: 'A\u0000' }],
    ['an unknown field', { platformRole: 'super_admin' }],
    ['a password of 257 characters', { password: 'x'.repeat(257) }],
  ])('refuses %s', async (_what, fields) => {
    expect(codeOf(await signUp(anAddress(), fields))).toEqual([400, 'VALIDATION_FAILED']);
  });

  const NAMES = [
    '田中さんにあげて下さい',
    'ثم نفس سقطت وبالتحديد',
    "Robert'); DROP TABLE users;--",
    '<script>alert(1)</script>',
    '👨‍👩‍👧‍👦 🏳️‍🌈',
    'ﬀ Ω≈ç√∫˜µ≤≥÷',
    '$(touch /tmp/x) `id` %s %n',
    'null',
    '__proto__',
  ];

  test.each(NAMES)('keeps the name %s', async (name) => {
    const email = anAddress();
    expect((await signUp(email, { name })).status).toBe(202);
    expect((await stored(email)).name).toBe(name);
  });
});

describe.each(['/api/auth/verify-email', '/v1/auth/verify-email'])('POST %s', (path) => {
  const verify = (token: string) => elsewhere(app).post(path, { token });

  test('opens the account, once', async () => {
    const email = anAddress();
    await signUp(email);
    const { id } = await stored(email);
    const token = await issueToken(app, 'email_verification', id);
    expect((await verify(token)).status).toBe(204);
    const user = await stored(email);
    expect(user.status).toBe('active');
    expect(user.email_verified_at).toBeInstanceOf(Date);
    expect(await auditedOf(app, id)).toEqual(['user.signed_up', 'user.email_verified']);
    expect(await securityEventsOf(app, id)).toEqual(['email.verified']);
    expect((await loginAs(app, email)).status).toBe(200);
    expect(codeOf(await verify(token))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });

  test('does not open an account that has been suspended', async () => {
    const user = await aUser(app, { status: 'suspended' });
    const answer = await verify(await issueToken(app, 'email_verification', user.id));
    expect(codeOf(answer)).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect((await stored(user.email)).status).toBe('suspended');
  });

  test('refuses what has expired, and what is no token', async () => {
    const user = await aUser(app, { status: 'pending' });
    const token = await issueToken(app, 'email_verification', user.id);
    await expireToken(app, token);
    for (const wrong of [token, 'nonsense', `${token.slice(0, -1)}A`]) {
      expect(codeOf(await verify(wrong))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    }
    expect(codeOf(await verify(''))).toEqual([400, 'VALIDATION_FAILED']);
    expect((await stored(user.email)).status).toBe('pending');
  });
});

describe('POST /api/auth/resend-verification', () => {
  const resend = (email: string) => elsewhere(app).post('/api/auth/resend-verification', { email });

  test('is for accounts that wait, and says the same to all', async () => {
    const [waiting, active, operator] = [
      await aUser(app, { status: 'pending' }),
      await aUser(app),
      await aUser(app, { status: 'pending' }),
    ];
    await app.rows(`update users set platform_role = 'admin', type = 'ADMIN_USER' where id = $1`, [operator.id]);
    const answers = [
      await resend(waiting.email),
      await resend(active.email),
      await resend(operator.email),
      await resend(anAddress()),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(202);
    expect(await typesOf(app, waiting.id)).toEqual(['user.verification_requested']);
    expect(await typesOf(app, active.id)).toEqual([]);
    expect(await typesOf(app, operator.id)).toEqual([]);
    expect(await auditedOf(app, active.id)).toEqual(['user.verification_requested']);
  });
});
