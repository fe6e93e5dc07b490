import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { composeIdentityCore } from '../../../src/composition/identity-core.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
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

const rowsOf = (person: Person) =>
  fixture.app.rows(
    `select (select count(*)::int from totp_authenticators where user_id = $1) as authenticators,
       (select count(*)::int from recovery_codes where user_id = $1) as codes,
       (select count(*)::int from sign_in_challenges where user_id = $1) as challenges`,
    [person.id],
  );

describe('where a second factor is required', () => {
  test('a first sign-in can set one up and do nothing else; then a whole session takes its place', async () => {
    const strict = await fixture.anotherTenant();
    await fixture.requireTwoFactor(strict.id);
    const person = await fixture.aPerson(strict.id, 'owner');

    const login = succeeded(await fixture.login(person.email));

    expect(login.body.data.status).toBe('two_factor_enrolment_required');
    expect(login.body.data).not.toHaveProperty('refreshToken');
    const restricted = fixture.withToken(login);
    expect((await restricted.get('/api/auth/me')).body.data.session).toMatchObject({
      restricted: true,
      twoFactor: false,
    });
    const refusals = [
      await restricted.get(`/api/tenants/${strict.id}`),
      await restricted.get('/api/revenue/invoices'),
      await restricted.post('/api/auth/switch-context', { tenantId: null }),
      await restricted.post('/api/auth/2fa/disable', { password: PASSWORD, code: '123456' }),
      await restricted.post('/api/auth/2fa/recovery-codes', { password: PASSWORD }),
    ];
    expect(refusals.map(codeOf)).toEqual(refusals.map(() => [403, 'SESSION_RESTRICTED']));

    const setup = succeeded(await restricted.post('/api/auth/2fa/setup', {})).body.data;
    const code = fixture.authenticatorOf(setup.secret).freshCode();
    const { data } = succeeded(await fixture.verify({ challengeToken: setup.challengeToken, code })).body;

    expect(data).toMatchObject({
      status: 'two_factor_enabled',
      session: { status: 'signed_in', user: { id: person.id } },
    });
    expect(data.recoveryCodes).toHaveLength(10);
    const whole = fixture.app.http.with({ authorization: `Bearer ${data.session.accessToken}` });
    expect((await whole.get('/api/auth/me')).body.data).toMatchObject({
      activeContext: { type: 'tenant', id: strict.id },
      session: { restricted: false, twoFactor: true },
    });
    expect((await whole.get('/api/revenue/invoices')).status).toBe(200);
    succeeded(await fixture.app.http.post('/api/auth/refresh', { refreshToken: data.session.refreshToken }));
    expect(codeOf(await restricted.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    const sessions = await fixture.app.rows(
      'select is_restricted, two_factor_at is not null as two_factor, revoke_reason from sessions where user_id = $1 order by created_at',
      [person.id],
    );
    expect(sessions).toEqual([
      { is_restricted: true, two_factor: false, revoke_reason: 'two_factor_changed' },
      { is_restricted: false, two_factor: true, revoke_reason: null },
    ]);
    expect((await fixture.login(person.email)).body.data.status).toBe('two_factor_required');
  });

  test('an authenticator that waits for its first code is not enough', async () => {
    const strict = await fixture.anotherTenant();
    await fixture.requireTwoFactor(strict.id);
    const person = await fixture.aPerson(strict.id);
    const restricted = await fixture.signIn(person);
    succeeded(await restricted.post('/api/auth/2fa/setup', {}));
    expect((await fixture.login(person.email)).body.data.status).toBe('two_factor_enrolment_required');
    expect(codeOf(await restricted.get('/api/revenue/invoices'))).toEqual([403, 'SESSION_RESTRICTED']);
  });

  test('a session without one can not work there, until it has set one up', async () => {
    const strict = await fixture.anotherTenant();
    await fixture.requireTwoFactor(strict.id);
    const person = await fixture.aPerson();
    await fixture.app.rows(
      `insert into memberships (tenant_id, id, user_id, role, created_at, updated_at)
       values ($1, $3, $2, 'staff', now() + interval '1 hour', now())`,
      [strict.id, person.id, randomUUID()],
    );
    const client = await fixture.signIn(person);
    const enter = () => client.post('/api/auth/switch-context', { tenantId: strict.id });
    expect(codeOf(await enter())).toEqual([403, 'TWO_FACTOR_REQUIRED']);
    await fixture.enable(client);
    expect((await enter()).status).toBe(200);
  });

  test('a magic link is the first factor only', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const { users } = fixture.app.container.services;
    const ctx = systemContext(platformScope, 'test', 'session.created');
    const user = await users.findById(ctx, person.id);
    if (user === null) throw new Error('The user is gone');
    const { completion } = composeIdentityCore(fixture.app.container.infrastructure);
    const proof = { user, method: 'magic_link', wanted: null, twoFactorPassed: false, knownDevice: false } as const;
    const outcome = await completion.complete(ctx, proof);
    if (outcome.status !== 'two_factor_required') throw new Error(`The outcome is ${outcome.status}`);
    const { challengeToken } = outcome;
    const answer = succeeded(await fixture.verify({ challengeToken, code: authenticator.freshCode() }));
    const me = await fixture.withToken(answer).get('/api/auth/me');
    expect(me.body.data.session).toMatchObject({ method: 'magic_link', twoFactor: true });
  });
});

describe('for the other parts of identity', () => {
  const ctx = systemContext(platformScope, 'test', 'test');

  test('verifyCode is right once, and for an authenticator that works', async () => {
    const { twoFactor } = fixture.app.container.services;
    const { person, authenticator } = await aPersonWithTwoFactor();
    const code = authenticator.freshCode();
    const verdicts = await Promise.all(Array.from({ length: 5 }, () => twoFactor.verifyCode(ctx, person.id, code)));
    expect(verdicts.filter(Boolean)).toHaveLength(1);
    const pending = await fixture.aPerson();
    const setup = succeeded(await (await fixture.signIn(pending)).post('/api/auth/2fa/setup', { password: PASSWORD }))
      .body.data;
    const first = fixture.authenticatorOf(setup.secret).freshCode();
    expect(await twoFactor.verifyCode(ctx, pending.id, first)).toBe(false);
    const without = await fixture.aPerson();
    expect(await twoFactor.verifyCode(ctx, without.id, first)).toBe(false);
  });

  test('reset takes the authenticator, the recovery codes and the challenges away', async () => {
    const { twoFactor } = fixture.app.container.services;
    const { tx } = fixture.app.container.infrastructure;
    const { person } = await aPersonWithTwoFactor();
    await fixture.challengeOf(person);
    expect(await tx.run(ctx, (txCtx) => twoFactor.reset(txCtx, person.id))).toBe(true);
    expect(await rowsOf(person)).toEqual([{ authenticators: 0, codes: 0, challenges: 0 }]);
    expect(await tx.run(ctx, (txCtx) => twoFactor.reset(txCtx, person.id))).toBe(false);
    expect((await fixture.login(person.email)).body.data.status).toBe('signed_in');
  });
});
