import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { commonPermissions, permissionSet, systemRoles, tenantPermissions } from '../../../src/types/access-control.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import type { TestTenant } from '../../support/people.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { type AccessFixture, failure, outcomes, startAccess, type TestMember, UNKNOWN_ID } from './access-fixture.ts';

const settings = { JWT_KEYS: `test:${randomBytes(32).toString('base64')}` };

let fixture: AccessFixture;
/** Another process on the same database. */
let otherProcess: TestApp;
let tenant: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  fixture = await startAccess({ settings });
  otherProcess = await startTestApp({ settings, database: fixture.app.database });
  other = await fixture.addTenant();
});
afterAll(async () => {
  await otherProcess.close();
  await fixture.app.close();
});
beforeEach(async () => {
  tenant = await fixture.addTenant();
});

const rolesPath = (userId: string): string => `/api/rbac/users/${userId}/roles`;
const assign = (client: HttpClient, userId: string, roleId: string) => client.post(rolesPath(userId), { roleId });
const unassign = (client: HttpClient, userId: string, roleId: string) =>
  client.delete(`${rolesPath(userId)}/${roleId}`);

/** Somebody who may change roles although they rank low. */
async function aRoleKeeper(role = 'staff', extra: readonly string[] = []): Promise<TestMember> {
  const keeper = await fixture.addMember(tenant.id, role);
  const { id } = await fixture.addRole(tenant, ['rbac:read', 'rbac:write', ...extra]);
  await fixture.giveRole(tenant, keeper.userId, id);
  return keeper;
}

const assignmentsOf = (userId: string) =>
  fixture.app.rows(
    `select role_id from role_assignments assigned join memberships m on m.id = assigned.membership_id where m.user_id = $1`,
    [userId],
  );

describe('giving a role', () => {
  test("adds the tenant's own ones, as often as it is asked for, and writes it down", async () => {
    const member = await fixture.addMember(tenant.id, 'staff');
    const role = await fixture.addRole(tenant, ['members:read']);
    const answers = await Promise.all(Array.from({ length: 5 }, () => assign(tenant.owner, member.userId, role.id)));

    expect(outcomes(answers)).toEqual(Array(5).fill('200'));
    expect(answers[0]?.body.data).toMatchObject({
      userId: member.userId,
      roles: [
        { id: 'staff', isSystem: true },
        { id: role.id, isSystem: false },
      ],
      permissions: [...commonPermissions(permissionSet([...systemRoles.staff.permissions, 'members:read']))],
    });
    expect(await assignmentsOf(member.userId)).toEqual([{ role_id: role.id }]);
    expect((await tenant.owner.get(rolesPath(member.userId))).body.data).toEqual(answers[0]?.body.data);
    expect(await fixture.auditEntry(tenant.id, 'role.assigned')).toMatchObject({
      resource_type: 'membership',
      actor_id: await fixture.ownerIdOf(tenant),
    });
    expect(await fixture.securityEvents(tenant.id, member.userId)).toContain('member.role_changed');
  });

  test('a system role takes the place of the one before', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const answer = await assign(tenant.owner, member.userId, 'manager');
    expect(answer.body.data.roles.map(({ id }: { id: string }) => id)).toEqual(['manager']);
    expect((await fixture.rolesIn(tenant.id))[member.userId]).toBe('manager');
    expect((await assign(tenant.operator, member.userId, 'owner')).status).toBe(200);
    expect(await fixture.activeOwners(tenant.id)).toBe(2);
  });

  test('holds in another process within a second', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const there = await fixture.signIn(member.email, otherProcess);
    const members = () => there.get(`/api/tenants/${tenant.id}/members`);
    expect((await members()).status).toBe(403);
    const role = await fixture.addRole(tenant, ['members:read']);

    await assign(tenant.owner, member.userId, role.id);
    await eventually(async () => (await members()).status === 200, 'the role is heard of', 1000);
    await tenant.owner.put(`/api/rbac/roles/${role.id}/permissions`, { permissions: [] });
    await eventually(async () => (await members()).status === 403, 'the edited role is heard of', 1000);
    await assign(tenant.owner, member.userId, 'manager');
    await eventually(async () => (await members()).status === 200, 'the system role is heard of', 1000);
    await tenant.owner.delete(`/api/tenants/${tenant.id}/members/${member.userId}`);
    await eventually(async () => (await members()).status === 401, 'the removal is heard of', 1000);
  });

  test('nobody gives a rank above their own, or touches who has one', async () => {
    const keeper = await aRoleKeeper('staff', ['members:read']);
    const manager = await fixture.addMember(tenant.id, 'manager');
    const peer = await fixture.addMember(tenant.id, 'staff');
    const role = await fixture.addRole(tenant, []);
    const ownerId = await fixture.ownerIdOf(tenant);

    expect(failure(await assign(keeper.client, peer.userId, 'manager'))).toEqual([403, 'RANK_TOO_LOW']);
    expect(failure(await assign(keeper.client, peer.userId, 'owner'))).toEqual([403, 'RANK_TOO_LOW']);
    for (const userId of [manager.userId, ownerId]) {
      expect(failure(await assign(keeper.client, userId, 'member'))).toEqual([403, 'RANK_TOO_LOW']);
      expect(failure(await assign(keeper.client, userId, role.id))).toEqual([403, 'RANK_TOO_LOW']);
    }
    await fixture.giveRole(tenant, manager.userId, role.id);
    expect(failure(await unassign(keeper.client, manager.userId, role.id))).toEqual([403, 'RANK_TOO_LOW']);
    expect(failure(await unassign(keeper.client, manager.userId, 'manager'))).toEqual([403, 'RANK_TOO_LOW']);
    expect((await assign(keeper.client, peer.userId, 'member')).status).toBe(200);
    expect(await fixture.rolesIn(tenant.id)).toMatchObject({
      [ownerId]: 'owner',
      [manager.userId]: 'manager',
      [peer.userId]: 'member',
    });
  });

  test('nobody gives permissions that they lack', async () => {
    const keeper = await aRoleKeeper('manager');
    const peer = await fixture.addMember(tenant.id, 'member');
    const strong = await fixture.addRole(tenant, ['audit:read', 'members:read']);
    const refused = await assign(keeper.client, peer.userId, strong.id);
    expect(failure(refused)).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect(refused.body.error.details).toEqual({ permissions: ['audit:read'] });
    expect(await assignmentsOf(peer.userId)).toEqual([]);
  });

  test('nobody gives themselves anything, and everybody may give up what they have', async () => {
    const keeper = await aRoleKeeper('manager', ['audit:read']);
    const role = await fixture.addRole(tenant, ['audit:read']);
    expect(failure(await assign(keeper.client, keeper.userId, role.id))).toEqual([403, 'OWN_ROLES_FIXED']);
    expect(failure(await assign(keeper.client, keeper.userId, 'owner'))).toEqual([403, 'RANK_TOO_LOW']);
    expect((await assign(keeper.client, keeper.userId, 'staff')).status).toBe(200);
    await eventually(
      async () => (await assign(keeper.client, keeper.userId, 'manager')).body?.error?.code === 'RANK_TOO_LOW',
      'there is no way back',
      1000,
    );
  });

  test('what was taken away while the request was on its way does not count any more', async () => {
    const keeper = await aRoleKeeper('manager');
    const peer = await fixture.addMember(tenant.id, 'member');
    for (let round = 0; round < 5; round += 1) {
      const [taken, given] = await Promise.all([
        assign(tenant.owner, keeper.userId, 'member'),
        assign(keeper.client, peer.userId, 'manager'),
      ]);
      expect(taken.status).toBe(200);
      const roles = await fixture.rolesIn(tenant.id);
      expect(roles[peer.userId]).toBe(given.status === 200 ? 'manager' : 'member');
      if (given.status !== 200) expect(failure(given)).toEqual([403, 'RANK_TOO_LOW']);
      await assign(tenant.owner, keeper.userId, 'manager');
      await assign(tenant.owner, peer.userId, 'member');
      await eventually(async () => (await keeper.client.get('/api/rbac/roles')).status === 200, 'they are back', 1000);
    }
  });
});

describe('taking a role away', () => {
  test('leaves a plain member', async () => {
    const member = await fixture.addMember(tenant.id, 'manager');
    const role = await fixture.addRole(tenant, ['members:read']);
    await fixture.giveRole(tenant, member.userId, role.id);

    expect((await unassign(tenant.owner, member.userId, role.id)).status).toBe(204);
    expect((await unassign(tenant.owner, member.userId, 'manager')).status).toBe(204);

    expect((await tenant.owner.get(rolesPath(member.userId))).body.data).toMatchObject({
      roles: [{ id: 'member' }],
      permissions: ['tenants:read'],
    });
    expect(failure(await unassign(tenant.owner, member.userId, 'member'))).toEqual([409, 'BASE_ROLE_FIXED']);
    expect(failure(await unassign(tenant.owner, member.userId, 'manager'))).toEqual([404, 'ROLE_NOT_ASSIGNED']);
    expect(failure(await unassign(tenant.owner, member.userId, role.id))).toEqual([404, 'ROLE_NOT_ASSIGNED']);
    expect(await fixture.auditEntry(tenant.id, 'role.unassigned')).toMatchObject({
      changes: { before: { role: 'manager' }, after: { role: 'member' } },
    });
  });

  test('leaves an owner, whoever takes it from whom at the same time', async () => {
    const ownerId = await fixture.ownerIdOf(tenant);
    for (let round = 0; round < 10; round += 1) {
      const second = await fixture.addMember(tenant.id, 'owner');
      const answers = await Promise.all([
        unassign(tenant.owner, second.userId, 'owner'),
        unassign(second.client, ownerId, 'owner'),
        unassign(tenant.operator, ownerId, 'owner'),
        unassign(tenant.operator, second.userId, 'owner'),
      ]);
      expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
      expect(await fixture.activeOwners(tenant.id)).toBe(1);
      await fixture.app.rows("update memberships set role = 'member' where tenant_id = $1 and user_id = $2", [
        tenant.id,
        second.userId,
      ]);
      await assign(tenant.operator, ownerId, 'owner');
      await eventually(
        async () => (await tenant.owner.get('/api/rbac/roles')).status === 200,
        'the owner is back',
        1000,
      );
    }
  });

  test('an owner alone stays one', async () => {
    const ownerId = await fixture.ownerIdOf(tenant);
    for (const client of [tenant.owner, tenant.operator]) {
      expect(failure(await unassign(client, ownerId, 'owner'))).toEqual([409, 'LAST_OWNER']);
      expect(failure(await assign(client, ownerId, 'staff'))).toEqual([409, 'LAST_OWNER']);
    }
  });
});

describe('the wall', () => {
  test("there is nobody but the tenant's own members, and no roles but its own", async () => {
    const stranger = await fixture.addMember(other.id, 'staff');
    const member = await fixture.addMember(tenant.id, 'staff');
    const foreign = await fixture.addRole(other, []);
    const role = await fixture.addRole(tenant, []);
    for (const userId of [stranger.userId, UNKNOWN_ID]) {
      expect(failure(await tenant.owner.get(rolesPath(userId)))).toEqual([404, 'MEMBER_NOT_FOUND']);
      expect(failure(await assign(tenant.owner, userId, role.id))).toEqual([404, 'MEMBER_NOT_FOUND']);
      expect(failure(await assign(tenant.owner, userId, 'manager'))).toEqual([404, 'MEMBER_NOT_FOUND']);
      expect(failure(await unassign(tenant.owner, userId, 'staff'))).toEqual([404, 'MEMBER_NOT_FOUND']);
    }
    expect(failure(await assign(tenant.owner, member.userId, foreign.id))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(failure(await assign(tenant.owner, member.userId, UNKNOWN_ID))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(await fixture.rolesIn(other.id)).toMatchObject({ [stranger.userId]: 'staff' });
  });

  test('is for those who may, with roles that members can have', async () => {
    const { client, userId } = await fixture.addMember(tenant.id, 'manager');
    expect(failure(await fixture.app.http.get(rolesPath(userId)))).toEqual([401, 'UNAUTHENTICATED']);
    expect((await client.get(rolesPath(userId))).status).toBe(200);
    expect(failure(await assign(client, userId, 'member'))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await unassign(client, userId, 'manager'))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await fixture.operator.get(rolesPath(userId)))).toEqual([400, 'TENANT_REQUIRED']);
    for (const roleId of ['super_admin', 'admin', 'singer', 'nonsense']) {
      expect(failure(await assign(tenant.operator, userId, roleId))).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(failure(await tenant.owner.post(rolesPath(userId), { roleId: 'staff', rank: 100 }))).toEqual([
      400,
      'VALIDATION_FAILED',
    ]);
  });
});

describe('whatever people with little authority try', () => {
  const systemRole = fc.constantFrom('owner', 'manager', 'staff', 'member');
  const permissions = fc.uniqueArray(fc.constantFrom(...tenantPermissions), { maxLength: 4 });
  const person = fc.nat({ max: 2 });
  const attempt = fc.oneof(
    fc.record({ kind: fc.constant('assign' as const), actor: person, target: person, role: systemRole }),
    fc.record({ kind: fc.constant('assignOwn' as const), actor: person, target: person }),
    fc.record({ kind: fc.constant('update' as const), actor: person, target: person, role: systemRole }),
    fc.record({ kind: fc.constant('edit' as const), actor: person, permissions }),
    fc.record({ kind: fc.constant('create' as const), actor: person, target: person, permissions }),
  );

  test('nobody ends with more than all of them had together', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 4, maxLength: 8 }), async (attempts) => {
        tenant = await fixture.addTenant();
        const spare = await fixture.addRole(tenant, ['members:read']);
        const people = [
          await aRoleKeeper('staff', ['members:write']),
          await aRoleKeeper('member', ['audit:read']),
          await fixture.addMember(tenant.id, 'member'),
        ];
        const standing = async () => {
          const answers = await Promise.all(people.map(({ userId }) => tenant.owner.get(rolesPath(userId))));
          return answers.map(({ body }) => body.data);
        };
        const before = await standing();
        const had: ReadonlySet<string> = new Set(before.flatMap(({ permissions: held }) => held));
        const rankOfAll = Math.max(...before.map(({ roles }) => roles[0].rank));

        for (const step of attempts) {
          const { client } = people[step.actor] ?? people[0] ?? { client: tenant.owner };
          const userId = ('target' in step ? people[step.target]?.userId : undefined) ?? UNKNOWN_ID;
          if (step.kind === 'assign') await assign(client, userId, step.role);
          else if (step.kind === 'assignOwn') await assign(client, userId, spare.id);
          else if (step.kind === 'update') {
            await client.put(`/api/tenants/${tenant.id}/members/${userId}`, { role: step.role });
          } else if (step.kind === 'edit') {
            await client.put(`/api/rbac/roles/${spare.id}/permissions`, { permissions: step.permissions });
          } else {
            const made = await client.post('/api/rbac/roles', { name: 'Made', permissions: step.permissions });
            if (made.status === 201) await assign(client, userId, made.body.data.id);
          }
        }

        for (const { roles, permissions: held } of await standing()) {
          expect(held.filter((name: string) => !had.has(name))).toEqual([]);
          expect(roles[0].rank).toBeLessThanOrEqual(rankOfAll);
        }
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});
