import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { permissionCatalogue } from '../../../src/types/access-control.ts';
import { eventually } from '../../support/eventually.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { TestTenant } from '../../support/people.ts';
import { type AccessFixture, failure, outcomes, startAccess, UNKNOWN_ID } from './access-fixture.ts';

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

const names = ({ body }: HttpAnswer): string[] => body.data.map(({ name }: { name: string }) => name);

/** A member whose own role lets them change roles, and read members and invoices. */
async function aRoleKeeper(): Promise<{ userId: string; client: HttpClient; roleId: string }> {
  const keeper = await fixture.addMember(tenant.id, 'staff');
  const role = await fixture.addRole(tenant, ['rbac:read', 'rbac:write', 'members:read']);
  await fixture.giveRole(tenant, keeper.userId, role.id);
  return { ...keeper, roleId: role.id };
}

describe('GET /api/rbac/permissions', () => {
  test('shows the catalogue by resource, and what a role of a tenant can hold', async () => {
    const answer = await tenant.owner.get('/api/rbac/permissions');
    const groups: { resource: string; permissions: { name: string; grantable: boolean }[] }[] = answer.body.data;
    const all = groups.flatMap(({ permissions }) => permissions);

    expect(all.map(({ name }) => name).sort()).toEqual(Object.keys(permissionCatalogue).sort());
    for (const { resource, permissions } of groups) {
      for (const { name } of permissions) expect(name.startsWith(`${resource}:`)).toBe(true);
    }
    const operatorsOnly = all.filter(({ grantable }) => !grantable).map(({ name }) => name);
    expect(operatorsOnly).toEqual(
      expect.arrayContaining(['tenants:delete', 'tenants:impersonate', 'plans:write', 'invoices:write']),
    );
    expect(all.find(({ name }) => name === 'members:write')?.grantable).toBe(true);
  });

  test('needs rbac:read', async () => {
    const { client } = await fixture.addMember(tenant.id, 'member');
    expect(failure(await client.get('/api/rbac/permissions'))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await fixture.app.http.get('/api/rbac/permissions'))).toEqual([401, 'UNAUTHENTICATED']);
    expect((await fixture.operator.get('/api/rbac/permissions')).status).toBe(200);
  });
});

describe('GET /api/rbac/roles', () => {
  test('has the system roles by rank and then the own ones by name, in pages over both', async () => {
    for (const name of ['Beta', 'Alpha', 'Gamma'])
      await tenant.owner.post('/api/rbac/roles', { name, permissions: [] });
    await other.owner.post('/api/rbac/roles', { name: 'Foreign', permissions: [] });

    const all = await tenant.owner.get('/api/rbac/roles');
    const first = await tenant.owner.get('/api/rbac/roles?limit=5');
    const second = await tenant.owner.get('/api/rbac/roles?limit=5&page=2');

    expect(names(all)).toEqual(['owner', 'manager', 'staff', 'member', 'Alpha', 'Beta', 'Gamma']);
    expect(names(first)).toEqual(['owner', 'manager', 'staff', 'member', 'Alpha']);
    expect(names(second)).toEqual(['Beta', 'Gamma']);
    expect(second.body.meta).toEqual({ page: 2, limit: 5, total: 7, totalPages: 2 });
    expect(names(await tenant.owner.get('/api/rbac/roles?sort=-name&search=A'))).toEqual([
      'manager',
      'staff',
      'Gamma',
      'Beta',
      'Alpha',
    ]);
    expect(all.body.data[1]).toMatchObject({ id: 'manager', isSystem: true, rank: 40, version: null });
    expect(all.body.data[1].permissions).toContain('members:read');
    expect(all.body.data[4]).toMatchObject({ isSystem: false, rank: null, version: 1, permissions: [] });
  });

  test('shows operators their roles too, and no own roles without a tenant', async () => {
    await tenant.owner.post('/api/rbac/roles', { name: 'Alpha', permissions: [] });
    const system = ['super_admin', 'admin', 'owner', 'manager', 'staff', 'member'];
    expect(names(await fixture.operator.get('/api/rbac/roles'))).toEqual(system);
    expect(names(await tenant.operator.get('/api/rbac/roles'))).toEqual([...system, 'Alpha']);
    expect((await fixture.operator.get('/api/rbac/roles/admin')).status).toBe(200);
    expect(failure(await tenant.owner.get('/api/rbac/roles/admin'))).toEqual([404, 'ROLE_NOT_FOUND']);
  });

  test('refuses what it does not know', async () => {
    for (const query of ['sort=rank', 'limit=101', 'colour=red']) {
      expect(failure(await tenant.owner.get(`/api/rbac/roles?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
    }
  });
});

describe('POST /api/rbac/roles', () => {
  test('makes a role once, and writes it down', async () => {
    const body = { name: 'Front desk', description: 'At the door', permissions: ['members:read', 'members:read'] };
    const key = { 'idempotency-key': 'front-desk' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => tenant.owner.post('/api/rbac/roles', body, key)));
    const made = answers.find(({ status }) => status === 201)?.body.data;

    expect(made).toMatchObject({ name: 'Front desk', permissions: ['members:read'], version: 1, isSystem: false });
    const rows = await fixture.app.rows('select id, name, permissions from roles where tenant_id = $1', [tenant.id]);
    expect(rows).toEqual([{ id: made.id, name: 'Front desk', permissions: ['members:read'] }]);
    expect(await fixture.auditEntry(tenant.id, 'role.created')).toMatchObject({
      resource_type: 'role',
      resource_id: made.id,
      actor_id: await fixture.ownerIdOf(tenant),
      changes: { after: { name: 'Front desk', permissions: ['members:read'] } },
    });
    expect((await tenant.owner.get(`/api/rbac/roles/${made.id}`)).body.data).toEqual(made);
  });

  test.each([
    [{ name: 'A', permissions: ['invoices:*'] }],
    [{ name: 'A', permissions: ['*'] }],
    [{ name: 'A', permissions: ['invoices:write'] }],
    [{ name: 'A', permissions: ['plans:write'] }],
    [{ name: 'A', permissions: ['admin-users:read'] }],
    [{ name: 'A', permissions: ['tenants:delete'] }],
    [{ name: 'A', permissions: ['tenants:impersonate'] }],
    [{ name: 'A', permissions: ['nothing:read'] }],
    [{ name: '', permissions: [] }],
    [{ name: 'A' }],
    [{ name: 'A', permissions: [], rank: 60 }],
    [{ name: 'A', permissions: [], id: UNKNOWN_ID }],
    [{ name: 'A', permissions: [], tenantId: UNKNOWN_ID }],
  ])('refuses %j, of operators too', async (body) => {
    expect(failure(await tenant.owner.post('/api/rbac/roles', body))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await tenant.operator.post('/api/rbac/roles', body))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await fixture.app.rows('select 1 from roles where tenant_id = $1', [tenant.id])).toEqual([]);
  });

  test('refuses a name that is taken in the tenant, whatever its case, and those of the system', async () => {
    await tenant.owner.post('/api/rbac/roles', { name: 'Desk', permissions: [] });
    for (const name of ['desk', 'DESK', 'Owner', 'super_admin']) {
      const answer = await tenant.owner.post('/api/rbac/roles', { name, permissions: [] });
      expect(failure(answer)).toEqual([409, 'ROLE_NAME_TAKEN']);
    }
    expect((await other.owner.post('/api/rbac/roles', { name: 'Desk', permissions: [] })).status).toBe(201);
  });

  test('gives nobody a permission that its maker lacks', async () => {
    const { client } = await aRoleKeeper();
    const allowed = await client.post('/api/rbac/roles', { name: 'Readers', permissions: ['members:read'] });
    const refused = await client.post('/api/rbac/roles', {
      name: 'Writers',
      permissions: ['members:read', 'audit:read'],
    });

    expect(allowed.status).toBe(201);
    expect(failure(refused)).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect(refused.body.error.details).toEqual({ permissions: ['audit:read'] });
    expect(
      await fixture.app.rows("select 1 from roles where tenant_id = $1 and name = 'Writers'", [tenant.id]),
    ).toEqual([]);
  });

  test('stops at a hundred, for parallel requests too', async () => {
    await fixture.app.rows(
      `insert into roles (tenant_id, id, name, updated_at) select $1, gen_random_uuid(), 'Bulk ' || n, now() from generate_series(1, 98) n`,
      [tenant.id],
    );
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        tenant.owner.post('/api/rbac/roles', { name: `Late ${index}`, permissions: [] }),
      ),
    );
    expect(outcomes(answers)).toEqual(['201', '201', ...Array(4).fill('409 ROLE_LIMIT_REACHED')]);
    expect(await fixture.app.rows('select 1 from roles where tenant_id = $1', [tenant.id])).toHaveLength(100);
  });

  test('is for those who may, in a tenant', async () => {
    const { client } = await fixture.addMember(tenant.id, 'manager');
    const body = { name: 'A', permissions: [] };
    expect(failure(await fixture.app.http.post('/api/rbac/roles', body))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await client.post('/api/rbac/roles', body))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await fixture.operator.post('/api/rbac/roles', body))).toEqual([400, 'TENANT_REQUIRED']);
    expect((await tenant.operator.post('/api/rbac/roles', body)).status).toBe(201);
  });
});

describe('PUT /api/rbac/roles/:id', () => {
  test('changes name and description, once for each version', async () => {
    const role = await fixture.addRole(tenant, ['members:read']);
    const path = `/api/rbac/roles/${role.id}`;
    const answers = await Promise.all(
      ['One', 'Two', 'Three'].map((name) => tenant.owner.put(path, { name, version: 1 })),
    );
    expect(outcomes(answers)).toEqual(['200', '409 VERSION_CONFLICT', '409 VERSION_CONFLICT']);
    const conflict = answers.find(({ status }) => status === 409);
    expect(conflict?.body.error.details.current).toMatchObject({ id: role.id, version: 2 });

    const cleared = await tenant.owner.put(path, { description: null });
    expect(cleared.body.data).toMatchObject({ description: null, permissions: ['members:read'], version: 3 });
    expect(await fixture.auditEntry(tenant.id, 'role.updated')).toMatchObject({ resource_id: role.id });
  });

  test("does not change the system's, another tenant's, or what is not there", async () => {
    const foreign = await fixture.addRole(other, ['members:read']);
    const change = (id: string) => tenant.owner.put(`/api/rbac/roles/${id}`, { name: 'Mine' });
    expect(failure(await change('staff'))).toEqual([409, 'SYSTEM_ROLE_FIXED']);
    expect(failure(await change(foreign.id))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(failure(await change(UNKNOWN_ID))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(failure(await change('nonsense'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await tenant.owner.get(`/api/rbac/roles/${foreign.id}`))).toEqual([404, 'ROLE_NOT_FOUND']);
    const rows = await fixture.app.rows('select name from roles where id = $1', [foreign.id]);
    expect(rows).toEqual([{ name: foreign.name }]);
  });
});

describe('PUT /api/rbac/roles/:id/permissions', () => {
  test('replaces the set, and holds for its holders at once', async () => {
    const holder = await fixture.addMember(tenant.id, 'member');
    const role = await fixture.addRole(tenant, ['members:read']);
    await fixture.giveRole(tenant, holder.userId, role.id);
    const members = () => holder.client.get(`/api/tenants/${tenant.id}/members`);
    expect((await members()).status).toBe(200);

    const answer = await tenant.owner.put(`/api/rbac/roles/${role.id}/permissions`, {
      permissions: ['invoices:read', 'audit:read'],
      version: 1,
    });

    expect(answer.body.data).toMatchObject({ permissions: ['invoices:read', 'audit:read'], version: 2 });
    await eventually(async () => (await members()).status === 403, 'the holder has lost members:read', 1000);
    expect((await holder.client.get('/api/revenue/invoices')).status).toBe(200);
    expect(await fixture.auditEntry(tenant.id, 'role.permissions_set')).toMatchObject({
      changes: { before: { permissions: ['members:read'] }, after: { permissions: ['invoices:read', 'audit:read'] } },
    });
  });

  test('adds nothing that its editor lacks, and leaves what is there already', async () => {
    const { client } = await aRoleKeeper();
    const role = await fixture.addRole(tenant, ['audit:read']);
    const set = (permissions: string[]) => client.put(`/api/rbac/roles/${role.id}/permissions`, { permissions });
    expect(failure(await set(['audit:read', 'api-keys:read']))).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect((await set(['audit:read', 'members:read'])).status).toBe(200);
    expect((await set(['members:read'])).status).toBe(200);
    expect(failure(await set(['audit:read']))).toEqual([403, 'PERMISSION_NOT_HELD']);
  });

  test("widens no role of the editor's own, not even by what they have otherwise", async () => {
    const { client, roleId } = await aRoleKeeper();
    const set = (permissions: string[]) => client.put(`/api/rbac/roles/${roleId}/permissions`, { permissions });
    const had = ['rbac:read', 'rbac:write', 'members:read'];
    expect(failure(await set([...had, 'plans:read']))).toEqual([403, 'OWN_ROLES_FIXED']);
    expect((await set(['rbac:read', 'rbac:write'])).status).toBe(200);
  });

  test('touches nobody who ranks above', async () => {
    const { client } = await aRoleKeeper();
    const manager = await fixture.addMember(tenant.id, 'manager');
    const role = await fixture.addRole(tenant, ['members:read']);
    await fixture.giveRole(tenant, manager.userId, role.id);
    const answer = await client.put(`/api/rbac/roles/${role.id}/permissions`, { permissions: [] });
    expect(failure(answer)).toEqual([403, 'RANK_TOO_LOW']);
  });

  test('refuses patterns, platform permissions and system roles', async () => {
    const role = await fixture.addRole(tenant, []);
    const set = (id: string, permissions: string[]) =>
      tenant.owner.put(`/api/rbac/roles/${id}/permissions`, { permissions });
    expect(failure(await set(role.id, ['members:*']))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await set(role.id, ['admin-users:write']))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await set('owner', []))).toEqual([409, 'SYSTEM_ROLE_FIXED']);
    expect(failure(await set(UNKNOWN_ID, []))).toEqual([404, 'ROLE_NOT_FOUND']);
  });
});

describe('DELETE /api/rbac/roles/:id', () => {
  test('deletes what nobody has, and nothing else', async () => {
    const member = await fixture.addMember(tenant.id, 'member');
    const role = await fixture.addRole(tenant, ['members:read']);
    const foreign = await fixture.addRole(other, []);
    await fixture.giveRole(tenant, member.userId, role.id);
    const remove = (id: string) => tenant.owner.delete(`/api/rbac/roles/${id}`);

    const inUse = await remove(role.id);
    expect(failure(inUse)).toEqual([409, 'ROLE_IN_USE']);
    expect(inUse.body.error.details).toEqual({ members: 1 });
    await tenant.owner.delete(`/api/rbac/users/${member.userId}/roles/${role.id}`);
    expect((await remove(role.id)).status).toBe(204);
    expect(failure(await remove(role.id))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(failure(await remove(foreign.id))).toEqual([404, 'ROLE_NOT_FOUND']);
    expect(failure(await remove('member'))).toEqual([409, 'SYSTEM_ROLE_FIXED']);
    expect(await fixture.app.rows('select 1 from roles where id = $1', [foreign.id])).toHaveLength(1);
    expect(await fixture.auditEntry(tenant.id, 'role.deleted')).toMatchObject({ resource_id: role.id });
  });

  test('never while it is being given', async () => {
    for (let round = 0; round < 5; round += 1) {
      const member = await fixture.addMember(tenant.id, 'member');
      const role = await fixture.addRole(tenant, []);
      const answers = await Promise.all([
        tenant.owner.delete(`/api/rbac/roles/${role.id}`),
        tenant.owner.post(`/api/rbac/users/${member.userId}/roles`, { roleId: role.id }),
      ]);
      const exists = (await fixture.app.rows('select 1 from roles where id = $1', [role.id])).length;
      const held = (await fixture.app.rows('select 1 from role_assignments where role_id = $1', [role.id])).length;
      expect([outcomes(answers), exists, held]).toEqual(
        exists === 1 ? [['200', '409 ROLE_IN_USE'], 1, 1] : [['204', '404 ROLE_NOT_FOUND'], 0, 0],
      );
    }
  });
});

describe('POST /api/rbac/check', () => {
  const check = (client: HttpClient, ...permissions: string[]) => client.post('/api/rbac/check', { permissions });

  test('tells what the caller has where they work', async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    const answer = await check(manager.client, 'members:read', 'members:write', 'plans:write');
    expect([answer.status, answer.body.data]).toEqual([
      200,
      { granted: { 'members:read': true, 'members:write': false, 'plans:write': false } },
    ]);
    expect((await check(fixture.operator, 'plans:write')).body.data).toEqual({ granted: { 'plans:write': true } });
  });

  test('tells an operator in the place of a member what is left to them', async () => {
    const manager = await fixture.addMember(tenant.id, 'manager');
    const started = await fixture.operator.post(`/api/tenants/${tenant.id}/impersonate`, {
      userId: manager.userId,
      reason: 'A member does not find a role.',
    });
    const client = fixture.app.http.with({ authorization: `Bearer ${started.body.data.accessToken}` });
    expect((await check(client, 'members:read', 'audit:read')).body.data).toEqual({
      granted: { 'members:read': true, 'audit:read': false },
    });
  });

  test('answers people who work in no tenant', async () => {
    await fixture.addUser('nowhere@people.example');
    const client = await fixture.signIn('nowhere@people.example');
    expect((await check(client, 'tenants:read')).body.data).toEqual({ granted: { 'tenants:read': false } });
  });

  test('refuses names that do not exist, and callers who have not signed in', async () => {
    expect(failure(await check(tenant.owner, 'nothing:read'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await check(tenant.owner, 'members:*'))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await check(tenant.owner))).toEqual([400, 'VALIDATION_FAILED']);
    expect(failure(await check(fixture.app.http, 'members:read'))).toEqual([401, 'UNAUTHENTICATED']);
  });
});
