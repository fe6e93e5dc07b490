import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { invalidateAtCommit } from '../../../src/repositories/base/invalidation.repository.ts';
import { createSessionRepository } from '../../../src/repositories/identity/session.repository.ts';
import { createSessionRegistry, type SessionTrust } from '../../../src/services/identity/session-registry.service.ts';
import { systemRoles } from '../../../src/types/access-control.ts';
import type { Clock } from '../../../src/types/clock.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { PLATFORM_ID, type TenantId } from '../../../src/types/ids.ts';
import type { AccessTokenClaims } from '../../../src/validators/identity/access-token.schema.ts';
import {
  type IdentityFixture,
  noCookies,
  publicRequest,
  refusalOf,
  type SignedInPerson,
  startIdentity,
  startProcess,
  until,
} from './identity-fixture.ts';

const JWT_KEYS = `test:${randomBytes(32).toString('base64')}`;
const ctx = publicRequest('session.test');

let fixture: IdentityFixture;
/** Another process on the same database. */
let other: ReturnType<typeof startProcess>;
let clock: Clock & { ahead: number };
let reads: number;
let registry: ReturnType<typeof createSessionRegistry>;

beforeAll(async () => {
  fixture = await startIdentity({ JWT_KEYS });
  other = startProcess(fixture.database, { JWT_KEYS });
  await other.infrastructure.notifications.start();
  const { database, notifications, settings } = other.infrastructure;
  const sessions = createSessionRepository({ database });
  clock = { ahead: 0, now: () => new Date(Date.now() + clock.ahead) };
  const findFacts: typeof sessions.findFacts = (...args) => {
    reads += 1;
    return sessions.findFacts(...args);
  };
  registry = createSessionRegistry({ sessions: { findFacts }, notifications, clock, settings });
});
afterAll(async () => {
  await other.close();
  await fixture.close();
});

let person: SignedInPerson;
let claims: AccessTokenClaims;
let userId: string;
let tenantId: TenantId;
let trust: SessionTrust;

beforeEach(async () => {
  const user = await fixture.addUser();
  userId = user.id;
  tenantId = await fixture.addTenant(`t${userId}`);
  await fixture.addMember(userId, tenantId);
  person = await fixture.signIn(user.email);
  claims = person.claims;
  reads = 0;
  clock.ahead = 0;
  ({ trust } = await registry.admit(ctx, claims));
});

const now = () => clock.now().getTime();
const isTrusted = () => registry.trusts(trust, now());
const signOut = () => fixture.auth.logout(fixture.requestOf(person, 'session.revoked'), noCookies);
const refresh = () =>
  fixture.auth.refresh(publicRequest('session.refreshed'), { refreshToken: person.refreshToken }, noCookies);
const tellOf = (changedUserId: string) =>
  fixture.infrastructure.tx.run(systemContext(platformScope, 'test'), async (txCtx) =>
    invalidateAtCommit(txCtx, 'user', changedUserId),
  );
const admitted = async (who = claims) => {
  const { principal } = await registry.admit(ctx, who);
  return { role: principal.actor.role, permissions: [...principal.permissions.patterns].sort() };
};
const refusal = async (who = claims) => (await refusalOf(registry.admit(ctx, who))).code;

test('reads a session once, however many requests come', async () => {
  await Promise.all(Array.from({ length: 20 }, () => registry.admit(ctx, claims)));
  expect(isTrusted()).toBe(true);
  expect(reads).toBe(1);
});

test('a sign-out in another process is known within a second', async () => {
  await signOut();
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
  expect(await refusal()).toBe('SESSION_REVOKED');
});

test('so is a refresh token that was used again', async () => {
  await refresh();
  await fixture.rows("update refresh_tokens set used_at = used_at - interval '1 minute' where session_id = $1", [
    claims.sid,
  ]);
  expect(isTrusted()).toBe(true);
  expect((await refusalOf(refresh())).code).toBe('REFRESH_TOKEN_INVALID');
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
  expect(await refusal()).toBe('SESSION_REVOKED');
});

test("a token in another user's name is none of this session", async () => {
  expect(await refusal({ ...claims, userId: randomUUID() })).toBe('SESSION_REVOKED');
});

describe('a change of the user is known within a second', () => {
  const change = async (text: string, values: unknown[] = [userId]) => {
    await fixture.rows(text, values);
    await tellOf(userId);
    expect(await until(() => !isTrusted())).toBeLessThan(1000);
  };

  test.each<[string, string, string]>([
    ['suspended', "update users set status = 'suspended' where id = $1", 'SESSION_REVOKED'],
    ['no longer a member', 'delete from memberships where user_id = $1', 'TOKEN_INVALID'],
    ['membership suspended', "update memberships set status = 'suspended' where user_id = $1", 'TOKEN_INVALID'],
    ['deleted', 'delete from users where id = $1', 'SESSION_REVOKED'],
  ])('%s', async (_name, text, code) => {
    await change(text);
    expect(await refusal()).toBe(code);
  });

  test('another role in the tenant: its permissions, whatever the token says', async () => {
    expect((await admitted()).permissions).toContain('members:*');
    await change("update memberships set role = 'staff' where user_id = $1");
    expect(await admitted()).toEqual({ role: 'staff', permissions: systemRoles.staff.permissions.toSorted() });
  });

  test("a role of the tenant's own that is given, changed and taken away", async () => {
    const roleId = randomUUID();
    await change("update memberships set role = 'member' where user_id = $1");
    expect((await admitted()).permissions).toEqual(['tenants:read']);

    ({ trust } = await registry.admit(ctx, claims));
    await fixture.rows(
      `insert into roles (tenant_id, id, name, permissions, updated_at) values ($1, $2, 'Desk', '{plans:read}', now())`,
      [tenantId, roleId],
    );
    await change(
      `insert into role_assignments (tenant_id, membership_id, role_id)
       select tenant_id, id, $2 from memberships where user_id = $1`,
      [userId, roleId],
    );
    expect((await admitted()).permissions).toEqual(['plans:read', 'tenants:read']);

    ({ trust } = await registry.admit(ctx, claims));
    await change("update roles set permissions = '{invoices:read}' where id = $1", [roleId]);
    expect((await admitted()).permissions).toEqual(['invoices:read', 'tenants:read']);

    ({ trust } = await registry.admit(ctx, claims));
    await change('delete from role_assignments where role_id = $1', [roleId]);
    expect((await admitted()).permissions).toEqual(['tenants:read']);
  });

  test('a new membership works with the next token', async () => {
    const joined = await fixture.addTenant(`j${userId}`);
    const there: AccessTokenClaims = { ...claims, tenantId: joined, activeContext: { type: 'tenant', id: joined } };
    expect(await refusal(there)).toBe('TOKEN_INVALID');
    ({ trust } = await registry.admit(ctx, claims));
    await fixture.addMember(userId, joined, 'staff');
    expect(await until(() => !isTrusted())).toBeLessThan(1000);
    expect((await admitted(there)).role).toBe('staff');
  });

  test('an operator whose permissions and then whose role are taken', async () => {
    const operator = await fixture.addOperator();
    userId = operator.id;
    const { claims: theirs } = await fixture.signIn(operator.email);
    ({ trust } = await registry.admit(ctx, theirs));
    expect((await admitted(theirs)).permissions).toContain('plans:*');

    await change(`update users set platform_permissions = '["plans:read"]' where id = $1`);
    expect(await admitted(theirs)).toEqual({ role: 'admin', permissions: ['plans:read'] });

    ({ trust } = await registry.admit(ctx, theirs));
    await change('update users set platform_role = null, platform_permissions = null where id = $1');
    expect(await refusal(theirs)).toBe('TOKEN_INVALID');
  });
});

describe('an operator in the place of a member', () => {
  let operatorId: string;
  let impersonated: AccessTokenClaims;

  beforeEach(async () => {
    operatorId = (await fixture.addOperator()).id;
    const sessionId = randomUUID();
    await fixture.rows(
      `insert into sessions (id, user_id, method, last_used_at, expires_at)
       values ($1, $2, 'impersonation', now(), now() + interval '20 minutes')`,
      [sessionId, userId],
    );
    await fixture.rows(
      `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
       values ($1, gen_random_uuid(), $2, $3, $4, 'read_only', 'A ticket of theirs', now() + interval '20 minutes')`,
      [tenantId, operatorId, userId, sessionId],
    );
    impersonated = { ...claims, sid: sessionId, act: { sub: operatorId } };
    ({ trust } = await registry.admit(ctx, impersonated));
  });

  test('reads what both may', async () => {
    const { principal } = await registry.admit(ctx, impersonated);
    expect(principal.actor).toMatchObject({ id: userId, impersonatorId: operatorId });
    expect([...principal.permissions.patterns].every((pattern) => pattern.endsWith(':read'))).toBe(true);
    expect(principal.permissions.has('invoices:read')).toBe(true);
  });

  test.each([
    ['suspended', "update users set status = 'suspended' where id = $1"],
    ['no longer an operator', 'update users set platform_role = null where id = $1'],
    ['no longer allowed to', `update users set platform_permissions = '["plans:read"]' where id = $1`],
  ])('is out within a second once they are %s', async (_name, text) => {
    await fixture.rows(text, [operatorId]);
    await tellOf(operatorId);
    expect(await until(() => !isTrusted())).toBeLessThan(1000);
    expect(await refusal(impersonated)).toBe('SESSION_REVOKED');
  });

  test('has a token that names them, and works in the one tenant', async () => {
    const { act: _act, ...withoutActor } = impersonated;
    expect(await refusal(withoutActor)).toBe('TOKEN_INVALID');
    expect(await refusal({ ...impersonated, act: { sub: randomUUID() } })).toBe('TOKEN_INVALID');
    expect(await refusal({ ...claims, act: { sub: operatorId } })).toBe('TOKEN_INVALID');
    const elsewhere = await fixture.addTenant(`e${userId}`);
    await fixture.addMember(userId, elsewhere);
    await until(() => !isTrusted());
    const there = { ...impersonated, tenantId: elsewhere, activeContext: { type: 'tenant', id: elsewhere } } as const;
    expect(await refusal(there)).toBe('SESSION_REVOKED');
    const { tenantId: _tenant, ...rest } = impersonated;
    expect(await refusal({ ...rest, activeContext: { type: 'platform', id: PLATFORM_ID } })).toBe('TOKEN_INVALID');
  });
});

test('an invalidation that overtakes the read leaves no trust behind', async () => {
  const user = await fixture.addUser();
  const { claims: theirs } = await fixture.signIn(user.email);
  const reading = registry.admit(ctx, theirs);
  registry.forget(theirs.sid);
  expect(registry.trusts((await reading).trust, now())).toBe(false);
});

test('a session is not trusted beyond its end', async () => {
  clock.ahead = 91 * 86_400_000;
  expect(isTrusted()).toBe(false);
});

describe('a clock that differs from the others', () => {
  test.each([
    ['ten minutes behind', -10 * 60_000],
    ['ten minutes ahead', 10 * 60_000],
  ])('%s: what the database says of a session counts, and a revocation is heard all the same', async (_name, ahead) => {
    clock.ahead = ahead;
    ({ trust } = await registry.admit(ctx, claims));
    expect(isTrusted()).toBe(true);
    await signOut();
    expect(await until(() => !isTrusted())).toBeLessThan(1000);
    expect(await refusal()).toBe('SESSION_REVOKED');
  });

  test('that jumps back does not trust a session for longer that has ended in the database', async () => {
    await fixture.rows("update sessions set expires_at = now() - interval '1 second' where id = $1", [claims.sid]);
    await tellOf(userId);
    await until(() => !isTrusted());
    clock.ahead = -3_600_000;
    expect(await refusal()).toBe('SESSION_REVOKED');
  });
});

const limitConnections = (limit: number) =>
  fixture.rows(`do $$ begin execute format('alter database %I connection limit ${limit}', current_database()); end $$`);

test('a lost connection makes it forget everything, and trust for five seconds only until it is back', async () => {
  const { notifications } = other.infrastructure;
  await limitConnections(0);
  try {
    await fixture.rows(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rowhouse-notifications'",
    );
    await until(() => !notifications.connected);
    expect(isTrusted()).toBe(false);
    ({ trust } = await registry.admit(ctx, claims));
    expect(isTrusted()).toBe(true);
    clock.ahead = 5000;
    expect(isTrusted()).toBe(false);
    clock.ahead = -60_000;
    expect(isTrusted()).toBe(false);
    clock.ahead = 0;
  } finally {
    await limitConnections(-1);
  }
  await until(() => notifications.connected && fixture.infrastructure.notifications.connected);
  expect(isTrusted()).toBe(false);
  ({ trust } = await registry.admit(ctx, claims));
  await signOut();
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
});
