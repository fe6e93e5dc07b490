import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { LOGIN, PASSWORD, type SignInFixture, startSignIn, WRONG } from './sign-in-fixture.ts';

let fixture: SignInFixture;

beforeAll(async () => {
  fixture = await startSignIn();
});
afterAll(() => fixture.app.close());
beforeEach(() => fixture.forgetEverything());

describe('a device cookie', () => {
  test('of somebody else gives no tries', async () => {
    const [alice, bob] = [await fixture.aPerson(), await fixture.aPerson()];
    const stolen = fixture.aBrowser();
    await stolen.post(LOGIN, { email: alice.email, password: PASSWORD });
    for (let tries = 0; tries < 5; tries += 1) await stolen.post(LOGIN, { email: bob.email, password: WRONG });
    await fixture.letWaitsLast();
    expect((await stolen.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(429);
    expect(await fixture.throttlesOf('sign_in_device')).toEqual([]);
    expect(await fixture.throttlesOf('sign_in_account')).toMatchObject([{ user_id: bob.id, count: 5 }]);
  });

  test('of the owner gives ten tries, counted by itself and forgotten by the right one', async () => {
    const bob = await fixture.aPerson();
    const browser = fixture.aBrowser();
    await browser.post(LOGIN, { email: bob.email, password: PASSWORD });
    for (let tries = 0; tries < 10; tries += 1) {
      expect((await browser.post(LOGIN, { email: bob.email, password: WRONG })).status).toBe(401);
    }
    expect(await fixture.throttlesOf('sign_in_device')).toMatchObject([{ user_id: bob.id, count: 10, wait: 1 }]);
    expect(await fixture.throttlesOf('sign_in_account')).toEqual([]);
    await fixture.letWaitsLast('sign_in_device');
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(429);
    expect((await fixture.attempt(bob.email, PASSWORD)).status).toBe(200);
    await fixture.letTimePass('sign_in_device');
    expect((await browser.post(LOGIN, { email: bob.email, password: PASSWORD })).status).toBe(200);
    expect(await fixture.throttlesOf('sign_in_device')).toEqual([]);
  });

  test('is no credential', async () => {
    const bob = await fixture.aPerson();
    const browser = fixture.aBrowser();
    await browser.post(LOGIN, { email: bob.email, password: PASSWORD });
    expect([...browser.cookies.keys()]).toEqual(['rowhouse_device']);
    expect((await browser.get('/api/auth/me')).status).toBe(401);
    expect((await browser.post('/api/auth/refresh', {})).status).toBe(401);
  });

  test('tells a new device from a known one: the owner hears of the new one', async () => {
    const bob = await fixture.aPerson();
    const browser = fixture.aBrowser();
    await browser.post(LOGIN, { email: bob.email, password: PASSWORD });
    await browser.post(LOGIN, { email: bob.email, password: PASSWORD });
    expect(await fixture.eventsOf(bob)).toEqual([]);

    await fixture.aBrowser().post(LOGIN, { email: bob.email, password: PASSWORD });

    const [session] = await fixture.app.rows<{ id: string }>(
      'select id from sessions where user_id = $1 order by created_at desc limit 1',
      [bob.id],
    );
    expect(await fixture.app.rows('select type, payload from outbox_events where subject = $1', [bob.id])).toEqual([
      { type: 'session.opened_on_new_device', payload: { userId: bob.id, sessionId: session?.id } },
    ]);
    expect(await fixture.app.rows('select type, details from security_events where user_id = $1', [bob.id])).toEqual([
      { type: 'sign_in.new_device', details: { sessionId: session?.id } },
    ]);
    const attempts = await fixture.app.rows(
      'select outcome, known_device from login_attempts where user_id = $1 order by occurred_at, id',
      [bob.id],
    );
    expect(attempts).toEqual([
      { outcome: 'succeeded', known_device: false },
      { outcome: 'succeeded', known_device: true },
      { outcome: 'succeeded', known_device: false },
    ]);
  });
});
