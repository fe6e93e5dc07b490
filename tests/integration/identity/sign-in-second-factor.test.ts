import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setCookiesOf } from '../../support/browser.ts';
import { codeOf, type Person, startTwoFactor, type TwoFactorFixture } from './two-factor-fixture.ts';

let fixture: TwoFactorFixture;

beforeAll(async () => {
  fixture = await startTwoFactor();
});
afterAll(() => fixture.app.close());

async function aPersonWithTwoFactor() {
  const person = await fixture.aPerson();
  const { authenticator } = await fixture.enable(await fixture.signIn(person));
  return { person, authenticator };
}

const lastOutcome = async ({ id }: Person) => {
  const [attempt] = await fixture.app.rows(
    'select outcome from login_attempts where user_id = $1 order by occurred_at desc, id desc limit 1',
    [id],
  );
  return attempt?.outcome;
};
const sessionsOf = async ({ id }: Person) =>
  (await fixture.app.rows('select id from sessions where user_id = $1', [id])).length;

describe('a code sent along with the password', () => {
  test('signs in at once, in a session that knows of it, and marks the device', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const answer = await fixture.login(person.email, { twoFactorCode: authenticator.freshCode() });
    expect([answer.status, answer.body.data.status]).toEqual([200, 'signed_in']);
    expect(setCookiesOf(answer).has('rowhouse_device')).toBe(true);
    const me = await fixture.withToken(answer).get('/api/auth/me');
    expect(me.body.data.session).toMatchObject({ twoFactor: true });
    expect(await lastOutcome(person)).toBe('succeeded');
  });

  test('is refused like a wrong password when it is wrong, and written down as what it is', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const before = await sessionsOf(person);
    const wrong = await fixture.login(person.email, { twoFactorCode: authenticator.code(100) });
    expect(codeOf(wrong)).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(setCookiesOf(wrong).size).toBe(0);
    expect(await lastOutcome(person)).toBe('two_factor_failed');
    expect(await sessionsOf(person)).toBe(before);
  });

  test('is not used up by a wrong password', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const twoFactorCode = authenticator.freshCode();
    expect(codeOf(await fixture.login(person.email, { twoFactorCode, password: 'wrong' }))).toEqual([
      401,
      'INVALID_CREDENTIALS',
    ]);
    expect(await lastOutcome(person)).toBe('failed');
    expect((await fixture.login(person.email, { twoFactorCode })).status).toBe(200);
  });

  test('has tries of its own: wrong ones wait, and do not count as wrong passwords', async () => {
    const { person, authenticator } = await aPersonWithTwoFactor();
    const statuses = [];
    for (let tries = 0; tries < 6; tries += 1) {
      statuses.push((await fixture.login(person.email, { twoFactorCode: authenticator.code(100) })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    const kinds = await fixture.app.rows(
      'select kind, count from throttles where user_id = $1 and blocked_until > now() order by kind',
      [person.id],
    );
    expect(kinds).toEqual([{ kind: 'two_factor', count: 5 }]);
    expect((await fixture.login(person.email)).body.data.status).toBe('two_factor_required');
  });

  test('is not looked at where there is no second factor', async () => {
    const person = await fixture.aPerson();
    const answer = await fixture.login(person.email, { twoFactorCode: '000000' });
    expect(answer.body.data.status).toBe('signed_in');
    expect((await fixture.login(person.email, { twoFactorCode: '12345' })).status).toBe(400);
  });
});
