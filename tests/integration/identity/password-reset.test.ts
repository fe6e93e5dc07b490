import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';
import {
  aSession,
  aUser,
  auditedOf,
  codeOf,
  elsewhere,
  expireToken,
  issueToken,
  loginAs,
  OTHER_PASSWORD,
  PASSWORD,
  securityEventsOf,
  startAccounts,
  tokensOf,
  typesOf,
  userOf,
  withoutRequestId,
} from './account-fixture.ts';

let app: TestApp;

beforeAll(async () => {
  app = await startAccounts();
});
afterAll(() => app.close());

describe.each(['/api/auth/forgot-password', '/v1/auth/forgot-password'])('POST %s', (path) => {
  const forgot = (email: string) => elsewhere(app).post(path, { email });

  test('asks for a mail, and leaves the account as it is', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    expect((await forgot(user.email.toUpperCase())).status).toBe(202);
    expect(await typesOf(app, user.id)).toEqual(['user.password_reset_requested']);
    expect(await auditedOf(app, user.id)).toContain('user.password_reset_requested');
    expect((await session.get('/api/auth/me')).status).toBe(200);
    expect((await loginAs(app, user.email)).status).toBe(200);
  });

  test('says the same to everybody', async () => {
    const [active, suspended] = [await aUser(app), await aUser(app, { status: 'suspended' })];
    const answers = [
      await forgot(active.email),
      await forgot(suspended.email),
      await forgot('nobody@lakeside.example'),
    ];
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await typesOf(app, suspended.id)).toEqual([]);
  });

  test('does not open the account of an operator whose invitation is open', async () => {
    const user = await aUser(app, { status: 'pending' });
    await app.rows(`update users set platform_role = 'admin', type = 'ADMIN_USER' where id = $1`, [user.id]);
    expect((await forgot(user.email)).status).toBe(202);
    expect(await typesOf(app, user.id)).toEqual([]);
  });
});

describe.each(['/api/auth/reset-password', '/v1/auth/reset-password'])('POST %s', (path) => {
  const reset = (token: string, password = OTHER_PASSWORD) => elsewhere(app).post(path, { token, password });

  test('sets the password and ends everything the old one had opened', async () => {
    const user = await aUser(app);
    const session = await aSession(app, user.email);
    await app.rows(
      `insert into sign_in_challenges (id, user_id, kind, secret_hash, method, expires_at)
       values (gen_random_uuid(), $1, 'two_factor', '\\x00', 'password', now() + interval '5 minutes')`,
      [user.id],
    );
    await issueToken(app, 'magic_link', user.id);
    const token = await issueToken(app, 'password_reset', user.id);

    const answer = await reset(token);

    expect([answer.status, answer.text, answer.headers.getSetCookie()]).toEqual([204, '', []]);
    expect(codeOf(await session.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect(codeOf(await loginAs(app, user.email, PASSWORD))).toEqual([401, 'INVALID_CREDENTIALS']);
    expect((await loginAs(app, user.email, OTHER_PASSWORD)).status).toBe(200);
    expect(await tokensOf(app, user.id)).toEqual([]);
    expect(await app.rows('select 1 from sign_in_challenges where user_id = $1', [user.id])).toEqual([]);
    const reasons = await app.rows(
      'select distinct revoke_reason from sessions where user_id = $1 and revoked_at is not null',
      [user.id],
    );
    expect(reasons).toEqual([{ revoke_reason: 'password_reset' }]);
    expect(await typesOf(app, user.id)).toContain('user.password_changed');
    expect(await securityEventsOf(app, user.id)).toContain('password.reset');
    expect(await auditedOf(app, user.id)).toContain('user.password_reset');
  });

  test('a password that is refused does not use up the token', async () => {
    const user = await aUser(app);
    const token = await issueToken(app, 'password_reset', user.id);
    for (const password of ['short', 'qwerty123456', 'lakeside for ever']) {
      expect(codeOf(await reset(token, password))).toEqual([422, 'PASSWORD_REFUSED']);
    }
    expect((await userOf(app, user.email))?.password_hash).toBe(user.password_hash);
    expect((await reset(token)).status).toBe(204);
  });

  test('answers wrong, used, expired and replaced tokens, and those of other purposes, with one body', async () => {
    const user = await aUser(app);
    const used = await issueToken(app, 'password_reset', user.id);
    await reset(used);
    const replaced = await issueToken(app, 'password_reset', user.id);
    const expired = await issueToken(app, 'password_reset', user.id);
    await expireToken(app, expired);
    const others = [
      await issueToken(app, 'email_verification', user.id),
      await issueToken(app, 'magic_link', user.id),
      await issueToken(app, 'invitation', user.id),
      await issueToken(app, 'operator_invitation', user.id),
    ];
    const answers = await Promise.all([used, replaced, expired, ...others, 'nonsense'].map((token) => reset(token)));
    const [first, ...rest] = answers.map(withoutRequestId);
    expect(first).toMatchObject({ status: 410, error: { code: 'ONE_TIME_TOKEN_INVALID' } });
    for (const answer of rest) expect(answer).toEqual(first);
  });

  test('clears what counted wrong passwords, and not what counts second factors', async () => {
    const user = await aUser(app);
    const client = elsewhere(app);
    for (let count = 0; count < 6; count += 1) {
      await client.post('/api/auth/login', { email: user.email, password: 'wrong' });
    }
    await app.rows(
      `insert into throttles (id, key, kind, user_id, count) values (gen_random_uuid(), $1, 'two_factor', $2, 3)`,
      [`two_factor:${user.id}`, user.id],
    );
    expect(codeOf(await loginAs(app, user.email, PASSWORD))).toEqual([429, 'TOO_MANY_ATTEMPTS']);
    await reset(await issueToken(app, 'password_reset', user.id));
    expect((await loginAs(app, user.email, OTHER_PASSWORD)).status).toBe(200);
    const left = await app.rows('select kind from throttles where user_id = $1', [user.id]);
    expect(left.filter(({ kind }) => kind === 'two_factor')).toHaveLength(1);
  });

  test('a second factor is still asked for', async () => {
    const user = await aUser(app);
    await app.rows(
      `insert into totp_authenticators (user_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())`,
      [user.id],
    );
    await reset(await issueToken(app, 'password_reset', user.id));
    expect((await loginAs(app, user.email, OTHER_PASSWORD)).body.data.status).toBe('two_factor_required');
  });

  test('opens an account that waits, without the password that was set before', async () => {
    const user = await aUser(app, { status: 'pending' });
    await issueToken(app, 'email_verification', user.id);
    expect((await reset(await issueToken(app, 'password_reset', user.id))).status).toBe(204);
    expect(await userOf(app, user.email)).toMatchObject({ status: 'active', email_verified_at: expect.any(Date) });
    expect(await tokensOf(app, user.id)).toEqual([]);
    expect((await loginAs(app, user.email, PASSWORD)).status).toBe(401);
    expect((await loginAs(app, user.email, OTHER_PASSWORD)).status).toBe(200);
  });

  test('does not bring back somebody who has been suspended', async () => {
    const user = await aUser(app, { status: 'suspended' });
    const answer = await reset(await issueToken(app, 'password_reset', user.id));
    expect(codeOf(answer)).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect((await userOf(app, user.email))?.password_hash).toBe(user.password_hash);
  });

  test("follows the policy of the member's tenants, and knows their names", async () => {
    await aPlan(app);
    const tenant = await aTenant(app, await anOperator(app), { name: 'Quayside Music Hall' });
    const [owner] = await app.rows<{ id: string }>('select id from users where email = $1', [tenant.ownerEmail]);
    const token = await issueToken(app, 'password_reset', owner?.id ?? '');
    const named = await reset(token, 'a quayside evening');
    expect(named.body.error.details).toEqual({ reason: 'contains_context' });
    await app.rows(
      `insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
       values ($1, 40, 'optional', true, 90, 14, now())`,
      [tenant.id],
    );
    expect((await reset(token)).body.error.details).toEqual({ reason: 'too_short', minLength: 40 });
  });
});

describe('an owner who is named with a new tenant', () => {
  test('is held to the policy too', async () => {
    await aPlan(app);
    const operator = await anOperator(app);
    const fields = {
      name: 'Riverbank Rooms',
      slug: 'riverbank-rooms',
      email: 'hello@riverbank.example',
      country: 'IN',
      currency: 'INR',
      timeZone: 'Asia/Kolkata',
    };
    const create = (password: string) =>
      operator.post('/api/tenants', { ...fields, owner: { name: 'Asha Rao', email: 'asha@rooms.example', password } });
    expect((await create('by the riverbank')).body.error).toMatchObject({
      code: 'PASSWORD_REFUSED',
      details: { reason: 'contains_context' },
    });
    expect((await create('qwerty123456')).body.error.details).toEqual({ reason: 'too_common' });
    expect(await app.rows(`select 1 from tenants where slug = 'riverbank-rooms'`)).toEqual([]);
    expect((await create(OTHER_PASSWORD)).status).toBe(201);
  });
});
