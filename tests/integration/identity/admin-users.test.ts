import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endpoints } from '../../../src/routes/index.ts';
import { permissionCatalogue } from '../../../src/types/access-control.ts';
import { eventually } from '../../support/eventually.ts';
import { type OperatorsFixture, refusal, startOperators } from './operators-fixture.ts';

const NIL = '00000000-0000-0000-0000-000000000000';

let fixture: OperatorsFixture;

beforeAll(async () => {
  fixture = await startOperators();
});

afterAll(() => fixture.app.close());

const newcomer = (fields: Record<string, unknown> = {}) => ({
  email: `New-${randomUUID()}@Rowhouse.example`,
  name: 'Meera Nair',
  platformRole: 'admin',
  ...fields,
});

describe('every endpoint', () => {
  const ours = endpoints.filter(({ tags: [tag] }) => tag === 'Admin users' || tag === 'Users');
  const filled = (path: string) => path.replace(':id', randomUUID()).replace(':sessionId', randomUUID());

  test('is one of the eighteen', () => expect(ours).toHaveLength(18));

  test.each(ours.map((endpoint) => [endpoint.operationId, endpoint] as const))(
    '%s is for operators who hold its permission',
    async (_name, { method, path, access: { rule } }) => {
      const call = (client: typeof fixture.app.http) => client.send(method.toUpperCase(), filled(path));
      const permission = 'permission' in rule ? rule.permission : '';
      const others = Object.keys(permissionCatalogue).filter((name) => name !== permission);
      const limited = await fixture.addOperator({ permissions: others });
      expect(refusal(await call(fixture.app.http))).toEqual([401, 'UNAUTHENTICATED']);
      expect(refusal(await call(fixture.tenant.owner))).toEqual([403, 'FORBIDDEN']);
      expect(refusal(await call(limited.client))).toEqual([403, 'FORBIDDEN']);
      expect(permission).toMatch(/^admin-users:/);
    },
  );
});

describe('inviting an operator', () => {
  test('adds somebody without a password, tells the mail job, and records it', async () => {
    const { root, app, auditOf, eventsOf } = fixture;
    const body = newcomer();
    const answer = await root.client.post('/api/admin-users', body);
    expect(answer.status).toBe(201);
    const { id } = answer.body.data;
    expect(answer.body.data).toMatchObject({
      email: body.email.toLowerCase(),
      status: 'pending',
      platformRole: 'admin',
      hasOwnPermissions: false,
      twoFactor: { enabled: false, required: false },
    });
    expect(answer.body.data.permissions).toContain('invoices:write');
    expect(answer.body.data.permissions).not.toContain('admin-users:write');
    const rows = await app.rows('select type, password_hash, platform_role, status from users where id = $1', [id]);
    expect(rows).toEqual([{ type: 'ADMIN_USER', password_hash: null, platform_role: 'admin', status: 'pending' }]);
    expect(await eventsOf('operator.invited', id)).toEqual([{ tenant_id: NIL, payload: { userId: id } }]);
    expect(await auditOf('operator.invited', id)).toMatchObject([{ tenant_id: NIL, actor_id: root.id }]);
    expect((await root.client.get(`/api/admin-users/${id}`)).body.data).toEqual(answer.body.data);
  });

  test('with one key happens once', async () => {
    const { root, app } = fixture;
    const body = newcomer();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all([1, 2].map(() => root.client.post('/api/admin-users', body, headers)));
    expect(answers.map(({ status }) => status).filter((status) => status === 201).length).toBeGreaterThan(0);
    expect(await app.rows('select 1 from users where email = $1', [body.email.toLowerCase()])).toHaveLength(1);
  });

  test('refuses an address in use, in whatever case, and leaves nothing behind', async () => {
    const { root, tenant, app } = fixture;
    const answer = await root.client.post('/api/admin-users', newcomer({ email: tenant.ownerEmail.toUpperCase() }));
    expect(refusal(answer)).toEqual([409, 'EMAIL_TAKEN']);
    expect(await app.rows('select platform_role from users where email = $1', [tenant.ownerEmail])).toEqual([
      { platform_role: null },
    ]);
  });

  test.each([
    ['no role', { platformRole: undefined }, 'body.platformRole'],
    ['a tenant role', { platformRole: 'owner' }, 'body.platformRole'],
    ['a password', { password: 'correct horse battery staple' }, 'body.password'],
    ['no address', { email: 'nobody' }, 'body.email'],
  ])('refuses %s', async (_what, fields, path) => {
    const answer = await fixture.root.client.post('/api/admin-users', newcomer(fields));
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
  });

  test('again sends another link, until a password is chosen', async () => {
    const { root, app, invite, eventsOf, addOperator } = fixture;
    const id = await invite();
    expect((await root.client.post(`/api/admin-users/${id}/invite`)).status).toBe(200);
    expect(await eventsOf('operator.invited', id)).toHaveLength(2);
    await root.client.put(`/api/admin-users/${id}`, { status: 'suspended' });
    expect((await root.client.post(`/api/admin-users/${id}/invite`)).body.data.status).toBe('pending');
    expect(await app.rows('select status from users where id = $1', [id])).toEqual([{ status: 'pending' }]);
    const joined = await addOperator();
    expect(refusal(await root.client.post(`/api/admin-users/${joined.id}/invite`))).toEqual([
      409,
      'OPERATOR_ALREADY_JOINED',
    ]);
  });

  test('taken back ends the link', async () => {
    const { root, app, invite } = fixture;
    const id = await invite();
    await app.rows(
      `insert into one_time_tokens (id, purpose, subject_id, secret_hash, expires_at)
       values (gen_random_uuid(), 'operator_invitation', $1, '\\x00', now() + interval '1 day')`,
      [id],
    );
    expect((await root.client.put(`/api/admin-users/${id}`, { status: 'inactive' })).status).toBe(200);
    expect(await app.rows('select 1 from one_time_tokens where subject_id = $1', [id])).toEqual([]);
    const activated = await root.client.put(`/api/admin-users/${id}`, { status: 'active' });
    expect(refusal(activated)).toEqual([409, 'OPERATOR_INVITATION_OPEN']);
  });
});

describe('the list', () => {
  test('has operators only, in pages, newest first, by search, role and status', async () => {
    const { root, addOperator, addMember } = fixture;
    const one = await addOperator();
    const other = await addOperator({ role: 'super_admin' });
    const member = await addMember();
    const ids = async (query: string): Promise<string[]> => {
      const { body } = await root.client.get(`/api/admin-users?limit=100&${query}`);
      return body.data.map(({ id }: { id: string }) => id);
    };
    expect((await ids('')).slice(0, 2)).toEqual([other.id, one.id]);
    expect(await ids('')).not.toContain(member.id);
    expect(await ids(`search=${one.email.slice(0, 30).toUpperCase()}`)).toEqual([one.id]);
    expect(await ids('role=super_admin')).toEqual(expect.arrayContaining([root.id, other.id]));
    expect(await ids('role=super_admin')).not.toContain(one.id);
    expect(await ids('status=suspended&search=%25')).toEqual([]);
    const first = await root.client.get('/api/admin-users?limit=1&sort=createdAt');
    expect(first.body.data).toHaveLength(1);
    expect(first.body.meta.total).toBe((await ids('')).length);
  });

  test('knows nobody who is no operator', async () => {
    const { root, addMember } = fixture;
    const member = await addMember();
    for (const path of ['', '/activity', '/sessions']) {
      const answer = await root.client.get(`/api/admin-users/${member.id}${path}`);
      expect(refusal(answer)).toEqual([404, 'OPERATOR_NOT_FOUND']);
    }
  });
});

describe('a change', () => {
  test('of name and phone leaves the rest, the own one too', async () => {
    const { root, addOperator, auditOf, liveSessions } = fixture;
    const one = await addOperator({ permissions: ['admin-users:read', 'admin-users:write'] });
    const answer = await one.client.put(`/api/admin-users/${one.id}`, { name: 'New name', phone: '+91 80 4718 2200' });
    expect(answer.body.data).toMatchObject({ name: 'New name', phone: '+91 80 4718 2200', hasOwnPermissions: true });
    const cleared = await root.client.put(`/api/admin-users/${one.id}`, { phone: null });
    expect(cleared.body.data).toMatchObject({ name: 'New name', phone: null });
    expect(await liveSessions(one.id)).toBe(1);
    expect(await auditOf('operator.updated', one.id)).toMatchObject([
      { changes: { before: { name: 'Person', phone: null }, after: { name: 'New name' } } },
      { changes: { before: { phone: '+91 80 4718 2200' }, after: { phone: null } } },
    ]);
  });

  test('to suspended signs out everywhere at once, and active is allowed back', async () => {
    const { root, app, addOperator, liveSessions } = fixture;
    const one = await addOperator();
    expect((await root.client.put(`/api/admin-users/${one.id}`, { status: 'suspended' })).status).toBe(200);
    expect(await liveSessions(one.id)).toBe(0);
    expect(refusal(await one.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    const login = () => app.http.post('/api/auth/login', { email: one.email, password: 'a password for tests only' });
    expect((await login()).status).toBe(401);
    expect((await root.client.put(`/api/admin-users/${one.id}`, { status: 'active' })).status).toBe(200);
    expect((await login()).status).toBe(200);
    const events = await app.rows(
      "select details from security_events where type = 'operator.changed' and user_id = $1",
      [one.id],
    );
    expect(events).toHaveLength(2);
  });

  test('of the role brings its permissions and, downwards, signs out', async () => {
    const { root, addOperator, liveSessions } = fixture;
    const one = await addOperator({ permissions: ['audit:read'] });
    const up = await root.client.put(`/api/admin-users/${one.id}`, { platformRole: 'super_admin' });
    expect(up.body.data.permissions).toHaveLength(Object.keys(permissionCatalogue).length);
    expect(await liveSessions(one.id)).toBe(1);
    expect((await one.client.get('/api/admin-users')).status).toBe(200);
    const down = await root.client.put(`/api/admin-users/${one.id}`, { platformRole: 'admin' });
    expect(down.body.data).toMatchObject({ hasOwnPermissions: false });
    expect(await liveSessions(one.id)).toBe(0);
  });

  test('needs something known', async () => {
    const { root, addOperator } = fixture;
    const one = await addOperator();
    for (const body of [{ status: 'pending' }, { email: 'x@y.example' }, { platformPermissions: [] }, { name: '' }]) {
      expect((await root.client.put(`/api/admin-users/${one.id}`, body)).status).toBe(400);
    }
  });
});

describe('permissions', () => {
  test('stand in the place of the role’s, and null gives those back', async () => {
    const { root, app, addOperator, auditOf } = fixture;
    const one = await addOperator();
    const path = `/api/admin-users/${one.id}/permissions`;
    const set = await root.client.put(path, { permissions: ['admin-users:read', 'audit:read'] });
    expect(set.body.data).toMatchObject({ hasOwnPermissions: true, permissions: ['admin-users:read', 'audit:read'] });
    const again = await app.http.post('/api/auth/login', { email: one.email, password: 'a password for tests only' });
    const client = app.http.with({ authorization: `Bearer ${again.body.data.accessToken}` });
    expect((await client.get('/api/admin-users')).status).toBe(200);
    expect((await client.get('/api/tenants')).status).toBe(403);
    const back = await root.client.put(path, { permissions: null });
    expect(back.body.data.hasOwnPermissions).toBe(false);
    await eventually(async () => (await client.get('/api/tenants')).status === 200, 'the permission arrives', 1000);
    expect(await auditOf('operator.permissions_changed', one.id)).toHaveLength(2);
  });

  test.each([
    ['an unknown name', ['tenants:fly']],
    ['a pattern', ['tenants:*']],
    ['one twice', ['audit:read', 'audit:read']],
  ])('refuses %s', async (_what, permissions) => {
    const { root, addOperator } = fixture;
    const one = await addOperator();
    expect((await root.client.put(`/api/admin-users/${one.id}/permissions`, { permissions })).status).toBe(400);
  });

  test('are never taken from a super admin', async () => {
    const { root, addOperator } = fixture;
    const other = await addOperator({ role: 'super_admin' });
    const answer = await root.client.put(`/api/admin-users/${other.id}/permissions`, { permissions: [] });
    expect(refusal(answer)).toEqual([409, 'SUPER_ADMIN_UNLIMITED']);
  });

  test('are listed, with what each role has', async () => {
    const { body } = await fixture.root.client.get('/api/admin-users/permissions');
    const names = body.data.groups.flatMap(({ permissions }: { permissions: { name: string }[] }) =>
      permissions.map(({ name }) => name),
    );
    expect(names.sort()).toEqual(Object.keys(permissionCatalogue).sort());
    const [first, second] = body.data.roles;
    expect(first).toMatchObject({ role: 'super_admin', rank: 100 });
    expect(first.permissions).toHaveLength(names.length);
    expect(second).toMatchObject({ role: 'admin', rank: 90 });
    expect(second.permissions).not.toContain('admin-users:write');
  });
});

describe('deleting', () => {
  test('takes the role and the sessions, and leaves the row to the audit log', async () => {
    const { root, app, addOperator, auditOf } = fixture;
    const one = await addOperator({ permissions: [] });
    expect((await root.client.delete(`/api/admin-users/${one.id}`)).status).toBe(204);
    expect(refusal(await one.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect(refusal(await root.client.get(`/api/admin-users/${one.id}`))).toEqual([404, 'OPERATOR_NOT_FOUND']);
    expect(refusal(await root.client.delete(`/api/admin-users/${one.id}`))).toEqual([404, 'OPERATOR_NOT_FOUND']);
    const rows = await app.rows('select platform_role, status from users where id = $1', [one.id]);
    expect(rows).toEqual([{ platform_role: null, status: 'inactive' }]);
    expect(await auditOf('operator.deleted', one.id)).toMatchObject([{ actor_id: root.id }]);
  });
});
