import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { PASSWORD, type SignInFixture, startSignIn } from './sign-in-fixture.ts';

let fixture: SignInFixture;

beforeAll(async () => {
  fixture = await startSignIn();
});
afterAll(() => fixture.app.close());
beforeEach(() => fixture.forgetEverything());

describe('who has to wait', () => {
  test('is told the same, whether the account is there, unknown or suspended', async () => {
    const accounts = [
      await fixture.aPerson(),
      { email: `nobody-${randomUUID()}@lakeside.example` },
      await fixture.aPerson('suspended'),
    ];
    for (const account of accounts) await fixture.block(account.email);
    const answers = [
      ...(await Promise.all(accounts.map(({ email }) => fixture.attempt(email)))),
      ...(await Promise.all(accounts.map(({ email }) => fixture.attempt(email, PASSWORD)))),
    ];
    const shown = answers.map(({ status, text, body, headers }) => {
      const { requestId } = body.error;
      const names = [...headers.keys()].sort();
      return JSON.stringify([status, text.replace(requestId, ''), names]);
    });
    expect(new Set(shown).size).toBe(1);
    expect(answers[0]?.body.error).toMatchObject({ code: 'TOO_MANY_ATTEMPTS', statusCode: 429 });
    for (const { headers } of answers) {
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(570);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(600);
    }
  });

  test('may try again when the time is over, and the right password makes it forgotten', async () => {
    const bob = await fixture.aPerson();
    await fixture.block(bob.email);
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(429);
    await fixture.letTimePass();
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(200);
    expect(await fixture.throttlesOf('sign_in_account')).toEqual([]);
  });

  test('is written down once a minute, however often they come', async () => {
    const bob = await fixture.aPerson();
    await fixture.block(bob.email);
    await Promise.all(Array.from({ length: 20 }, () => fixture.attempt(bob.email)));
    const outcomes = () =>
      fixture.app.rows('select outcome, count(*)::int from login_attempts where user_id = $1 group by 1 order by 1', [
        bob.id,
      ]);
    expect(await outcomes()).toEqual([
      { outcome: 'failed', count: 5 },
      { outcome: 'throttled', count: 1 },
    ]);
    await fixture.letTimePass('sign_in_refused');
    await fixture.attempt(bob.email);
    expect((await outcomes())[1]).toEqual({ outcome: 'throttled', count: 2 });
  });

  test('makes the owner hear of it, at most once an hour', async () => {
    const bob = await fixture.aPerson();
    const tenantId = randomUUID();
    await fixture.app.rows(
      `insert into tenants (id, name, slug, email, country, currency, time_zone, status, updated_at)
       values ($1, 'Lakeside', $2, 'hello@lakeside.example', 'IN', 'INR', 'Asia/Kolkata', 'active', now())`,
      [tenantId, `lakeside-${tenantId.slice(0, 8)}`],
    );
    await fixture.app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'staff', now())`,
      [tenantId, bob.id],
    );
    for (let tries = 0; tries < 4; tries += 1) await fixture.attempt(bob.email);
    expect(await fixture.eventsOf(bob)).toEqual([]);
    for (let tries = 0; tries < 3; tries += 1) {
      await fixture.letTimePass();
      await fixture.attempt(bob.email);
    }
    expect(await fixture.app.rows('select type, payload from outbox_events where subject = $1', [bob.id])).toEqual([
      { type: 'user.sign_ins_throttled', payload: { userId: bob.id } },
    ]);
    const logged = 'select tenant_id, type, details from security_events where user_id = $1';
    expect(await fixture.app.rows(logged, [bob.id])).toEqual([
      { tenant_id: tenantId, type: 'account.throttled', details: { failures: 5 } },
    ]);
    expect(
      await fixture.app.rows('select distinct tenant_id, outcome from login_attempts where user_id = $1', [bob.id]),
    ).toEqual([{ tenant_id: tenantId, outcome: 'failed' }]);
    await fixture.letTimePass('sign_in_notice');
    await fixture.letTimePass();
    await fixture.attempt(bob.email);
    expect(await fixture.eventsOf(bob)).toHaveLength(2);
  });

  test('leaves no trace of what was typed for an unknown account but its beginning and domain', async () => {
    await fixture.attempt('my-secret-password@lakeside.example');
    expect(await fixture.app.rows('select email, user_id from login_attempts')).toEqual([
      { email: 'my…@lakeside.example', user_id: null },
    ]);
    const [{ key } = { key: '' }] = await fixture.throttlesOf('sign_in_account');
    expect(key).toMatch(/^sign_in_account:[A-Za-z0-9_-]{43}$/);
  });
});
