import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { PLATFORM_ID, type TenantId } from '../../../src/types/ids.ts';
import { type IdentityFixture, refusalOf, startIdentity } from './identity-fixture.ts';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await startIdentity();
});
afterAll(() => fixture.close());

let userId: string;
let sessionId: string;
let refreshToken: string;
let home: TenantId;
let away: TenantId;

beforeEach(async () => {
  const user = await fixture.addUser();
  userId = user.id;
  home = await fixture.addTenant(`home-${userId}`);
  away = await fixture.addTenant(`away-${userId}`);
  await fixture.addMember(userId, home);
  await fixture.addMember(userId, away, 'staff');
  const person = await fixture.signIn(user.email, `home-${userId}`);
  refreshToken = person.refreshToken;
  sessionId = person.claims.sid;
});

const claimsOf = (accessToken: string) => jwt.decode(accessToken, { json: true });
const refusal = async (work: Promise<unknown>) => (await refusalOf(work)).code;

interface PolicyChange {
  readonly twoFactor?: 'required' | 'optional';
  readonly sessionDays?: number;
  readonly sessionIdleDays?: number;
}
const setPolicy = (
  tenantId: TenantId,
  { twoFactor = 'optional', sessionDays = 90, sessionIdleDays = 30 }: PolicyChange,
) =>
  fixture.rows(
    `insert into security_policies
       (tenant_id, password_min_length, two_factor, magic_links, session_days, session_idle_days, updated_at)
     values ($1, 12, $2, true, $3, $4, now())
     on conflict (tenant_id) do update set two_factor = excluded.two_factor`,
    [tenantId, twoFactor, sessionDays, sessionIdleDays],
  );
const proveSecondFactor = () => fixture.rows('update sessions set two_factor_at = now() where id = $1', [sessionId]);
const family = () =>
  fixture.rows<{ used: boolean; idle_days: number }>(
    `select used_at is not null as used, round(extract(epoch from expires_at - issued_at) / 86400)::int as idle_days
     from refresh_tokens where session_id = $1 order by generation`,
    [sessionId],
  );
const audited = () =>
  fixture.rows<{ action: string; tenant_id: string; changes: unknown }>(
    'select action, tenant_id, changes from audit_entries where resource_id = $1 order by id',
    [sessionId],
  );

describe('a refresh that names a tenant', () => {
  test('gives an access token for it, and leaves the session in its own', async () => {
    const there = await fixture.refresh(refreshToken, away);
    expect(claimsOf(there.accessToken)).toMatchObject({ tenantId: away, role: 'staff', sid: sessionId });
    const back = await fixture.refresh(there.refreshToken);
    expect(claimsOf(back.accessToken)).toMatchObject({ tenantId: home, role: 'owner' });
    expect((await audited()).slice(1)).toMatchObject([
      { action: 'session.refreshed', tenant_id: away },
      { action: 'session.refreshed', tenant_id: home },
    ]);
  });

  test('or none, for nothing but the own things', async () => {
    const alone = await fixture.refresh(refreshToken, null);
    const claims = claimsOf(alone.accessToken);
    expect(claims).toMatchObject({ activeContext: { type: 'self', id: userId }, permissions: [] });
    expect(claims).not.toHaveProperty('tenantId');
    expect(claimsOf((await fixture.refresh(alone.refreshToken)).accessToken)).toMatchObject({ tenantId: home });
  });

  test('gives two tabs that ask at once the same successor, and each its own tenant', async () => {
    const answers = await Promise.all([home, away, home, away].map((tenant) => fixture.refresh(refreshToken, tenant)));
    expect(new Set(answers.map((answer) => answer.refreshToken)).size).toBe(1);
    expect(answers.map(({ accessToken }) => claimsOf(accessToken)?.tenantId)).toEqual([home, away, home, away]);
    expect(await family()).toHaveLength(2);
  });

  test.each<[string, () => Promise<TenantId>]>([
    ["somebody else's", () => fixture.addTenant(`other-${userId}`)],
    [
      'one that they have left',
      async () => {
        await fixture.rows('delete from memberships where user_id = $1 and tenant_id = $2', [userId, away]);
        return away;
      },
    ],
    [
      'one that has suspended them',
      async () => {
        await fixture.rows("update memberships set status = 'suspended' where user_id = $1 and tenant_id = $2", [
          userId,
          away,
        ]);
        return away;
      },
    ],
  ])('%s: 403, and the token is as good as before', async (_name, tenantOf) => {
    expect(await refusal(fixture.refresh(refreshToken, await tenantOf()))).toBe('TENANT_ACCESS_DENIED');
    expect(await family()).toMatchObject([{ used: false }]);
    await expect(fixture.refresh(refreshToken)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });

  test('that asks for a second factor: 403 without one, and the token is as good as before', async () => {
    await setPolicy(away, { twoFactor: 'required' });
    expect(await refusal(fixture.refresh(refreshToken, away))).toBe('TWO_FACTOR_REQUIRED');
    expect(await family()).toMatchObject([{ used: false }]);
    await proveSecondFactor();
    expect(claimsOf((await fixture.refresh(refreshToken, away)).accessToken)).toMatchObject({ tenantId: away });
  });

  test('whose sessions end sooner than this one has lasted: 403', async () => {
    await setPolicy(away, { sessionDays: 2, sessionIdleDays: 1 });
    expect(claimsOf((await fixture.refresh(refreshToken, away)).accessToken)).toMatchObject({ tenantId: away });
    await fixture.rows("update sessions set created_at = now() - interval '49 hours' where id = $1", [sessionId]);
    expect(await refusal(fixture.refresh(refreshToken, away))).toBe('REAUTHENTICATION_REQUIRED');
    await expect(fixture.refresh(refreshToken, home)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });

  test('of an operator: 403', async () => {
    const operator = await fixture.addOperator();
    const theirs = await fixture.signIn(operator.email);
    expect(await refusal(fixture.refresh(theirs.refreshToken, home))).toBe('OPERATOR_CONTEXT_FIXED');
    expect(await refusal(fixture.refresh(theirs.refreshToken, null))).toBe('OPERATOR_CONTEXT_FIXED');
    const { accessToken } = await fixture.refresh(theirs.refreshToken);
    expect(claimsOf(accessToken)).toMatchObject({ activeContext: { type: 'platform' } });
  });

  test('of a stolen token ends the session before anything else', async () => {
    await fixture.refresh(refreshToken);
    await fixture.rows("update refresh_tokens set used_at = used_at - interval '1 minute' where session_id = $1", [
      sessionId,
    ]);
    const elsewhere = await fixture.addTenant(`stolen-${userId}`);
    expect(await refusal(fixture.refresh(refreshToken, elsewhere))).toBe('REFRESH_TOKEN_INVALID');
    expect((await audited()).at(-1)).toMatchObject({ action: 'session.reuse_detected', tenant_id: home });
  });
});

describe('a policy that has become stricter', () => {
  const refusedFor = async (reason: string, tenantId: TenantId) => {
    expect(await refusal(fixture.refresh(refreshToken))).toBe('REFRESH_TOKEN_INVALID');
    expect((await audited()).at(-1)).toEqual({
      action: 'session.refresh_refused',
      tenant_id: tenantId,
      changes: { after: { reason } },
    });
    expect(await family()).toMatchObject([{ used: false }]);
  };

  test('and asks for a second factor: sign in again', async () => {
    await setPolicy(home, { twoFactor: 'required' });
    await refusedFor('TWO_FACTOR_REQUIRED', home);
    expect(claimsOf((await fixture.refresh(refreshToken, away)).accessToken)).toMatchObject({ tenantId: away });
  });

  test('does not concern a session that has proved one', async () => {
    await proveSecondFactor();
    await setPolicy(home, { twoFactor: 'required' });
    await expect(fixture.refresh(refreshToken)).resolves.toMatchObject({ tokenType: 'Bearer' });
  });

  test('holds for one user as well, when an administrator asks them', async () => {
    await fixture.rows('update users set two_factor_required = true where id = $1', [userId]);
    await refusedFor('TWO_FACTOR_REQUIRED', home);
  });

  test("and is the platform's: for operators, and for nobody else", async () => {
    const operator = await fixture.addOperator();
    const theirs = await fixture.signIn(operator.email);
    await setPolicy(PLATFORM_ID, { twoFactor: 'required' });
    try {
      const { refreshToken: successor } = await fixture.refresh(refreshToken);
      expect(successor).not.toBe(refreshToken);
      ({ refreshToken } = theirs);
      sessionId = theirs.claims.sid;
      await refusedFor('TWO_FACTOR_REQUIRED', PLATFORM_ID);
    } finally {
      await fixture.rows('delete from security_policies where tenant_id = $1', [PLATFORM_ID]);
    }
  });

  test('and lets sessions last for less: sign in again', async () => {
    await setPolicy(home, { sessionDays: 2, sessionIdleDays: 1 });
    await fixture.rows("update sessions set created_at = now() - interval '49 hours' where id = $1", [sessionId]);
    await refusedFor('REAUTHENTICATION_REQUIRED', home);
  });

  test('and lets them rest for less: counts for the next token, whichever tenant that is asked for', async () => {
    await setPolicy(home, { sessionIdleDays: 3 });
    const { refreshToken: second } = await fixture.refresh(refreshToken);
    const { refreshToken: third } = await fixture.refresh(second, away);
    await setPolicy(away, { sessionIdleDays: 1 });
    await fixture.refresh(third, away);
    expect((await family()).map(({ idle_days }) => idle_days)).toEqual([14, 3, 3, 1]);
  });
});
