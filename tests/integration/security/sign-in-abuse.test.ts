import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startTestApp } from '../../support/test-app.ts';
import { LOGIN, newAddress, PASSWORD, type SignInFixture, startSignIn, WRONG } from './sign-in-fixture.ts';

let fixture: SignInFixture;

beforeAll(async () => {
  fixture = await startSignIn();
});
afterAll(() => fixture.app.close());
beforeEach(() => fixture.forgetEverything());

describe('an attacker with many addresses', () => {
  test('does not keep the owner out of the browser that they have signed in from', async () => {
    const bob = await fixture.aPerson();
    const browser = fixture.aBrowser();
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);

    const statuses = new Map<number, number>();
    for (let round = 0; round < 6; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => fixture.attempt(bob.email)));
      for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    await fixture.letWaitsLast();

    expect([...statuses.keys()].sort()).toEqual([401, 429]);
    expect(statuses.get(401)).toBeLessThan(20);
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(429);
  });

  test('waits longer each time, up to fifteen minutes, and a day after the hundredth', async () => {
    const bob = await fixture.aPerson();
    const waits: (number | null | undefined)[] = [];
    for (let tries = 1; tries <= 16; tries += 1) {
      await fixture.letTimePass();
      expect((await fixture.attempt(bob.email)).status).toBe(401);
      waits.push((await fixture.throttlesOf('sign_in_account'))[0]?.wait);
    }
    expect(waits).toEqual([null, null, null, null, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);

    const browser = fixture.aBrowser();
    await fixture.letTimePass();
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);
    expect(await fixture.throttlesOf('sign_in_account')).toEqual([]);

    await fixture.attempt(bob.email);
    await fixture.app.rows("update throttles set count = 99 where kind = 'sign_in_account'");
    expect((await fixture.attempt(bob.email)).status).toBe(401);
    expect(await fixture.throttlesOf('sign_in_account')).toMatchObject([{ user_id: bob.id, count: 100, wait: 86_400 }]);
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(429);
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);
  });

  test('can sign nobody in with more parallel guesses than are free', async () => {
    const bob = await fixture.aPerson();
    await fixture.attempt(bob.email);
    await fixture.app.rows("update throttles set count = 12 where kind = 'sign_in_account'");
    const answers = await Promise.all(Array.from({ length: 60 }, () => fixture.attempt(bob.email)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([401, ...Array.from({ length: 59 }, () => 429)]);
    const [row] = await fixture.app.rows("select count(*)::int as failed from login_attempts where outcome = 'failed'");
    expect(row).toEqual({ failed: 2 });
  });
});

describe('an attacker at one address', () => {
  test('waits after twenty wrong tries, whatever accounts they are for', async () => {
    const from = newAddress();
    for (let tries = 0; tries < 20; tries += 1) {
      expect((await fixture.attempt(`nobody-${tries}@lakeside.example`, WRONG, from)).status).toBe(401);
    }
    await fixture.letWaitsLast('sign_in_address');
    const bob = await fixture.aPerson();
    const refused = await fixture.attempt(bob.email, PASSWORD, from);
    expect([refused.status, refused.body.error.code]).toEqual([429, 'TOO_MANY_ATTEMPTS']);
    expect((await fixture.throttlesOf('sign_in_account')).some(({ user_id }) => user_id === bob.id)).toBe(false);
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(200);
  });

  test('does not keep their neighbour out of a browser that is known', async () => {
    const bob = await fixture.aPerson();
    const from = newAddress();
    const browser = fixture.aBrowser(from);
    await browser.post(LOGIN, { email: bob.email, password: PASSWORD });
    for (let tries = 0; tries < 20; tries += 1) await fixture.attempt(`nobody-${tries}@lakeside.example`, WRONG, from);
    await fixture.letWaitsLast('sign_in_address');
    expect((await fixture.attempt(bob.email, PASSWORD, from)).status).toBe(429);
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);
  });

  test('gains nothing from right passwords in between, and loses nothing by them', async () => {
    const bob = await fixture.aPerson();
    const from = newAddress();
    for (let tries = 0; tries < 4; tries += 1) {
      await fixture.attempt('nobody@lakeside.example', WRONG, from);
      expect((await fixture.attempt(bob.email, PASSWORD, from)).status).toBe(200);
    }
    expect(await fixture.throttlesOf('sign_in_address')).toEqual([
      { key: `sign_in_address:${from}`, user_id: null, count: 4, wait: null },
    ]);
  });

  test('is one address for a /64 of IPv6, and a lesser one for its /48', async () => {
    await fixture.attempt('nobody@lakeside.example', WRONG, '2001:db8:1:2::1');
    await fixture.attempt('nobody@lakeside.example', WRONG, '2001:db8:1:2:ffff::9');
    await fixture.attempt('nobody@lakeside.example', WRONG, '2001:db8:1:3::1');
    await fixture.attempt('nobody@lakeside.example', WRONG, '::ffff:203.0.113.9');
    await fixture.attempt('nobody@lakeside.example', WRONG, '203.0.113.9');
    expect(
      (await fixture.throttlesOf('sign_in_address'))
        .map(({ key, count }) => [key.replace('sign_in_address:', ''), count])
        .sort(),
    ).toEqual([
      ['2001:db8:1:2::/64', 2],
      ['2001:db8:1:3::/64', 1],
      ['2001:db8:1::/48', 3],
      ['203.0.113.9', 2],
    ]);
  });

  test('is not believed about the address where no proxy is trusted', async () => {
    const direct = await startTestApp({ database: fixture.app.database });
    try {
      for (let tries = 0; tries < 3; tries += 1) {
        const body = { email: `nobody-${tries}@lakeside.example`, password: WRONG };
        await direct.http.post(LOGIN, body, { 'x-forwarded-for': newAddress(), forwarded: `for=${newAddress()}` });
      }
      expect(await fixture.throttlesOf('sign_in_address')).toEqual([
        { key: 'sign_in_address:127.0.0.1', user_id: null, count: 3, wait: null },
      ]);
    } finally {
      await direct.close();
    }
  });

  test('adds nothing by what they write in front of what the proxy saw', async () => {
    const seen = newAddress();
    for (let tries = 0; tries < 3; tries += 1) {
      await fixture.attempt(`nobody-${tries}@lakeside.example`, WRONG, `${newAddress()}, ${seen}`);
    }
    expect(await fixture.throttlesOf('sign_in_address')).toMatchObject([{ key: `sign_in_address:${seen}`, count: 3 }]);
  });
});

describe('an address that is not verified', () => {
  test('is told to whoever knows the password, and to nobody else', async () => {
    const pending = await fixture.aPerson('pending');
    const right = await fixture.attempt(pending.email, PASSWORD);
    const wrong = await fixture.attempt(pending.email);
    expect([right.status, right.body.error.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(right.headers.getSetCookie()).toEqual([]);
    expect(await fixture.throttlesOf('sign_in_account')).toMatchObject([{ count: 1 }]);
    expect(await fixture.app.rows('select 1 from sessions where user_id = $1', [pending.id])).toEqual([]);
  });
});
