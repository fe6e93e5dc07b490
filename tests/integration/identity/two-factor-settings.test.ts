import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PLATFORM_ID } from '../../../src/types/ids.ts';
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
  fixture = await startTwoFactor();
});
afterAll(() => fixture.app.close());

const aPersonWithTwoFactor = async (tenantId?: string) => {
  const person = await fixture.aPerson(tenantId);
  const client = await fixture.signIn(person);
  return { person, client, ...(await fixture.enable(client)) };
};

const disable = (client: HttpClient, body: Record<string, unknown>) => client.post('/api/auth/2fa/disable', body);

const rowsOf = (person: Person) =>
  fixture.app.rows(
    `select (select count(*)::int from totp_authenticators where user_id = $1) as authenticators,
       (select count(*)::int from recovery_codes where user_id = $1) as codes,
       (select count(*)::int from sign_in_challenges where user_id = $1) as challenges`,
    [person.id],
  );

describe('POST /api/auth/2fa/disable', () => {
  test('takes everything away and ends the other sessions', async () => {
    const { person, client, authenticator } = await aPersonWithTwoFactor();
    const waiting = await fixture.challengeOf(person);
    const other = fixture.withToken(
      await fixture.verify({ challengeToken: await fixture.challengeOf(person), code: authenticator.freshCode() }),
    );

    const answer = await disable(client, { password: PASSWORD, code: authenticator.freshCode() });

    expect([answer.status, answer.text]).toEqual([204, '']);
    expect(await rowsOf(person)).toEqual([{ authenticators: 0, codes: 0, challenges: 0 }]);
    expect(codeOf(await other.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect((await client.get('/api/auth/me')).body.data).toMatchObject({
      twoFactorEnabled: false,
      session: { twoFactor: false },
    });
    const late = await fixture.verify({ challengeToken: waiting, code: authenticator.freshCode() });
    expect(codeOf(late)).toEqual([401, 'CHALLENGE_INVALID']);
    expect((await fixture.login(person.email)).body.data.status).toBe('signed_in');
    expect(await fixture.auditOf(person.id, 'two_factor.disabled')).toBe(1);
    expect(await fixture.eventsOf(person.id)).toContain('user.two_factor_disabled');
    expect(await fixture.securityEventsOf(person.id)).toContain('two_factor.disabled');
  });

  test('needs the password and a code that has not been used', async () => {
    const { person, client, authenticator, recoveryCodes } = await aPersonWithTwoFactor();
    const code = authenticator.freshCode();
    succeeded(await fixture.verify({ challengeToken: await fixture.challengeOf(person), code }));
    const refusals = [
      await disable(client, { password: PASSWORD, code }),
      await disable(client, { password: PASSWORD, code: authenticator.code(50) }),
      await disable(client, { password: 'another one', code: authenticator.freshCode() }),
      await disable(client, { code: authenticator.freshCode() }),
      await disable(client, { password: PASSWORD }),
      await disable(fixture.app.http, { password: PASSWORD, code: authenticator.freshCode() }),
    ];
    expect(refusals.map(codeOf)).toEqual([
      [401, 'TWO_FACTOR_CODE_INVALID'],
      [401, 'TWO_FACTOR_CODE_INVALID'],
      [403, 'CURRENT_PASSWORD_WRONG'],
      [400, 'VALIDATION_FAILED'],
      [400, 'VALIDATION_FAILED'],
      [401, 'UNAUTHENTICATED'],
    ]);
    expect(await rowsOf(person)).toEqual([{ authenticators: 1, codes: 10, challenges: 0 }]);
    succeeded(await disable(client, { password: PASSWORD, recoveryCode: recoveryCodes[3] }));
    expect(codeOf(await disable(client, { password: PASSWORD, code: '123456' }))).toEqual([
      409,
      'TWO_FACTOR_NOT_ENABLED',
    ]);
  });

  test('counts wrong codes with those of sign-ins', async () => {
    const { person, client, authenticator } = await aPersonWithTwoFactor();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => disable(client, { password: PASSWORD, code: authenticator.code(100) })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(5).fill(401), ...Array(5).fill(429)]);
    const challengeToken = await fixture.challengeOf(person);
    const signIn = await fixture.verify({ challengeToken, code: authenticator.freshCode() });
    expect(codeOf(signIn)).toEqual([429, 'TOO_MANY_ATTEMPTS']);
  });

  test('is refused where a tenant of the user asks for a second factor, or an administrator', async () => {
    const strict = await fixture.anotherTenant();
    const { person, client, authenticator } = await aPersonWithTwoFactor();
    const tryIt = async () => codeOf(await disable(client, { password: PASSWORD, code: authenticator.freshCode() }));
    await fixture.app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $3, $2, 'staff', now())`,
      [strict.id, person.id, randomUUID()],
    );
    await fixture.requireTwoFactor(strict.id);
    expect(await tryIt()).toEqual([409, 'TWO_FACTOR_REQUIRED_BY_POLICY']);
    await fixture.requireTwoFactor(strict.id, 'optional');
    await fixture.app.rows('update users set two_factor_required = true where id = $1', [person.id]);
    expect(await tryIt()).toEqual([409, 'TWO_FACTOR_REQUIRED_BY_POLICY']);
    await fixture.app.rows('update users set two_factor_required = false where id = $1', [person.id]);
    await fixture.requireTwoFactor(PLATFORM_ID);
    expect(await tryIt()).toEqual([204, undefined]);
    succeeded(await client.post('/api/auth/logout'));
    await fixture.requireTwoFactor(PLATFORM_ID, 'optional');
  });

  test('is refused to operators where the platform asks for one', async () => {
    const [{ id } = { id: '' }] = await fixture.app.rows<{ id: string }>(
      "update users set type = 'ADMIN_USER', platform_role = 'admin' where id = $1 returning id",
      [(await fixture.aPerson(null)).id],
    );
    const [{ email } = { email: '' }] = await fixture.app.rows<{ email: string }>(
      'select email from users where id = $1',
      [id],
    );
    const client = await fixture.signIn({ id, email });
    const { authenticator } = await fixture.enable(client);
    await fixture.requireTwoFactor(PLATFORM_ID);
    const answer = await disable(client, { password: PASSWORD, code: authenticator.freshCode() });
    await fixture.requireTwoFactor(PLATFORM_ID, 'optional');
    expect(codeOf(answer)).toEqual([409, 'TWO_FACTOR_REQUIRED_BY_POLICY']);
  });
});

describe('POST /api/auth/2fa/recovery-codes', () => {
  const renew = (client: HttpClient, body: Record<string, unknown>) =>
    client.post('/api/auth/2fa/recovery-codes', body);

  test('makes ten new codes; those before are void', async () => {
    const { person, client, authenticator, recoveryCodes } = await aPersonWithTwoFactor();
    const byPassword: string[] = succeeded(await renew(client, { password: PASSWORD })).body.data.recoveryCodes;
    const byCode: string[] = succeeded(await renew(client, { code: authenticator.freshCode() })).body.data
      .recoveryCodes;
    expect(new Set([...recoveryCodes, ...byPassword, ...byCode]).size).toBe(30);
    const statuses = [];
    for (const recoveryCode of [recoveryCodes[0], byPassword[0], byCode[0]]) {
      const challengeToken = await fixture.challengeOf(person);
      statuses.push((await fixture.verify({ challengeToken, recoveryCode })).status);
    }
    expect(statuses).toEqual([401, 401, 200]);
    expect(await fixture.auditOf(person.id, 'recovery_codes.replaced')).toBe(2);
    expect(await fixture.securityEventsOf(person.id)).toContain('recovery_codes.replaced');
  });

  test('at once makes one set of ten', async () => {
    const { person, client } = await aPersonWithTwoFactor();
    const answers = await Promise.all(Array.from({ length: 8 }, () => renew(client, { password: PASSWORD })));
    expect(new Set(answers.map(({ status }) => status)).has(200)).toBe(true);
    expect(await rowsOf(person)).toEqual([{ authenticators: 1, codes: 10, challenges: 0 }]);
  });

  test('needs a second factor, a session, and the password or a code', async () => {
    const { person, client, authenticator } = await aPersonWithTwoFactor();
    const without = await fixture.signIn(await fixture.aPerson());
    const refusals = [
      await renew(client, {}),
      await renew(client, { password: PASSWORD, code: authenticator.freshCode() }),
      await renew(client, { password: 'another one' }),
      await renew(client, { code: authenticator.code(100) }),
      await renew(without, { password: PASSWORD }),
      await renew(fixture.app.http, { password: PASSWORD }),
    ];
    expect(refusals.map(codeOf)).toEqual([
      [400, 'VALIDATION_FAILED'],
      [400, 'VALIDATION_FAILED'],
      [403, 'CURRENT_PASSWORD_WRONG'],
      [401, 'TWO_FACTOR_CODE_INVALID'],
      [409, 'TWO_FACTOR_NOT_ENABLED'],
      [401, 'UNAUTHENTICATED'],
    ]);
    expect(await rowsOf(person)).toEqual([{ authenticators: 1, codes: 10, challenges: 0 }]);
  });
});
