import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '../../support/eventually.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { signIn, type TestTenant } from '../../support/people.ts';
import { type AccessFixture, failure, outcomes, startAccess, type TestMember, UNKNOWN_ID } from './access-fixture.ts';

let fixture: AccessFixture;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  fixture = await startAccess();
  other = await fixture.addTenant();
});
afterAll(() => fixture.app.close());
beforeEach(async () => {
  tenant = await fixture.addTenant();
});

const membersPath = ({ id }: TestTenant): string => `/api/tenants/${id}/members`;
const update = (client: HttpClient, userId: string, body: unknown) =>
  client.put(`${membersPath(tenant)}/${userId}`, body);
const remove = (client: HttpClient, userId: string) => client.delete(`${membersPath(tenant)}/${userId}`);
const emails = ({ body }: HttpAnswer): string[] => body.data.map(({ email }: { email: string }) => email);

/** Somebody who may change members although they rank low. */
async function aMemberKeeper(role: string, extra: readonly string[] = []): Promise<TestMember> {
  const keeper = await fixture.addMember(tenant.id, role);
  const { id } = await fixture.addRole(tenant, ['members:read', 'members:write', ...extra]);
  await fixture.giveRole(tenant, keeper.userId, id);
  return keeper;
}

describe('GET /api/tenants/:id/members', () => {
  test("shows who works for the tenant, with their roles, and nobody else's people", async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    const role = await fixture.addRole(tenant, ['members:read']);
    await fixture.giveRole(tenant, manager.userId, role.id);
    await fixture.addMember(other.id, 'manager');
    await fixture.app.rows(
      "insert into totp_authenticators (user_id, sealed_secret, confirmed_at) values ($1, '\\x00', now())",
      [manager.userId],
    );

    for (const client of [tenant.owner, tenant.operator, fixture.operator]) {
      const answer = await client.get(membersPath(tenant));
      expect(emails(answer)).toEqual([manager.email, tenant.ownerEmail]);
      expect(answer.body.meta.total).toBe(2);
      expect(answer.body.data[0]).toEqual({
        userId: manager.userId,
        name: manager.email,
        email: manager.email,
        role: 'manager',
        roles: [{ id: role.id, name: role.name }],
        status: 'active',
        twoFactorEnabled: true,
        joinedAt: expect.any(String),
      });
      expect(answer.body.data[1]).toMatchObject({ role: 'owner', twoFactorEnabled: false, roles: [] });
    }
  });

  test('searches, filters, sorts and pages', async () => {
    const staff = await fixture.addMember(tenant.id, 'staff');
    const manager = await fixture.addMember(tenant.id, 'manager');
    await update(tenant.owner, staff.userId, { status: 'suspended' });
    const get = (query: string) => tenant.owner.get(`${membersPath(tenant)}?${query}`);

    expect(emails(await get('sort=joinedAt'))).toEqual([tenant.ownerEmail, staff.email, manager.email]);
    expect(emails(await get('role=manager'))).toEqual([manager.email]);
    expect(emails(await get('status=suspended'))).toEqual([staff.email]);
    expect(emails(await get(`search=${manager.email.slice(0, -8).toUpperCase()}`))).toEqual([manager.email]);
    expect(emails(await get('search=%25'))).toEqual([]);
    const second = await get('sort=joinedAt&limit=2&page=2');
    expect(emails(second)).toEqual([manager.email]);
    expect(second.body.meta).toEqual({ page: 2, limit: 2, total: 3, totalPages: 2 });
    for (const query of ['sort=email', 'role=admin', 'status=gone', 'limit=101', 'tenantId=1']) {
      expect(failure(await get(query))).toEqual([400, 'VALIDATION_FAILED']);
    }
  });

  test('there is no tenant but the one in context', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const intruder = other.owner;
    expect(failure(await intruder.get(membersPath(tenant)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await other.operator.get(membersPath(tenant)))).toEqual([404, 'TENANT_NOT_FOUND']);
    for (const client of [intruder, fixture.operator]) {
      expect(failure(await client.get(`/api/tenants/${UNKNOWN_ID}/members`))).toEqual([404, 'TENANT_NOT_FOUND']);
    }
    expect(failure(await member.client.get(membersPath(tenant)))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await fixture.app.http.get(membersPath(tenant)))).toEqual([401, 'UNAUTHENTICATED']);
    const strangers = await tenant.owner.get(`${membersPath(tenant)}?search=${other.ownerEmail}`);
    expect(emails(strangers)).toEqual([]);
  });
});

describe('PUT /api/tenants/:id/members/:userId', () => {
  test('changes the role and writes it down', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const answer = await update(tenant.owner, member.userId, { role: 'manager' });

    expect(answer.body.data).toMatchObject({ userId: member.userId, role: 'manager', status: 'active' });
    expect(await fixture.rolesIn(tenant.id)).toMatchObject({ [member.userId]: 'manager' });
    await eventually(
      async () => (await member.client.get(membersPath(tenant))).status === 200,
      'the member has the new role',
      1000,
    );
    expect(await fixture.auditEntry(tenant.id, 'member.updated')).toMatchObject({
      resource_type: 'membership',
      actor_id: await fixture.ownerIdOf(tenant),
      changes: { before: { role: 'member' }, after: { role: 'manager' } },
    });
    expect(await fixture.securityEvents(tenant.id, member.userId)).toEqual(['member.role_changed']);
  });

  test('shuts somebody out and lets them in again', async () => {
    const member = await fixture.addMember(tenant.id, 'staff');
    const isIn = async () => (await member.client.get(`/api/tenants/${tenant.id}`)).status === 200;
    expect(await isIn()).toBe(true);
    await update(tenant.owner, member.userId, { status: 'suspended' });
    await eventually(async () => !(await isIn()), 'the member is out', 1000);
    await update(tenant.owner, member.userId, { status: 'active' });
    await eventually(isIn, 'the member is in again', 1000);
    expect(await fixture.securityEvents(tenant.id, member.userId)).toEqual([
      'member.status_changed',
      'member.status_changed',
    ]);
  });

  test('nobody touches who ranks above them, or gives what they lack', async () => {
    const keeper = await aMemberKeeper('staff');
    const weak = await aMemberKeeper('member');
    const manager = await fixture.addMember(tenant.id, 'manager');
    const peer = await fixture.addMember(tenant.id, 'member');
    const ownerId = await fixture.ownerIdOf(tenant);

    for (const userId of [manager.userId, ownerId]) {
      expect(failure(await update(keeper.client, userId, { role: 'member' }))).toEqual([403, 'RANK_TOO_LOW']);
      expect(failure(await update(keeper.client, userId, { status: 'suspended' }))).toEqual([403, 'RANK_TOO_LOW']);
      expect(failure(await remove(keeper.client, userId))).toEqual([403, 'RANK_TOO_LOW']);
    }
    expect(failure(await update(keeper.client, peer.userId, { role: 'manager' }))).toEqual([403, 'RANK_TOO_LOW']);
    expect(failure(await update(keeper.client, keeper.userId, { role: 'owner' }))).toEqual([403, 'RANK_TOO_LOW']);
    expect(failure(await update(weak.client, peer.userId, { role: 'staff' }))).toEqual([403, 'RANK_TOO_LOW']);
    expect((await update(keeper.client, peer.userId, { role: 'staff' })).status).toBe(200);
    expect(await fixture.rolesIn(tenant.id)).toMatchObject({ [manager.userId]: 'manager', [peer.userId]: 'staff' });
  });

  test('letting somebody in again gives them all that they may do', async () => {
    const keeper = await aMemberKeeper('staff');
    const peer = await fixture.addMember(tenant.id, 'staff');
    const strong = await fixture.addRole(tenant, ['audit:read']);
    await fixture.giveRole(tenant, peer.userId, strong.id);
    expect((await update(keeper.client, peer.userId, { status: 'suspended' })).status).toBe(200);
    expect(failure(await update(keeper.client, peer.userId, { status: 'active' }))).toEqual([
      403,
      'PERMISSION_NOT_HELD',
    ]);
  });

  test('leaves an active owner, whatever happens at the same time', async () => {
    const ownerId = await fixture.ownerIdOf(tenant);
    for (let round = 0; round < 8; round += 1) {
      const second = await fixture.addMember(tenant.id, 'owner');
      const answers = await Promise.all([
        update(tenant.owner, second.userId, { role: 'staff' }),
        update(second.client, ownerId, { status: 'suspended' }),
        remove(tenant.operator, ownerId),
        remove(second.client, second.userId),
      ]);
      expect(answers.filter(({ status }) => status < 300)).not.toHaveLength(0);
      expect(await fixture.activeOwners(tenant.id)).toBe(1);
      await fixture.app.rows('delete from memberships where tenant_id = $1', [tenant.id]);
      await fixture.addMembership(tenant.id, ownerId, 'owner');
      await fixture.app.rows(`select pg_notify('rowhouse_invalidation', 'user:' || $1)`, [ownerId]);
      await fixture.app.rows('update sessions set revoked_at = null where user_id = $1', [ownerId]);
      tenant = { ...tenant, owner: await signIn(fixture.app, tenant.ownerEmail) };
    }
  });

  test('refuses everything else', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const stranger = await fixture.addMember(other.id, 'member');
    for (const body of [
      { role: 'admin' },
      { role: 'singer' },
      { status: 'gone' },
      { email: 'a@b.example' },
      { roleId: 'x' },
    ]) {
      expect(failure(await update(tenant.owner, member.userId, body))).toEqual([400, 'VALIDATION_FAILED']);
    }
    for (const userId of [stranger.userId, UNKNOWN_ID]) {
      expect(failure(await update(tenant.owner, userId, { role: 'staff' }))).toEqual([404, 'MEMBER_NOT_FOUND']);
      expect(failure(await remove(tenant.owner, userId))).toEqual([404, 'MEMBER_NOT_FOUND']);
    }
    expect(failure(await update(other.owner, member.userId, { role: 'staff' }))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await update(member.client, member.userId, { role: 'staff' }))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await update(fixture.app.http, member.userId, {}))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await remove(other.owner, member.userId))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await remove(fixture.app.http, member.userId))).toEqual([401, 'UNAUTHENTICATED']);
    expect(await fixture.rolesIn(tenant.id)).toMatchObject({ [member.userId]: 'member' });
    expect(await fixture.rolesIn(other.id)).toMatchObject({ [stranger.userId]: 'member' });
  });
});

describe('DELETE /api/tenants/:id/members/:userId', () => {
  test('takes the membership with its roles, ends the sessions opened here and leaves those elsewhere', async () => {
    const member = await fixture.addMember(tenant.id, 'staff');
    const role = await fixture.addRole(tenant, ['members:read']);
    await fixture.giveRole(tenant, member.userId, role.id);
    await fixture.addMembership(other.id, member.userId, 'staff');
    const [slug] = await fixture.app.rows<{ slug: string }>('select slug from tenants where id = $1', [other.id]);
    const elsewhere = await fixture.app.http.post('/api/auth/login', {
      email: member.email,
      password: 'seventeen quiet herons at dawn',
      subdomain: slug?.slug,
    });
    const there = fixture.app.http.with({ authorization: `Bearer ${elsewhere.body.data.accessToken}` });

    expect((await remove(tenant.owner, member.userId)).status).toBe(204);

    await eventually(
      async () => (await member.client.get(`/api/tenants/${tenant.id}`)).status === 401,
      'the session opened here has ended',
      1000,
    );
    expect((await there.get(`/api/tenants/${other.id}`)).status).toBe(200);
    expect(await fixture.rolesIn(tenant.id)).not.toHaveProperty(member.userId);
    expect(await fixture.app.rows('select 1 from role_assignments where role_id = $1', [role.id])).toEqual([]);
    expect(await fixture.app.rows('select 1 from users where id = $1', [member.userId])).toHaveLength(1);
    const sessions = await fixture.app.rows(
      'select home_tenant_id, revoke_reason from sessions where user_id = $1 order by created_at',
      [member.userId],
    );
    expect(sessions).toEqual([
      { home_tenant_id: tenant.id, revoke_reason: 'member_removed' },
      { home_tenant_id: other.id, revoke_reason: null },
    ]);
    expect(await fixture.auditEntry(tenant.id, 'member.removed')).toMatchObject({
      changes: { before: { userId: member.userId, role: 'staff', status: 'active' } },
    });
    expect(await fixture.securityEvents(tenant.id, member.userId)).toContain('member.removed');
  });

  test('happens once, and never to the last owner', async () => {
    const member = await fixture.addMember(tenant.id, 'staff');
    const answers = await Promise.all(Array.from({ length: 5 }, () => remove(tenant.owner, member.userId)));
    expect(outcomes(answers)).toEqual(['204', ...Array(4).fill('404 MEMBER_NOT_FOUND')]);
    const ownerId = await fixture.ownerIdOf(tenant);
    for (const client of [tenant.owner, tenant.operator, fixture.operator]) {
      expect(failure(await remove(client, ownerId))).toEqual([409, 'LAST_OWNER']);
      expect(failure(await update(client, ownerId, { role: 'staff' }))).toEqual([409, 'LAST_OWNER']);
      expect(failure(await update(client, ownerId, { status: 'suspended' }))).toEqual([409, 'LAST_OWNER']);
    }
  });
});
