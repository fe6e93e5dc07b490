import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeSecretToken, hashSecret, issueSecretToken } from '../../../src/services/identity/secret-token.ts';
import type { HttpAnswer } from '../../support/http-client.ts';
import { PASSWORD, type Person, startTwoFactor, succeeded, type TwoFactorFixture } from './two-factor-fixture.ts';

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

/** As so many sign-ins would leave them. */
async function challengesOf(person: Person, count: number): Promise<string[]> {
  const tokens = Array.from({ length: count }, issueSecretToken);
  await fixture.app.rows(
    `insert into sign_in_challenges (id, user_id, kind, secret_hash, method, expires_at)
     select id, $1, 'two_factor', hash, 'password', now() + interval '5 minutes'
     from unnest($2::uuid[], $3::bytea[]) as token (id, hash)`,
    [person.id, tokens.map(({ id }) => id), tokens.map(({ secret }) => hashSecret(secret))],
  );
  return tokens.map(encodeSecretToken);
}

const openSessions = async (person: Person): Promise<number> =>
  (await fixture.app.rows('select 1 from sessions where user_id = $1 and revoked_at is null', [person.id])).length;

const successes = (answers: readonly HttpAnswer[]): number => answers.filter(({ status }) => status === 200).length;

const refusals = (answers: readonly HttpAnswer[]): Set<unknown> =>
  new Set(answers.filter(({ status }) => status !== 200).map(({ body }) => body.error.code));

test('of 100 challenges answered with the same code at once one is a session', async () => {
  const { person, authenticator } = await aPersonWithTwoFactor();
  const challenges = await challengesOf(person, 100);
  const before = await openSessions(person);
  const code = authenticator.freshCode();

  const answers = await Promise.all(challenges.map((challengeToken) => fixture.verify({ challengeToken, code })));

  expect(successes(answers)).toBe(1);
  expect(
    [...refusals(answers)].every((refusal) =>
      ['TWO_FACTOR_CODE_INVALID', 'TOO_MANY_ATTEMPTS'].includes(String(refusal)),
    ),
  ).toBe(true);
  expect(await openSessions(person)).toBe(before + 1);
});

test('of 20 challenges answered with the same recovery code at once one is a session', async () => {
  const { person, recoveryCodes } = await aPersonWithTwoFactor();
  const challenges = await challengesOf(person, 20);
  const before = await openSessions(person);
  const [recoveryCode] = recoveryCodes;

  const answers = await Promise.all(
    challenges.map((challengeToken) => fixture.verify({ challengeToken, recoveryCode })),
  );

  expect(successes(answers)).toBe(1);
  expect(await openSessions(person)).toBe(before + 1);
  expect(await fixture.app.rows('select 1 from recovery_codes where user_id = $1', [person.id])).toHaveLength(9);
});

test('one challenge answered with ten recovery codes at once is one session, and costs one code', async () => {
  const { person, recoveryCodes } = await aPersonWithTwoFactor();
  const [challengeToken] = await challengesOf(person, 1);
  const before = await openSessions(person);

  const answers = await Promise.all(
    recoveryCodes.map((recoveryCode) => fixture.verify({ challengeToken, recoveryCode })),
  );

  expect(successes(answers)).toBe(1);
  expect(await openSessions(person)).toBe(before + 1);
  expect(await fixture.app.rows('select 1 from recovery_codes where user_id = $1', [person.id])).toHaveLength(9);
});

test('20 wrong codes for one challenge at once are five', async () => {
  const { person, authenticator } = await aPersonWithTwoFactor();
  const [challengeToken] = await challengesOf(person, 1);
  const code = authenticator.code(100);

  const answers = await Promise.all(Array.from({ length: 20 }, () => fixture.verify({ challengeToken, code })));

  const codes = answers.map(({ body }) => body.error.code);
  expect(codes.filter((refusal) => refusal === 'TWO_FACTOR_CODE_INVALID')).toHaveLength(5);
  expect(codes.filter((refusal) => refusal === 'CHALLENGE_INVALID')).toHaveLength(15);
});

test('100 wrong codes for 100 challenges at once are five: the rest is not looked at', async () => {
  const { person, authenticator } = await aPersonWithTwoFactor();
  const challenges = await challengesOf(person, 100);
  const code = authenticator.code(100);

  const answers = await Promise.all(challenges.map((challengeToken) => fixture.verify({ challengeToken, code })));

  const codes = answers.map(({ body }) => body.error.code);
  expect(codes.filter((refusal) => refusal === 'TWO_FACTOR_CODE_INVALID')).toHaveLength(5);
  expect(codes.filter((refusal) => refusal === 'TOO_MANY_ATTEMPTS')).toHaveLength(95);
});

test('a first code sent ten times at once enables once, with one set of recovery codes', async () => {
  const person = await fixture.aPerson();
  const client = await fixture.signIn(person);
  const { challengeToken, secret } = succeeded(await client.post('/api/auth/2fa/setup', { password: PASSWORD })).body
    .data;
  const code = fixture.authenticatorOf(secret).freshCode();

  const answers = await Promise.all(Array.from({ length: 10 }, () => fixture.verify({ challengeToken, code })));

  expect(successes(answers)).toBe(1);
  expect(refusals(answers)).toEqual(new Set(['CHALLENGE_INVALID']));
  expect(await fixture.app.rows('select 1 from recovery_codes where user_id = $1', [person.id])).toHaveLength(10);
});

test('the same code for a sign-in and to disable it at once does one of both', async () => {
  const { person, client, authenticator } = await aPersonWithTwoFactor();
  const [challengeToken] = await challengesOf(person, 1);
  const code = authenticator.freshCode();

  const [signIn, disabled] = await Promise.all([
    fixture.verify({ challengeToken, code }),
    client.post('/api/auth/2fa/disable', { password: PASSWORD, code }),
  ]);

  expect([signIn.status, disabled.status].filter((status) => status < 300)).toHaveLength(1);
  expect(Math.max(signIn.status, disabled.status)).toBe(401);
});
