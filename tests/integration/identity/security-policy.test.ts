import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MadeTenant } from '../tenancy/tenancy-fixture.ts';
import { failure, NIL, PASSWORD, type SecurityFixture, startSecurity } from './security-fixture.ts';

const PATH = '/api/security/policy';

const INSTALLATION = {
  passwordMinLength: 12,
  twoFactor: 'optional',
  magicLinks: true,
  sessionDays: 90,
  sessionIdleDays: 14,
};
const STRICT = { ...INSTALLATION, passwordMinLength: 16, magicLinks: false, sessionDays: 30, sessionIdleDays: 7 };

let fixture: SecurityFixture;
let tenant: MadeTenant;
let ownerId: string;

beforeAll(async () => {
  fixture = await startSecurity();
});

afterAll(() => fixture.close());

beforeEach(async () => {
  await fixture.app.rows('delete from security_policies');
  tenant = await fixture.addTenant();
  ownerId = await fixture.userId(tenant.ownerEmail);
});

const storedOf = (tenantId: string) =>
  fixture.app.rows(
    'select password_min_length, two_factor, magic_links, session_days, session_idle_days, version from security_policies where tenant_id = $1',
    [tenantId],
  );

describe('GET /api/security/policy', () => {
  test('shows what holds where nothing has been set', async () => {
    const expected = { own: null, inherited: INSTALLATION, effective: INSTALLATION, version: 0 };
    expect((await tenant.owner.get(PATH)).body.data).toEqual(expected);
    expect((await fixture.operator.get(PATH)).body.data).toEqual(expected);
  });

  test("shows a tenant's own, what it stands under, and the stricter of both rule by rule", async () => {
    await tenant.owner.put(PATH, { ...INSTALLATION, sessionDays: 20, passwordMinLength: 14 });
    const platform = { ...INSTALLATION, passwordMinLength: 16, magicLinks: false, twoFactor: 'required' };
    await fixture.enrol(fixture.operatorId);
    expect((await fixture.operator.put(PATH, platform)).status).toBe(200);

    const answer = await tenant.owner.get(PATH);
    const byOperator = await fixture.operatorIn(tenant.id).get(PATH);

    expect(answer.body.data).toEqual({
      own: { ...INSTALLATION, sessionDays: 20, passwordMinLength: 14 },
      inherited: { ...platform, twoFactor: 'optional' },
      effective: { ...INSTALLATION, sessionDays: 20, passwordMinLength: 16, magicLinks: false },
      version: 1,
    });
    expect(byOperator.body.data).toEqual(answer.body.data);
    await fixture.app.rows('delete from totp_authenticators');
  });

  test('is for who may read it', async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    expect(failure(await fixture.app.http.get(PATH))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.get(PATH))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('PUT /api/security/policy', () => {
  test('sets and replaces a policy, and writes down what it was', async () => {
    const { auditOf, eventsOf } = fixture;
    const first = await tenant.owner.put(PATH, { ...STRICT, version: 0 });
    const second = await tenant.owner.put(PATH, { ...STRICT, passwordMinLength: 20, version: 1 });

    expect(first.body.data).toEqual({ own: STRICT, inherited: INSTALLATION, effective: STRICT, version: 1 });
    expect(second.body.data).toMatchObject({ own: { ...STRICT, passwordMinLength: 20 }, version: 2 });
    expect(await storedOf(tenant.id)).toEqual([
      {
        password_min_length: 20,
        two_factor: 'optional',
        magic_links: false,
        session_days: 30,
        session_idle_days: 7,
        version: 2,
      },
    ]);
    expect((await auditOf(tenant.id)).filter(({ action }) => action === 'policy.updated')).toMatchObject([
      { tenant_id: tenant.id, actor_id: ownerId, changes: { after: STRICT } },
      {
        tenant_id: tenant.id,
        actor_id: ownerId,
        changes: { before: { passwordMinLength: 16 }, after: { passwordMinLength: 20 } },
      },
    ]);
    expect(await eventsOf(tenant.id, 'policy.changed')).toMatchObject([
      { actor_id: ownerId, details: { before: null, after: STRICT } },
      { actor_id: ownerId, details: { before: STRICT, after: { passwordMinLength: 20 } } },
    ]);
  });

  test("stays in its own scope: another tenant's and the platform's are not touched", async () => {
    await fixture.operatorIn(fixture.riverside.id).put(PATH, STRICT);
    const before = await storedOf(fixture.riverside.id);

    await tenant.owner.put(PATH, { ...INSTALLATION, passwordMinLength: 18 });

    expect(before).toHaveLength(1);
    expect(await storedOf(fixture.riverside.id)).toEqual(before);
    expect(await storedOf(NIL)).toEqual([]);
    const foreign = await tenant.owner.put(PATH, INSTALLATION, { 'x-tenant-id': fixture.riverside.id });
    expect(failure(foreign)).toEqual([403, 'TENANT_ACCESS_DENIED']);
  });

  test('of an operator without a tenant is that of the platform', async () => {
    const answer = await fixture.operator.put(PATH, STRICT);

    expect(answer.body.data).toEqual({ own: STRICT, inherited: INSTALLATION, effective: STRICT, version: 1 });
    expect(await storedOf(NIL)).toHaveLength(1);
    expect((await fixture.auditOf(NIL)).map(({ tenant_id, action }) => [tenant_id, action])).toContainEqual([
      NIL,
      'policy.updated',
    ]);
    expect((await tenant.owner.get(PATH)).body.data).toMatchObject({ own: null, effective: STRICT });
  });

  test('refuses a version that is out of date, and shows the current one', async () => {
    await tenant.owner.put(PATH, STRICT);

    for (const version of [0, 2]) {
      const late = await tenant.owner.put(PATH, { ...INSTALLATION, version });
      expect(failure(late)).toEqual([409, 'VERSION_CONFLICT']);
      expect(late.body.error.details.current).toEqual({ ...STRICT, version: 1 });
    }
    expect((await tenant.owner.get(PATH)).body.data.own).toEqual(STRICT);
  });

  test('is set once by those who set it first at the same time', async () => {
    const lengths = [12, 13, 14, 15, 16, 17];

    const answers = await Promise.all(
      lengths.map((passwordMinLength) => tenant.owner.put(PATH, { ...INSTALLATION, passwordMinLength, version: 0 })),
    );

    const [winner] = answers.filter(({ status }) => status === 200);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await storedOf(tenant.id)).toMatchObject([
      { password_min_length: winner?.body.data.own.passwordMinLength, version: 1 },
    ]);
  });

  test('can not be weaker than what it stands under', async () => {
    await fixture.operator.put(PATH, STRICT);

    const answer = await tenant.owner.put(PATH, {
      ...STRICT,
      passwordMinLength: 15,
      magicLinks: true,
      sessionDays: 31,
    });

    expect(failure(answer)).toEqual([422, 'POLICY_WEAKER_THAN_PLATFORM']);
    expect(answer.body.error.details.map(({ path }: { path: string }) => path)).toEqual([
      'body.passwordMinLength',
      'body.magicLinks',
      'body.sessionDays',
    ]);
    expect(await storedOf(tenant.id)).toEqual([]);
    const installation = await fixture.operator.put(PATH, { ...INSTALLATION, sessionDays: 91 });
    expect(failure(installation)).toEqual([422, 'POLICY_WEAKER_THAN_PLATFORM']);
  });

  test('asks for a second factor only by who has one where it is asked of them', async () => {
    const wanted = { ...INSTALLATION, twoFactor: 'required' };
    expect(failure(await tenant.owner.put(PATH, wanted))).toEqual([409, 'TWO_FACTOR_NOT_ENABLED']);
    expect(failure(await fixture.operator.put(PATH, wanted))).toEqual([409, 'TWO_FACTOR_NOT_ENABLED']);
    expect(await fixture.app.rows('select 1 from security_policies')).toEqual([]);

    await fixture.enrol(ownerId);
    expect((await tenant.owner.put(PATH, wanted)).status).toBe(200);
    expect((await tenant.owner.put(PATH, { ...wanted, passwordMinLength: 13 })).status).toBe(200);
    const other = await fixture.addTenant();
    expect((await fixture.operatorIn(other.id).put(PATH, wanted)).status).toBe(200);
  });

  test('holds from the next sign-in and the next refresh on', async () => {
    const login = () => fixture.app.http.post('/api/auth/login', { email: tenant.ownerEmail, password: PASSWORD });
    await tenant.owner.put(PATH, { ...INSTALLATION, sessionDays: 3, sessionIdleDays: 2 });
    const signedIn = await login();
    expect(signedIn.body.data.status).toBe('signed_in');
    const [session] = await fixture.app.rows<{ days: number }>(
      `select round(extract(epoch from expires_at - created_at) / 86400)::int as days from sessions
       where user_id = $1 order by created_at desc limit 1`,
      [ownerId],
    );
    expect(session?.days).toBe(3);

    await fixture.operatorIn(tenant.id).put(PATH, { ...INSTALLATION, twoFactor: 'required' });

    expect((await login()).body.data.status).toBe('two_factor_enrolment_required');
    expect((await tenant.owner.get(PATH)).status).toBe(200);
    const { refreshToken } = signedIn.body.data;
    const refreshed = await fixture.app.http.post('/api/auth/refresh', { refreshToken });
    expect(failure(refreshed)).toEqual([401, 'REFRESH_TOKEN_INVALID']);
  });

  test.each([
    ['a length of 11', { ...INSTALLATION, passwordMinLength: 11 }, 'body.passwordMinLength'],
    ['a length of 65', { ...INSTALLATION, passwordMinLength: 65 }, 'body.passwordMinLength'],
    ['a word for a factor', { ...INSTALLATION, twoFactor: 'always' }, 'body.twoFactor'],
    ['a session without days', { ...INSTALLATION, sessionDays: 0 }, 'body.sessionDays'],
    ['a session of more than a year', { ...INSTALLATION, sessionDays: 366 }, 'body.sessionDays'],
    [
      'an idle time beyond the session',
      { ...INSTALLATION, sessionDays: 7, sessionIdleDays: 8 },
      'body.sessionIdleDays',
    ],
    ['a rule left out', { ...INSTALLATION, magicLinks: undefined }, 'body.magicLinks'],
    ['an unknown field', { ...INSTALLATION, tenantId: NIL }, 'body.tenantId'],
    ['a negative version', { ...INSTALLATION, version: -1 }, 'body.version'],
  ])('refuses %s', async (_what, body, path) => {
    const answer = await tenant.owner.put(PATH, body);
    expect(failure(answer)).toEqual([400, 'VALIDATION_FAILED']);
    expect(answer.body.error.details[0].path).toBe(path);
    expect(await storedOf(tenant.id)).toEqual([]);
  });

  test('is for who may write it', async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    expect(failure(await fixture.app.http.put(PATH, INSTALLATION))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.put(PATH, INSTALLATION))).toEqual([403, 'FORBIDDEN']);
    expect(await storedOf(tenant.id)).toEqual([]);
  });
});
