import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import {
  codeOf,
  PASSWORD,
  type Person,
  startTwoFactor,
  succeeded,
  type TwoFactorFixture,
} from './two-factor-fixture.ts';

let fixture: TwoFactorFixture;

beforeAll(async () => {
  fixture = await startTwoFactor({ SELLER_NAME: 'Lakeside & Sons' });
});
afterAll(() => fixture.app.close());

const setUp = (client: HttpClient, body: unknown = { password: PASSWORD }) => client.post('/api/auth/2fa/setup', body);

/** Lets the waits of a throttle pass. */
const waitOut = (person: Person) =>
  fixture.app.rows("update throttles set blocked_until = now() - interval '1 second' where user_id = $1", [person.id]);

describe('POST /api/auth/2fa/setup', () => {
  test('answers with a secret that stands sealed in its row, and is in force for nobody yet', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);

    const { data } = succeeded(await setUp(client)).body;

    expect(data.secret).toMatch(/^[A-Z2-7]{32}$/);
    const uri = new URL(data.otpauthUri);
    expect(decodeURIComponent(uri.pathname)).toBe(`/Lakeside & Sons:${person.email}`);
    expect([uri.searchParams.get('secret'), uri.searchParams.get('issuer')]).toEqual([data.secret, 'Lakeside & Sons']);
    const [type, png] = data.qrCode.split(',');
    expect(type).toBe('data:image/png;base64');
    expect(Buffer.from(png, 'base64').subarray(1, 4).toString()).toBe('PNG');
    expect(data.expiresIn).toBe(900);

    const [row] = await fixture.app.rows<{ sealed_secret: Buffer; confirmed_at: unknown }>(
      'select sealed_secret, confirmed_at from totp_authenticators where user_id = $1',
      [person.id],
    );
    expect(row?.confirmed_at).toBeNull();
    expect(row?.sealed_secret.includes(fixture.authenticatorOf(data.secret).secret)).toBe(false);
    expect(row?.sealed_secret.includes(Buffer.from(data.secret))).toBe(false);
    expect(await fixture.auditOf(person.id, 'two_factor.setup_started')).toBe(1);
    const audit = await fixture.app.rows('select changes from audit_entries where resource_id = $1', [person.id]);
    expect(JSON.stringify(audit)).not.toContain(data.secret);
    expect((await fixture.login(person.email)).body.data.status).toBe('signed_in');
  });

  test('asks for the password again', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);
    const missing = await setUp(client, {});
    expect([missing.status, missing.body.error.details[0].path]).toEqual([400, 'body.password']);
    expect(codeOf(await setUp(client, { password: 'another one' }))).toEqual([403, 'CURRENT_PASSWORD_WRONG']);
    expect(await fixture.app.rows('select 1 from totp_authenticators where user_id = $1', [person.id])).toEqual([]);
    await fixture.app.rows('update users set password_hash = null where id = $1', [person.id]);
    expect((await setUp(client, {})).status).toBe(200);
  });

  test('counts wrong passwords, which a stolen session could try', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);
    const answers = await Promise.all(Array.from({ length: 12 }, () => setUp(client, { password: 'wrong' })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(5).fill(403), ...Array(7).fill(429)]);
    const refused = await setUp(client);
    expect(codeOf(refused)).toEqual([429, 'TOO_MANY_ATTEMPTS']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await waitOut(person);
    expect((await setUp(client)).status).toBe(200);
  });

  test('replaces a secret that waits, never one that works', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);
    const first = succeeded(await setUp(client)).body.data;
    const second = succeeded(await setUp(client)).body.data;
    const app = fixture.authenticatorOf(second.secret);
    const { challengeToken } = first;
    expect(codeOf(await fixture.verify({ challengeToken, code: app.freshCode() }))).toEqual([401, 'CHALLENGE_INVALID']);
    succeeded(await fixture.verify({ challengeToken: second.challengeToken, code: app.freshCode() }));
    const before = await fixture.app.rows('select * from totp_authenticators where user_id = $1', [person.id]);
    expect(codeOf(await setUp(client))).toEqual([409, 'TWO_FACTOR_ALREADY_ENABLED']);
    expect(await fixture.app.rows('select * from totp_authenticators where user_id = $1', [person.id])).toEqual(before);
  });

  test('needs a session, and a body without anything else', async () => {
    expect((await setUp(fixture.app.http)).status).toBe(401);
    const client = await fixture.signIn(await fixture.aPerson());
    const answer = await setUp(client, { password: PASSWORD, secret: 'MINE' });
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, 'body.secret']);
  });
});

describe('POST /api/auth/2fa/verify with the first code', () => {
  test('puts the authenticator into force, shows ten recovery codes, and ends the other sessions', async () => {
    const person = await fixture.aPerson();
    const [client, other] = [await fixture.signIn(person), await fixture.signIn(person)];
    const setup = succeeded(await setUp(client)).body.data;
    const code = fixture.authenticatorOf(setup.secret).code();

    const answer = await fixture.verify({ challengeToken: setup.challengeToken, code });

    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body.data).sort()).toEqual(['recoveryCodes', 'status']);
    const { status, recoveryCodes } = answer.body.data;
    expect(status).toBe('two_factor_enabled');
    expect(new Set(recoveryCodes).size).toBe(10);
    const stored = await fixture.app.rows<{ code_hash: Buffer }>(
      'select code_hash from recovery_codes where user_id = $1',
      [person.id],
    );
    expect(stored.map(({ code_hash }) => code_hash.length)).toEqual(Array(10).fill(32));
    expect((await client.get('/api/auth/me')).body.data).toMatchObject({
      twoFactorEnabled: true,
      session: { twoFactor: true },
    });
    expect(codeOf(await other.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect(
      await fixture.app.rows('select revoke_reason from sessions where user_id = $1 and revoked_at is not null', [
        person.id,
      ]),
    ).toEqual([{ revoke_reason: 'two_factor_changed' }]);
    expect(await fixture.auditOf(person.id, 'two_factor.enabled')).toBe(1);
    expect(await fixture.eventsOf(person.id)).toContain('user.two_factor_enabled');
    expect(await fixture.securityEventsOf(person.id)).toContain('two_factor.enabled');
  });

  test('uses that code up', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);
    const setup = succeeded(await setUp(client)).body.data;
    const code = fixture.authenticatorOf(setup.secret).code();
    succeeded(await fixture.verify({ challengeToken: setup.challengeToken, code }));
    const challengeToken = await fixture.challengeOf(person);
    expect(codeOf(await fixture.verify({ challengeToken, code }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
  });

  test('takes five attempts and no recovery code', async () => {
    const person = await fixture.aPerson();
    const client = await fixture.signIn(person);
    const { challengeToken, secret } = succeeded(await setUp(client)).body.data;
    const app = fixture.authenticatorOf(secret);
    const recoveryCode = 'abcd-efgh-ijkl-mnop-qrst-uvwx';
    expect(codeOf(await fixture.verify({ challengeToken, recoveryCode }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      const answer = await fixture.verify({ challengeToken, code: app.code(10) });
      expect(codeOf(answer)).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
    }
    expect(codeOf(await fixture.verify({ challengeToken, code: app.code() }))).toEqual([401, 'CHALLENGE_INVALID']);
    expect((await fixture.login(person.email)).body.data.status).toBe('signed_in');
  });

  test('is refused once the session that set it up has ended', async () => {
    const client = await fixture.signIn(await fixture.aPerson());
    const { challengeToken, secret } = succeeded(await setUp(client)).body.data;
    succeeded(await client.post('/api/auth/logout'));
    const { freshCode } = fixture.authenticatorOf(secret);
    expect(codeOf(await fixture.verify({ challengeToken, code: freshCode() }))).toEqual([401, 'CHALLENGE_INVALID']);
  });
});

describe('the addresses of the singers’ app', () => {
  test('do the same', async () => {
    const person = await fixture.aPerson(null);
    const client = await fixture.signIn(person);
    const setup = succeeded(await client.post('/v1/auth/2fa/setup', { password: PASSWORD })).body.data;
    const app = fixture.authenticatorOf(setup.secret);
    const verify = (challengeToken: string) =>
      fixture.app.http.post('/v1/auth/2fa/verify', { challengeToken, code: app.freshCode() });
    expect((await verify(setup.challengeToken)).body.data.status).toBe('two_factor_enabled');
    const signedIn = await verify(await fixture.challengeOf(person));
    expect((await fixture.withToken(signedIn).get('/api/auth/me')).body.data.activeContext.type).toBe('self');
    expect((await fixture.app.http.post('/v1/auth/2fa/setup', {})).status).toBe(401);
  });
});
