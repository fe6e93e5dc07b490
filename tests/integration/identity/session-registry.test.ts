import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { invalidateAtCommit } from '../../../src/repositories/base/invalidation.repository.ts';
import { createSessionRepository } from '../../../src/repositories/identity/session.repository.ts';
import { toPrincipal } from '../../../src/services/identity/access-token.ts';
import { createSessionRegistry, type SessionTrust } from '../../../src/services/identity/session-registry.service.ts';
import type { Clock } from '../../../src/types/clock.ts';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import type { TenantId } from '../../../src/types/ids.ts';
import type { Principal } from '../../../src/types/principal.ts';
import {
  type IdentityFixture,
  PASSWORD,
  publicRequest,
  refusalOf,
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
  const { database, notifications } = other.infrastructure;
  const sessions = createSessionRepository({ database });
  clock = { ahead: 0, now: () => new Date(Date.now() + clock.ahead) };
  const findFacts: typeof sessions.findFacts = (...args) => {
    reads += 1;
    return sessions.findFacts(...args);
  };
  registry = createSessionRegistry({ sessions: { findFacts }, notifications, clock });
});
afterAll(async () => {
  await other.close();
  await fixture.close();
});

let principal: Principal;
let userId: string;
let tenantId: TenantId;
let trust: SessionTrust;
let refreshToken: string;

beforeEach(async () => {
  const user = await fixture.addUser();
  userId = user.id;
  tenantId = await fixture.addTenant(`t${userId}`);
  await fixture.addMember(userId, tenantId);
  ({ principal, refreshToken } = await signIn(user.email));
  reads = 0;
  clock.ahead = 0;
  trust = await registry.admit(ctx, principal);
});

const signIn = async (email: string) => {
  const answer = await fixture.auth.login(ctx, { email, password: PASSWORD });
  const claims = fixture.identity.services.accessTokens.readClaims(jwt.decode(answer.accessToken));
  return { principal: toPrincipal(claims), refreshToken: answer.refreshToken };
};
const isTrusted = () => registry.trusts(trust, clock.now().getTime());
const signOut = () => fixture.auth.logout({ ...ctx, actor: principal.actor, scope: { kind: 'tenant', tenantId } });
const tellOfUser = () =>
  fixture.infrastructure.tx.run(systemContext(platformScope, 'test'), async (txCtx) =>
    invalidateAtCommit(txCtx, 'user', userId),
  );

test('reads a session once, however many requests come', async () => {
  await Promise.all(Array.from({ length: 20 }, () => registry.admit(ctx, principal)));
  expect(isTrusted()).toBe(true);
  expect(reads).toBe(1);
});

test('a sign-out in another process is known within a second', async () => {
  await signOut();
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
  expect((await refusalOf(registry.admit(ctx, principal))).code).toBe('SESSION_REVOKED');
});

test('so is a refresh token that was used again', async () => {
  await fixture.auth.refresh(ctx, { refreshToken });
  await fixture.rows("update refresh_tokens set used_at = used_at - interval '1 minute' where session_id = $1", [
    principal.actor.sessionId,
  ]);
  expect(isTrusted()).toBe(true);
  expect((await refusalOf(fixture.auth.refresh(ctx, { refreshToken }))).code).toBe('REFRESH_TOKEN_INVALID');
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
  expect((await refusalOf(registry.admit(ctx, principal))).code).toBe('SESSION_REVOKED');
});

describe('a change of the user is known within a second', () => {
  test.each<[string, string, string]>([
    ['suspended', "update users set status = 'suspended' where id = $1", 'SESSION_REVOKED'],
    ['another role in the tenant', "update memberships set role = 'staff' where user_id = $1", 'TOKEN_INVALID'],
    ['no longer a member', 'delete from memberships where user_id = $1', 'TOKEN_INVALID'],
    ['membership suspended', "update memberships set status = 'suspended' where user_id = $1", 'TOKEN_INVALID'],
    ['deleted', 'delete from users where id = $1', 'SESSION_REVOKED'],
  ])('%s', async (_name, change, code) => {
    await fixture.rows(change, [userId]);
    await tellOfUser();
    expect(await until(() => !isTrusted())).toBeLessThan(1000);
    expect((await refusalOf(registry.admit(ctx, principal))).code).toBe(code);
  });

  test('an operator who lost their role', async () => {
    const operator = await fixture.addOperator();
    const { principal: theirs } = await signIn(operator.email);
    await expect(registry.admit(ctx, theirs)).resolves.toBeDefined();
    await fixture.rows('update users set platform_role = null where id = $1', [operator.id]);
    userId = operator.id;
    await tellOfUser();
    await until(async () => (await registry.admit(ctx, theirs).catch(() => null)) === null);
    expect((await refusalOf(registry.admit(ctx, theirs))).code).toBe('TOKEN_INVALID');
  });

  test('a new membership works with the next token', async () => {
    const joined = await fixture.addTenant(`j${userId}`);
    await fixture.addMember(userId, joined, 'staff');
    await until(() => !isTrusted());
    const there: Principal = { ...principal, tenantId: joined, actor: { ...principal.actor, role: 'staff' } };
    await expect(registry.admit(ctx, there)).resolves.toBeDefined();
  });
});

test('an invalidation that overtakes the read leaves no trust behind', async () => {
  await signOut();
  await until(() => !isTrusted());
  const user = await fixture.addUser();
  const { principal: theirs } = await signIn(user.email);
  const reading = registry.admit(ctx, theirs);
  registry.forget(theirs.actor.sessionId ?? '');
  expect(registry.trusts(await reading, clock.now().getTime())).toBe(false);
});

test('a session is not trusted beyond its end', async () => {
  clock.ahead = 91 * 86_400_000;
  expect(isTrusted()).toBe(false);
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
    trust = await registry.admit(ctx, principal);
    expect(isTrusted()).toBe(true);
    clock.ahead = 5000;
    expect(isTrusted()).toBe(false);
    clock.ahead = 0;
  } finally {
    await limitConnections(-1);
  }
  await until(() => notifications.connected && fixture.infrastructure.notifications.connected);
  expect(isTrusted()).toBe(false);
  trust = await registry.admit(ctx, principal);
  await signOut();
  expect(await until(() => !isTrusted())).toBeLessThan(1000);
});
