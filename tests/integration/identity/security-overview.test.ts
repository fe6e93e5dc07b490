import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import type { MadeTenant } from '../tenancy/tenancy-fixture.ts';
import { failure, NIL, type SecurityFixture, startSecurity } from './security-fixture.ts';

const PATH = '/api/security/overview';
const DAY_MS = 86_400_000;
const NOTHING = { succeeded: 0, failed: 0, throttled: 0, twoFactorFailed: 0 };

let fixture: SecurityFixture;
let tenant: MadeTenant;

beforeAll(async () => {
  fixture = await startSecurity();
  tenant = await fixture.addTenant();
  await fixture.app.rows('delete from login_attempts');
  await fixture.app.rows('delete from security_events');
});

afterAll(() => fixture.close());

/** A moment of the UTC day so many days ago. */
const momentOf = (daysAgo: number, time: string): string =>
  `${new Date(Date.now() - daysAgo * DAY_MS).toISOString().slice(0, 10)}T${time}Z`;

const dateOf = (daysAgo: number): string => momentOf(daysAgo, '').slice(0, 10);

const overviewOf = async (client: HttpClient, query = '') => {
  const answer = await client.get(`${PATH}${query}`);
  expect(answer.status).toBe(200);
  return answer.body.data;
};

describe('GET /api/security/overview', () => {
  test('has as many days as asked for, the last of which is today, and zeros where nothing was', async () => {
    for (const [query, period] of [
      ['?period=7', 7],
      ['', 30],
      ['?period=90', 90],
    ] as const) {
      const overview = await overviewOf(fixture.riverside.owner, query);
      const dates = Array.from({ length: period }, (_, index) => dateOf(period - 1 - index));
      expect(overview).toMatchObject({ period, signIns: NOTHING, events: [] });
      expect(overview.trend).toEqual(dates.map((date) => ({ date, ...NOTHING })));
    }
  });

  test('counts how people signed in, by UTC day, and what happened to accounts', async () => {
    const { addAttempt, addEvent } = fixture;
    for (const [outcome, daysAgo, time] of [
      ['succeeded', 0, '00:00:00.000'],
      ['succeeded', 6, '00:00:00.000'],
      ['succeeded', 6, '23:59:59.999'],
      ['succeeded', 7, '23:59:59.999'],
      ['failed', 2, '12:00:00.000'],
      ['throttled', 2, '12:00:00.000'],
      ['two_factor_failed', 2, '12:00:00.000'],
      ['two_factor_required', 2, '12:00:00.000'],
    ] as const) {
      await addAttempt(tenant.id, momentOf(daysAgo, time), { outcome });
    }
    await addEvent(tenant.id, momentOf(6, '00:00:00.000'), { type: 'password.changed' });
    await addEvent(tenant.id, momentOf(1, '00:00:00.000'), { type: 'policy.changed' });
    await addEvent(tenant.id, momentOf(1, '00:00:00.000'), { type: 'policy.changed' });
    await addEvent(tenant.id, momentOf(7, '23:59:59.999'), { type: 'policy.changed' });

    const overview = await overviewOf(tenant.owner, '?period=7');

    expect(overview.signIns).toEqual({ succeeded: 3, failed: 1, throttled: 1, twoFactorFailed: 1 });
    expect(overview.trend).toEqual([
      { date: dateOf(6), ...NOTHING, succeeded: 2 },
      ...[5, 4, 3].map((daysAgo) => ({ date: dateOf(daysAgo), ...NOTHING })),
      { date: dateOf(2), succeeded: 0, failed: 1, throttled: 1, twoFactorFailed: 1 },
      { date: dateOf(1), ...NOTHING },
      { date: dateOf(0), ...NOTHING, succeeded: 1 },
    ]);
    expect(overview.events).toEqual([
      { type: 'policy.changed', count: 2 },
      { type: 'password.changed', count: 1 },
    ]);
    expect((await overviewOf(tenant.owner)).signIns.succeeded).toBe(4);
  });

  test('counts lock-outs, live sessions and second factors of the tenant', async () => {
    const { addTenant, addMember, addLockout, addSession, enrol, userId } = fixture;
    const team = await addTenant();
    const ownerId = await userId(team.ownerEmail);
    for (const role of ['staff', 'member']) await addMember(team.id, role);
    await addLockout(ownerId);
    await addLockout(ownerId, { blocked_until: null });
    await addSession(ownerId, team.id, { revoked_at: new Date() });
    await enrol(ownerId);

    expect(await overviewOf(team.owner)).toMatchObject({
      lockouts: 1,
      sessions: 3,
      twoFactor: { members: 3, enrolled: 1, share: 0.3333 },
    });
  });

  test("keeps a tenant's figures its own, and adds up everybody's for operators", async () => {
    const { app, operator, operatorIn, lakeside, riverside, addAttempt, addEvent, addLockout } = fixture;
    const now = new Date().toISOString();
    await addLockout(null, { kind: 'sign_in_address' });
    for (const tenantId of [riverside.id, NIL]) {
      await addAttempt(tenantId, now, { outcome: 'throttled' });
      await addEvent(tenantId, now, { type: 'ip_rule.created' });
    }
    const count = async (text: string) => (await app.rows<{ count: number }>(text))[0]?.count;

    const onPlatform = await overviewOf(operator, '?period=90');
    const elsewhere = await overviewOf(lakeside.owner, '?period=90');

    expect(elsewhere).toMatchObject({ signIns: NOTHING, events: [], lockouts: 0 });
    expect(await overviewOf(operatorIn(riverside.id))).toMatchObject({
      signIns: { ...NOTHING, throttled: 1 },
      events: [{ type: 'ip_rule.created', count: 1 }],
    });
    expect(onPlatform.signIns).toEqual({
      succeeded: await count("select count(*)::int as count from login_attempts where outcome = 'succeeded'"),
      failed: 1,
      throttled: 3,
      twoFactorFailed: 1,
    });
    expect(onPlatform.events).toContainEqual({ type: 'ip_rule.created', count: 2 });
    expect(onPlatform).toMatchObject({
      lockouts: await count('select count(*)::int as count from throttles where blocked_until > now()'),
      sessions: await count(
        'select count(*)::int as count from sessions where revoked_at is null and expires_at > now()',
      ),
      twoFactor: {
        members: await count("select count(*)::int as count from users where status = 'active'"),
        enrolled: await count('select count(*)::int as count from totp_authenticators'),
      },
    });
  });

  test.each(['period=1', 'period=week', 'period=', 'days=7'])('refuses %s', async (query) => {
    expect(failure(await tenant.owner.get(`${PATH}?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is for who may read it', async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    expect(failure(await fixture.app.http.get(PATH))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.get(PATH))).toEqual([403, 'FORBIDDEN']);
    const foreign = await tenant.owner.get(PATH, { headers: { 'x-tenant-id': fixture.riverside.id } });
    expect(failure(foreign)).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });
});
