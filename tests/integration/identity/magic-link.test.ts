import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Browser, createBrowser } from '../../support/browser.ts';
import { anOperator, aPlan, aTenant, type TestTenant } from '../../support/people.ts';
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
  PASSWORD,
  type StoredUser,
  securityEventsOf,
  startAccounts,
  tokensOf,
  typesOf,
  userOf,
} from './account-fixture.ts';

const VERIFY = '/api/auth/magic-link/verify';

let app: TestApp;
let tenant: TestTenant;

beforeAll(async () => {
  app = await startAccounts();
  await aPlan(app);
  tenant = await aTenant(app, await anOperator(app));
});
afterAll(() => app.close());

const aBrowser = (): Browser => createBrowser(elsewhere(app));
const sessionsOf = (userId: string) => app.rows('select id, method from sessions where user_id = $1', [userId]);

/** Somebody asks for a link in a browser, and the mail is made. */
async function askFor(user: StoredUser, browser: Browser, path = '/api/auth/magic-link') {
  const answer = await browser.post(path, { email: user.email });
  expect(answer.status).toBe(202);
  const requested = (await eventsOf(app, user.id)).filter(({ type }) => type === 'user.magic_link_requested').at(-1);
  const token = await issueToken(app, 'magic_link', user.id, {
    browserHash: Buffer.from(String(requested?.payload.browserHash), 'base64url'),
    confirmationCodeHash: Buffer.from(String(requested?.payload.confirmationCodeHash), 'base64url'),
  });
  const code: string = answer.body.data.confirmationCode;
  return { token, code };
}

const otherCode = (code: string): string => String((Number(code) + 1) % 1_000_000).padStart(6, '0');

describe.each(['/api/auth/magic-link', '/v1/auth/magic-link'])('POST %s', (path) => {
  test('shows a code and marks the browser', async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const answer = await browser.post(path, { email: user.email.toUpperCase() });
    expect(answer.body.data).toMatchObject({ confirmationCode: expect.stringMatching(/^[0-9]{6}$/), expiresIn: 600 });
    const mark = browser.cookies.get('rowhouse_link');
    expect(mark).toMatchObject({ httpOnly: true, sameSite: 'strict', maxAge: 600, path: '/' });
    const [event] = await eventsOf(app, user.id);
    const hash = createHash('sha256')
      .update(mark?.value ?? '')
      .digest('base64url');
    expect(event).toMatchObject({ type: 'user.magic_link_requested', payload: { userId: user.id, browserHash: hash } });
    expect(JSON.stringify(event)).not.toContain(answer.body.data.confirmationCode);
    expect(await auditedOf(app, user.id)).toEqual(['user.magic_link_requested']);
    expect(await tokensOf(app, user.id)).toEqual([]);
  });

  test('answers unknown and suspended accounts in the same way', async () => {
    const suspended = await aUser(app, { status: 'suspended' });
    const shapeOf = async (email: string) => {
      const { status, body, headers } = await aBrowser().post(path, { email });
      return { status, fields: Object.keys(body.data), cookies: headers.getSetCookie().length };
    };
    const known = await shapeOf((await aUser(app)).email);
    expect(await shapeOf(anAddress())).toEqual(known);
    expect(await shapeOf(suspended.email)).toEqual(known);
    expect(await typesOf(app, suspended.id)).toEqual([]);
  });
});

describe('where a policy turns links off', () => {
  test('nothing is sent, and a link from before opens nothing', async () => {
    const [owner] = await app.rows<StoredUser & Record<string, unknown>>('select * from users where email = $1', [
      tenant.ownerEmail,
    ]);
    if (owner === undefined) throw new Error('The tenant has no owner');
    const browser = aBrowser();
    const { token } = await askFor(owner, browser);
    await app.rows(
      `insert into security_policies (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
       values ($1, 12, 'optional', false, 90, 14, now())`,
      [tenant.id],
    );
    const before = await typesOf(app, owner.id);
    expect((await browser.post('/api/auth/magic-link', { email: owner.email })).status).toBe(202);
    expect(await typesOf(app, owner.id)).toEqual(before);
    expect(codeOf(await browser.post(VERIFY, { token }))).toEqual([403, 'SIGN_IN_METHOD_DISABLED']);
    await app.rows('delete from security_policies where tenant_id = $1', [tenant.id]);
    expect((await browser.post(VERIFY, { token })).status).toBe(200);
  });
});

describe('POST /api/auth/magic-link/verify', () => {
  test('signs in the browser that asked, once', async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    const answer = await browser.post(VERIFY, { token });
    expect(answer.body.data).toMatchObject({ status: 'signed_in', user: { id: user.id, role: 'singer' } });
    const client = app.http.with({ authorization: `Bearer ${answer.body.data.accessToken}` });
    expect((await client.get('/api/auth/me')).status).toBe(200);
    expect(await sessionsOf(user.id)).toMatchObject([{ method: 'magic_link' }]);
    expect(await tokensOf(app, user.id)).toEqual([]);
    expect(codeOf(await browser.post(VERIFY, { token }))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect((await loginAs(app, user.email, PASSWORD)).status).toBe(200);
  });

  test('puts the tokens into cookies where they are asked for', async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    const answer = await browser.post(VERIFY, { token, tokenDelivery: 'cookie' });
    expect(answer.body.data).toMatchObject({ status: 'signed_in', csrfToken: expect.any(String) });
    expect(answer.body.data.accessToken).toBeUndefined();
    expect((await browser.get('/api/auth/me')).status).toBe(200);
  });

  test('asks another browser for the code, and keeps the token meanwhile', async () => {
    const user = await aUser(app);
    const { token, code } = await askFor(user, aBrowser());
    const phone = aBrowser();
    await phone.post('/api/auth/magic-link', { email: anAddress() });
    for (const browser of [aBrowser(), phone]) {
      expect(codeOf(await browser.post(VERIFY, { token }))).toEqual([403, 'CONFIRMATION_CODE_REQUIRED']);
    }
    expect(await tokensOf(app, user.id)).toEqual([{ purpose: 'magic_link', attempts_left: 5 }]);
    expect((await phone.post(VERIFY, { token, confirmationCode: code })).status).toBe(200);
  });

  test('a browser that has asked twice opens the link of the first time', async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    await browser.post('/api/auth/magic-link', { email: anAddress() });
    expect((await browser.post(VERIFY, { token })).status).toBe(200);
  });

  test('five wrong codes are the most, however parallel; the browser that asked is not locked out', async () => {
    const user = await aUser(app);
    const own = aBrowser();
    const { token, code } = await askFor(user, own);
    const attacker = elsewhere(app);
    const wrong = { token, confirmationCode: otherCode(code) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => attacker.post(VERIFY, wrong)));
    const codes = answers.map((answer) => answer.body.error.code);
    expect(codes.filter((each) => each === 'CONFIRMATION_CODE_WRONG')).toHaveLength(5);
    expect(codes.filter((each) => each === 'ONE_TIME_TOKEN_INVALID')).toHaveLength(15);
    expect(codeOf(await attacker.post(VERIFY, { token, confirmationCode: code }))).toEqual([
      410,
      'ONE_TIME_TOKEN_INVALID',
    ]);
    const failed = await app.rows(`select outcome from login_attempts where user_id = $1 and outcome = 'failed'`, [
      user.id,
    ]);
    expect(failed).toHaveLength(5);
    expect((await own.post(VERIFY, { token })).status).toBe(200);
  });

  test('opens an account that waits, and drops the password that was set before', async () => {
    const user = await aUser(app, { status: 'pending' });
    await app.rows('update users set email_verified_at = null where id = $1', [user.id]);
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    const answer = await browser.post(VERIFY, { token });
    expect(answer.body.data.user).toMatchObject({ status: 'active', emailVerifiedAt: expect.any(String) });
    expect(await userOf(app, user.email)).toMatchObject({
      status: 'active',
      password_hash: null,
      email_verified_at: expect.any(Date),
    });
    expect(await securityEventsOf(app, user.id)).toContain('email.verified');
    const client = app.http.with({ authorization: `Bearer ${answer.body.data.accessToken}` });
    expect((await client.get('/api/auth/me')).status).toBe(200);
    expect((await loginAs(app, user.email, PASSWORD)).status).toBe(401);
  });

  test('asks for the second factor, and is used up by that', async () => {
    const user = await aUser(app);
    await app.rows(
      `insert into totp_authenticators (user_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())`,
      [user.id],
    );
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    const answers = await Promise.all(Array.from({ length: 10 }, () => browser.post(VERIFY, { token })));
    const [challenged, ...others] = answers.filter(({ status }) => status === 200);
    expect(challenged?.body.data).toMatchObject({ status: 'two_factor_required' });
    expect(others).toEqual([]);
    expect(await sessionsOf(user.id)).toEqual([]);
    expect(codeOf(await browser.post(VERIFY, { token }))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });

  test("works in the tenant that is asked for, if it is the user's", async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const { token } = await askFor(user, browser);
    const [{ slug } = { slug: '' }] = await app.rows<{ slug: string }>('select slug from tenants where id = $1', [
      tenant.id,
    ]);
    expect(codeOf(await browser.post(VERIFY, { token, subdomain: slug }))).toEqual([403, 'TENANT_ACCESS_DENIED']);
    await app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'owner', now())`,
      [tenant.id, user.id],
    );
    const answer = await browser.post(VERIFY, { token, subdomain: slug });
    expect(answer.body.data.user).toMatchObject({ id: user.id, role: 'owner' });
  });

  test('refuses expired tokens and those of users who were suspended', async () => {
    const user = await aUser(app);
    const browser = aBrowser();
    const first = await askFor(user, browser);
    await expireToken(app, first.token);
    expect(codeOf(await browser.post(VERIFY, { token: first.token }))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    const second = await askFor(user, browser);
    await app.rows(`update users set status = 'suspended' where id = $1`, [user.id]);
    expect(codeOf(await browser.post(VERIFY, { token: second.token }))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect(await sessionsOf(user.id)).toEqual([]);
  });

  test('takes six digits and no other code', async () => {
    const answer = await app.http.post(VERIFY, { token: 'x', confirmationCode: '12345a' });
    expect(codeOf(answer)).toEqual([400, 'VALIDATION_FAILED']);
  });
});
