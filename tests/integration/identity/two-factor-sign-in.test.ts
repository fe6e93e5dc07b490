import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
  fixture = await startTwoFactor();
});
afterAll(() => fixture.app.close());

const aPersonWithTwoFactor = async () => {
  const person = await fixture.aPerson();
  const client = await fixture.signIn(person);
  return { person, client, ...(await fixture.enable(client)) };
};

const attemptsOf = (person: Person) =>
  fixture.app.rows(
    `select method, outcome, tenant_id, known_device from login_attempts
     where user_id = $1 and outcome like 'two_factor%' order by occurred_at, id`,
    [person.id],
  );

const throttleOf = async (person: Person, kind: string) =>
  (await fixture.app.rows<{ count: number }>('select count from throttles where key = $1', [`${kind}:${person.id}`]))[0]
    ?.count;

/** Lets the waits of a throttle pass. */
const waitOut = (person: Person) =>
  fixture.app.rows("update throttles set blocked_until = now() - interval '1 second' where user_id = $1", [person.id]);

describe('POST /api/auth/2fa/verify with a sign-in that waits', () => {
  test('opens a session of its own, where it was asked for', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const second = await fixture.anotherTenant();
    await fixture.app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'staff', now())`,
      [second.id, person.id],
    );
    const [{ slug } = { slug: '' }] = await fixture.app.rows<{ slug: string }>(
      'select slug from tenants where id = $1',
      [second.id],
    );
    const sessions = () => fixture.app.rows('select id from sessions where user_id = $1', [person.id]);
    const before = (await sessions()).length;

    const challenged = succeeded(await fixture.login(person.email, { subdomain: slug })).body.data;

    expect(challenged).toEqual({
      status: 'two_factor_required',
      challengeToken: expect.any(String),
      expiresIn: 300,
      methods: ['totp', 'recovery_code'],
    });
    expect(await sessions()).toHaveLength(before);

    const { challengeToken } = challenged;
    const answer = await fixture.verify({ challengeToken, code: authenticator.freshCode() });

    expect(answer.body.data).toMatchObject({ status: 'signed_in', tokenType: 'Bearer', user: { id: person.id } });
    const me = (await fixture.withToken(answer).get('/api/auth/me')).body.data;
    expect(me).toMatchObject({
      activeContext: { type: 'tenant', id: second.id },
      session: { method: 'password', twoFactor: true, restricted: false },
    });
    expect(await sessions()).toHaveLength(before + 1);
    expect(await fixture.auditOf(me.session.id, 'session.created')).toBe(1);
    expect(await fixture.app.rows('select 1 from sign_in_challenges where user_id = $1', [person.id])).toEqual([]);
    const again = await fixture.verify({ challengeToken, code: authenticator.freshCode() });
    expect(codeOf(again)).toEqual([401, 'CHALLENGE_INVALID']);
  });

  test('puts the tokens into cookies for browsers, and knows the browser from then on', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const challengeToken = await fixture.challengeOf(person);
    const answer = await fixture.verify({
      challengeToken,
      code: authenticator.freshCode(),
      tokenDelivery: 'cookie',
    });
    expect(answer.body.data).not.toHaveProperty('accessToken');
    expect(answer.body.data).not.toHaveProperty('refreshToken');
    expect(answer.body.data.csrfToken).toEqual(expect.any(String));
    const cookies = answer.headers.getSetCookie();
    const names = cookies.map((cookie) => cookie.slice(0, cookie.indexOf('=')));
    expect(names.sort()).toEqual(['rowhouse_access', 'rowhouse_device', 'rowhouse_refresh']);
    const cookie = cookies.map((set) => set.slice(0, set.indexOf(';'))).join('; ');
    const next = await fixture.challengeOf(person);
    succeeded(await fixture.verify({ challengeToken: next, code: authenticator.freshCode() }, { cookie }));
    const attempts = await fixture.app.rows(
      "select known_device from login_attempts where user_id = $1 and outcome = 'succeeded' order by occurred_at desc, id desc limit 1",
      [person.id],
    );
    expect(attempts).toEqual([{ known_device: true }]);
  });

  test('an authenticator that waits for its first code is asked of nobody', async () => {
    const person = await fixture.aPerson();
    succeeded(await (await fixture.signIn(person)).post('/api/auth/2fa/setup', { password: PASSWORD }));
    expect((await fixture.login(person.email)).body.data.status).toBe('signed_in');
  });

  test('the code with the password needs no challenge, and is used up by it', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const code = authenticator.freshCode();
    const answer = await fixture.login(person.email, { twoFactorCode: code });
    expect(answer.body.data).toMatchObject({ status: 'signed_in' });
    const challengeToken = await fixture.challengeOf(person);
    expect(codeOf(await fixture.verify({ challengeToken, code }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
  });

  test('after the code of a step no code of an earlier one is right', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    fixture.advance(3);
    const [earlier, current, next] = [authenticator.code(-1), authenticator.code(), authenticator.code(1)];
    const answers = [];
    for (const code of [current, earlier, current, next, current]) {
      const challengeToken = await fixture.challengeOf(person);
      answers.push((await fixture.verify({ challengeToken, code })).status);
    }
    expect(answers).toEqual([200, 401, 401, 200, 401]);
  });

  test("another person's code is wrong", async () => {
    const [alice, bob] = [await aPersonWithTwoFactor(), await aPersonWithTwoFactor()];
    const challengeToken = await fixture.challengeOf(alice.person);
    const code = bob.authenticator.freshCode();
    expect(codeOf(await fixture.verify({ challengeToken, code }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
    const [recoveryCode] = bob.recoveryCodes;
    expect(codeOf(await fixture.verify({ challengeToken, recoveryCode }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
    succeeded(await fixture.verify({ challengeToken: await fixture.challengeOf(bob.person), code }));
    succeeded(await fixture.verify({ challengeToken: await fixture.challengeOf(bob.person), recoveryCode }));
  });

  test('a challenge takes five attempts, and ten wrong codes make the account wait', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const wrong = () => authenticator.code(100);
    const answers = [];
    let challengeToken = await fixture.challengeOf(person);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      answers.push(codeOf(await fixture.verify({ challengeToken, code: wrong() })));
    }
    answers.push(codeOf(await fixture.verify({ challengeToken, code: authenticator.freshCode() })));
    challengeToken = await fixture.challengeOf(person);
    const refused = await fixture.verify({ challengeToken, code: authenticator.freshCode() });
    answers.push(codeOf(refused));
    expect(answers).toEqual([
      ...Array(5).fill([401, 'TWO_FACTOR_CODE_INVALID']),
      [401, 'CHALLENGE_INVALID'],
      [429, 'TOO_MANY_ATTEMPTS'],
    ]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await fixture.eventsOf(person.id)).toContain('user.second_factor_throttled');
    expect(await fixture.securityEventsOf(person.id)).toContain('account.throttled');

    const waits = [];
    for (let attempt = 6; attempt <= 10; attempt += 1) {
      await waitOut(person);
      challengeToken = await fixture.challengeOf(person);
      await fixture.verify({ challengeToken, code: wrong() });
      const [row] = await fixture.app.rows<{ wait: number }>(
        `select round(extract(epoch from blocked_until - updated_at))::int as wait from throttles where key = $1`,
        [`two_factor:${person.id}`],
      );
      waits.push(row?.wait);
    }
    expect(waits).toEqual([60, 120, 240, 480, 960]);
    expect(await throttleOf(person, 'two_factor')).toBe(10);
    const failed = (await attemptsOf(person)).filter(({ outcome }) => outcome === 'two_factor_failed');
    expect(failed).toHaveLength(10);

    await waitOut(person);
    challengeToken = await fixture.challengeOf(person);
    succeeded(await fixture.verify({ challengeToken, code: authenticator.freshCode() }));
    expect(await throttleOf(person, 'two_factor')).toBeUndefined();
  });

  test('wrong codes do not stand in the way of a recovery code', async () => {
    const { person, authenticator, recoveryCodes } = await aPersonWithTwoFactor();
    let challengeToken = await fixture.challengeOf(person);
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await fixture.verify({ challengeToken, code: authenticator.code(100) });
    }
    challengeToken = await fixture.challengeOf(person);
    succeeded(await fixture.verify({ challengeToken, recoveryCode: recoveryCodes[0] }));
  });

  test('a wrong code alone, without the password, makes nobody wait', async () => {
    const { person } = await aPersonWithTwoFactor();
    const challengeToken = (await fixture.challengeOf(person)).replace(/.{4}$/, 'AAAA');
    for (let attempt = 1; attempt <= 10; attempt += 1) {
      expect(codeOf(await fixture.verify({ challengeToken, code: '000000' }))).toEqual([401, 'CHALLENGE_INVALID']);
    }
    expect(await throttleOf(person, 'two_factor')).toBeUndefined();
  });

  test('a recovery code is good once, however it is typed, and its use is told', async () => {
    const { person, recoveryCodes } = await aPersonWithTwoFactor();
    const [recoveryCode = ''] = recoveryCodes;
    const typed = recoveryCode.toUpperCase().replaceAll('-', ' ');
    succeeded(await fixture.verify({ challengeToken: await fixture.challengeOf(person), recoveryCode: typed }));
    const challengeToken = await fixture.challengeOf(person);
    expect(codeOf(await fixture.verify({ challengeToken, recoveryCode }))).toEqual([401, 'TWO_FACTOR_CODE_INVALID']);
    expect(await fixture.app.rows('select 1 from recovery_codes where user_id = $1', [person.id])).toHaveLength(9);
    const events = await fixture.app.rows(
      "select payload from outbox_events where subject = $1 and type = 'user.recovery_code_used'",
      [person.id],
    );
    expect(events).toEqual([{ payload: { userId: person.id, remaining: 9 } }]);
    const log = await fixture.app.rows(
      "select details from security_events where user_id = $1 and type = 'recovery_code.used'",
      [person.id],
    );
    expect(log).toEqual([{ details: { remaining: 9 } }]);
  });

  test('a challenge is over after five minutes, and with the account', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const [expired, left] = [await fixture.challengeOf(person), await fixture.challengeOf(person)];
    await fixture.app.rows(
      "update sign_in_challenges set expires_at = expires_at - interval '5 minutes' where id = $1",
      [expired.split('.')[0]],
    );
    const code = authenticator.freshCode();
    expect(codeOf(await fixture.verify({ challengeToken: expired, code }))).toEqual([401, 'CHALLENGE_INVALID']);
    await fixture.app.rows("update users set status = 'suspended' where id = $1", [person.id]);
    expect(codeOf(await fixture.verify({ challengeToken: left, code }))).toEqual([401, 'CHALLENGE_INVALID']);
  });

  test('a challenge opens nothing else', async () => {
    const { person } = await aPersonWithTwoFactor();
    const challengeToken = await fixture.challengeOf(person);
    const asBearer = fixture.app.http.with({ authorization: `Bearer ${challengeToken}` });
    expect(codeOf(await asBearer.get('/api/auth/me'))).toEqual([401, 'TOKEN_INVALID']);
    const asRefresh = await fixture.app.http.post('/api/auth/refresh', { refreshToken: challengeToken });
    expect(codeOf(asRefresh)).toEqual([401, 'REFRESH_TOKEN_INVALID']);
  });

  test('says what is wrong with a body', async () => {
    const challengeToken = 'none';
    for (const [body, path] of [
      [{ code: '123456' }, 'body.challengeToken'],
      [{ challengeToken }, 'body'],
      [{ challengeToken, code: '123456', recoveryCode: 'abcd' }, 'body'],
      [{ challengeToken, code: '12345' }, 'body.code'],
      [{ challengeToken, code: 123456 }, 'body.code'],
      [{ challengeToken, recoveryCode: 'a'.repeat(65) }, 'body.recoveryCode'],
      [{ challengeToken, code: '123456', userId: 'x' }, 'body.userId'],
    ] as const) {
      const answer = await fixture.verify(body);
      expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
    }
  });

  test('a sealed secret is of no use in the row of another user', async () => {
    const [alice, mallory] = [await aPersonWithTwoFactor(), await aPersonWithTwoFactor()];
    await fixture.app.rows(
      `update totp_authenticators set sealed_secret =
         (select sealed_secret from totp_authenticators where user_id = $1) where user_id = $2`,
      [mallory.person.id, alice.person.id],
    );
    const challengeToken = await fixture.challengeOf(alice.person);
    const answer = await fixture.verify({ challengeToken, code: mallory.authenticator.freshCode() });
    expect(answer.status).toBe(500);
    expect(answer.body.error.code).toBe('INTERNAL_ERROR');
  });
});
