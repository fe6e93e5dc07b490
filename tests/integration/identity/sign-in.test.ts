import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { systemRoles } from '../../../src/types/access-control.ts';
import { PLATFORM_ID } from '../../../src/types/ids.ts';
import { LoginRequest, SignInResponse } from '../../../src/validators/identity/auth.schema.ts';
import {
  type IdentityFixture,
  noCookies,
  PASSWORD,
  publicRequest,
  refusalOf,
  startIdentity,
} from './identity-fixture.ts';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await startIdentity();
});
afterAll(() => fixture.close());

/** @returns the answer, with its tokens in the body */
const login = async (email: string, password = PASSWORD, subdomain?: string) => {
  const body = LoginRequest.parse({ email, password, subdomain });
  const answer = await fixture.auth.login(publicRequest('session.created'), body, noCookies);
  if (answer.status !== 'signed_in') throw new Error(`Signed in as far as ${answer.status}`);
  const { accessToken = '', refreshToken = '' } = answer;
  return { ...answer, accessToken, refreshToken };
};

const claimsOf = (accessToken: string) => {
  const claims = jwt.decode(accessToken);
  if (claims === null || typeof claims === 'string') throw new Error('No claims');
  return claims;
};

describe('the right password', () => {
  test('opens a session in the tenant of the only membership', async () => {
    const user = await fixture.addUser();
    const tenantId = await fixture.addTenant('oak');
    await fixture.addMember(user.id, tenantId, 'manager');

    const answer = await login(user.email);

    expect(SignInResponse.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({
      status: 'signed_in',
      tokenType: 'Bearer',
      expiresIn: 900,
      user: { id: user.id, role: 'manager' },
    });
    const claims = claimsOf(answer.accessToken);
    expect(claims).toMatchObject({
      sub: user.id,
      userId: user.id,
      email: user.email,
      name: user.name,
      role: 'manager',
      type: 'PLATFORM_USER',
      tenantId,
      activeContext: { type: 'tenant', id: tenantId },
      permissions: [...systemRoles.manager.permissions],
      iss: 'rowhouse',
      aud: 'rowhouse-api',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);

    const sessions = await fixture.rows(
      `select id, user_agent, ip_address, revoked_at, round(extract(epoch from expires_at - created_at) / 86400)::int as days
       from sessions where user_id = $1`,
      [user.id],
    );
    expect(sessions).toEqual([
      { id: claims.sid, user_agent: 'test agent', ip_address: '203.0.113.7', revoked_at: null, days: 90 },
    ]);
    const [id, secret = ''] = answer.refreshToken.split('.');
    const tokens = await fixture.rows(
      `select id, generation, secret_hash, used_at, round(extract(epoch from expires_at - issued_at) / 86400)::int as days
       from refresh_tokens where session_id = $1`,
      [claims.sid],
    );
    const secretHash = createHash('sha256').update(Buffer.from(secret, 'base64url')).digest();
    expect(tokens).toEqual([{ id, generation: 1, secret_hash: secretHash, used_at: null, days: 14 }]);
    const [seen] = await fixture.rows('select last_login_at is not null as recorded from users where id = $1', [
      user.id,
    ]);
    expect(seen).toEqual({ recorded: true });
  });

  test("is audited in the tenant's chain, an operator's in the platform's", async () => {
    const member = await fixture.addUser();
    const tenantId = await fixture.addTenant('elm');
    await fixture.addMember(member.id, tenantId);
    const operator = await fixture.addOperator();

    await login(member.email);
    const answer = await login(operator.email);

    expect(claimsOf(answer.accessToken)).toMatchObject({
      role: 'admin',
      activeContext: { type: 'platform', id: PLATFORM_ID },
    });
    const entries = await fixture.rows(
      'select tenant_id, action, actor_type, actor_id, resource_type, ip_address from audit_entries where actor_id = any($1) order by id',
      [[member.id, operator.id]],
    );
    const entry = {
      action: 'session.created',
      actor_type: 'user',
      resource_type: 'session',
      ip_address: '203.0.113.7',
    };
    expect(entries).toEqual([
      { ...entry, tenant_id: tenantId, actor_id: member.id },
      { ...entry, tenant_id: PLATFORM_ID, actor_id: operator.id },
    ]);
  });

  test('works in the tenant of the subdomain, and only in one of the user', async () => {
    const user = await fixture.addUser();
    const first = await fixture.addTenant('first');
    const second = await fixture.addTenant('second');
    await fixture.addTenant('foreign');
    await fixture.addMember(user.id, first);
    await fixture.addMember(user.id, second, 'staff');

    const inSecond = await login(user.email, PASSWORD, 'second');
    expect(claimsOf(inSecond.accessToken)).toMatchObject({ tenantId: second, role: 'staff' });
    expect(claimsOf((await login(user.email)).accessToken)).toMatchObject({ tenantId: first, role: 'owner' });

    const foreign = await refusalOf(login(user.email, PASSWORD, 'foreign'));
    expect(foreign.code).toBe('TENANT_ACCESS_DENIED');
    expect(await refusalOf(login(user.email, PASSWORD, 'no-such-tenant'))).toEqual(foreign);
  });

  test('passes over suspended and deleted tenants where the user has another one', async () => {
    const user = await fixture.addUser();
    const suspended = await fixture.addTenant('suspended', 'suspended');
    const deleted = await fixture.addTenant('deleted');
    await fixture.addMember(user.id, suspended);
    await fixture.addMember(user.id, deleted);
    await fixture.rows('update tenants set deleted_at = now() where id = $1', [deleted]);
    expect(claimsOf((await login(user.email)).accessToken)).toMatchObject({ tenantId: suspended });

    const open = await fixture.addTenant('open', 'trial');
    await fixture.addMember(user.id, open);
    expect(claimsOf((await login(user.email)).accessToken)).toMatchObject({ tenantId: open });
  });

  test('gives who belongs nowhere their own things and no permission', async () => {
    const singer = await fixture.addUser();
    const claims = claimsOf((await login(singer.email)).accessToken);
    expect(claims).toMatchObject({ role: 'singer', activeContext: { type: 'self', id: singer.id }, permissions: [] });
    expect(claims).not.toHaveProperty('tenantId');
  });

  test('is hashed again once hashes cost more', async () => {
    const costly = await startIdentity({ BCRYPT_COST: '5' });
    try {
      const cheapHash = await fixture.identity.services.passwords.hash(PASSWORD);
      const user = await costly.addUser({ passwordHash: cheapHash });
      await costly.signIn(user.email);
      const [row] = await costly.rows<{ password_hash: string }>('select password_hash from users');
      expect(cheapHash).toMatch(/^\$2b\$04\$/);
      expect(row?.password_hash).toMatch(/^\$2b\$05\$/);
      await expect(costly.signIn(user.email)).resolves.toMatchObject({ claims: { sub: user.id } });
    } finally {
      await costly.close();
    }
  });
});

describe('everything else', () => {
  test('gets one and the same answer and leaves nothing behind', async () => {
    const user = await fixture.addUser();
    const suspended = await fixture.addUser();
    const unset = await fixture.addUser({ passwordHash: null });
    await fixture.rows("update users set status = 'suspended' where id = $1", [suspended.id]);
    const before = await fixture.rows('select (select count(*) from sessions), (select count(*) from audit_entries)');

    const refusals = [
      await refusalOf(login(user.email, 'wrong password')),
      await refusalOf(login('nobody@lakeside.example')),
      await refusalOf(login(suspended.email)),
      await refusalOf(login(unset.email)),
      await refusalOf(login(unset.email, 'another password')),
    ];

    expect(refusals[0]).toEqual({
      code: 'INVALID_CREDENTIALS',
      message: 'E-mail or password is wrong.',
      details: undefined,
    });
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1);
    expect(await fixture.rows('select (select count(*) from sessions), (select count(*) from audit_entries)')).toEqual(
      before,
    );
  });
});

test('signing out ends the session and is audited', async () => {
  const user = await fixture.addUser();
  const tenantId = await fixture.addTenant('leaving');
  await fixture.addMember(user.id, tenantId);
  const person = await fixture.signIn(user.email);
  const { sid } = person.claims;

  await fixture.auth.logout(fixture.requestOf(person, 'session.revoked'), noCookies);

  const [session] = await fixture.rows(
    'select revoked_at is not null as revoked, revoke_reason from sessions where id = $1',
    [sid],
  );
  expect(session).toEqual({ revoked: true, revoke_reason: 'logout' });
  const entries = await fixture.rows(
    "select tenant_id, changes from audit_entries where resource_id = $1 and action = 'session.revoked'",
    [sid],
  );
  expect(entries).toEqual([{ tenant_id: tenantId, changes: { after: { revokeReason: 'logout' } } }]);
  const { refreshToken } = person;
  const refused = await refusalOf(
    fixture.auth.refresh(publicRequest('session.refreshed'), { refreshToken }, noCookies),
  );
  expect(refused.code).toBe('REFRESH_TOKEN_INVALID');
});
