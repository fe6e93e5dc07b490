import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OperatorsFixture, refusal, startOperators } from './operators-fixture.ts';

let fixture: OperatorsFixture;

beforeAll(async () => {
  fixture = await startOperators();
});

afterAll(() => fixture.app.close());

describe('the list of users', () => {
  const ids = async (query: string): Promise<string[]> => {
    const answer = await fixture.root.client.get(`/api/users?limit=100&${query}`);
    expect(answer.status).toBe(200);
    return answer.body.data.map(({ id }: { id: string }) => id);
  };

  test('finds by search, role, status and type', async () => {
    const { root, app, addMember, addOperator } = fixture;
    const [member, operator] = [await addMember(), await addOperator()];
    await app.rows("update users set name = 'Zoë 100%', status = 'suspended' where id = $1", [member.id]);
    expect(await ids('search=zo%C3%AB%20100%25')).toEqual([member.id]);
    expect(await ids('search=ZO%C3%8B')).toEqual([member.id]);
    expect(await ids(`search=${operator.email}`)).toEqual([operator.id]);
    expect(await ids('status=suspended')).toEqual([member.id]);
    expect(await ids('role=admin')).toContain(operator.id);
    expect(await ids('role=admin')).not.toContain(root.id);
    expect(await ids('role=staff')).toEqual([member.id]);
    expect(await ids('role=owner')).not.toContain(member.id);
    expect(await ids('type=ADMIN_USER')).not.toContain(member.id);
    expect(await ids(`role=staff&status=active&search=${member.email}`)).toEqual([]);
  });

  test('comes in pages with an exact total, in a stable order', async () => {
    const { root, app } = fixture;
    const [{ count } = { count: 0 }] = await app.rows<{ count: number }>('select count(*)::int as count from users');
    const seen: string[] = [];
    for (let page = 1; page <= count; page += 1) {
      const { body } = await root.client.get(`/api/users?sort=email&limit=1&page=${page}`);
      expect(body.meta.total).toBe(count);
      seen.push(body.data[0].email);
    }
    const emails = await app.rows<{ email: string }>('select email from users order by email');
    expect(seen).toEqual(emails.map(({ email }) => email));
    expect((await ids('sort=-email'))[0]).toBe((await ids('sort=email')).at(-1));
  });

  test.each(['sort=passwordHash', 'role=singer', 'status=gone', 'filter=x', 'search=%00'])(
    'refuses %s',
    async (query) => {
      expect((await fixture.root.client.get(`/api/users?${query}`)).status).toBe(400);
    },
  );

  test('shows no secret', async () => {
    const { root, app } = fixture;
    const { text } = await root.client.get('/api/users?limit=100');
    const hashes = await app.rows<{ hash: string }>(
      'select password_hash as hash from users where password_hash is not null',
    );
    expect(hashes.filter(({ hash }) => text.includes(hash))).toEqual([]);
    expect(hashes.length).toBeGreaterThan(0);
  });
});

describe('a user', () => {
  test('is shown with memberships and second factor', async () => {
    const { root, tenant, addMember, addTenant, giveSecondFactor, app } = fixture;
    const member = await addMember();
    const deleted = await addTenant();
    await app.rows(
      "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'owner', now())",
      [deleted.id, member.id],
    );
    await root.client.delete(`/api/tenants/${deleted.id}`);
    await giveSecondFactor(member.id);
    const { body } = await root.client.get(`/api/users/${member.id}`);
    expect(body.data).toMatchObject({
      id: member.id,
      platformRole: null,
      twoFactor: { enabled: true, required: false },
      memberships: [{ tenant: { id: tenant.id }, role: 'staff', status: 'active' }],
    });
    expect(body.data.memberships).toHaveLength(1);
    expect(refusal(await root.client.get(`/api/users/${randomUUID()}`))).toEqual([404, 'USER_NOT_FOUND']);
  });

  test('is changed, and signed out with another status', async () => {
    const { root, addMember, auditOf, liveSessions } = fixture;
    const member = await addMember();
    const path = `/api/users/${member.id}`;
    const named = await root.client.put(path, { name: 'Asha Rao', locale: 'en-IN' });
    expect(named.body.data).toMatchObject({ name: 'Asha Rao', locale: 'en-IN', status: 'active' });
    expect(await liveSessions(member.id)).toBe(1);
    expect((await root.client.put(path, { status: 'suspended' })).body.data.status).toBe('suspended');
    expect(await liveSessions(member.id)).toBe(0);
    expect(refusal(await member.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect(await auditOf('user.updated', member.id)).toMatchObject([
      { actor_id: root.id, changes: { after: { name: 'Asha Rao', locale: 'en-IN' } } },
      { changes: { before: { status: 'active' }, after: { status: 'suspended' } } },
    ]);
    for (const body of [{ email: 'a@b.example' }, { platformRole: 'admin' }, { status: 'pending' }, { locale: 'EN' }]) {
      expect((await root.client.put(path, body)).status).toBe(400);
    }
  });

  test('who is an operator is changed elsewhere', async () => {
    const { root, addOperator, invite } = fixture;
    for (const id of [(await addOperator()).id, await invite(), root.id]) {
      expect(refusal(await root.client.put(`/api/users/${id}`, { name: 'X' }))).toEqual([409, 'USER_IS_OPERATOR']);
      expect(refusal(await root.client.delete(`/api/users/${id}`))).toEqual([409, 'USER_IS_OPERATOR']);
    }
  });
});

describe('deleting a user', () => {
  test('takes everything personal, memberships and sessions', async () => {
    const { root, app, addMember, giveSecondFactor, auditOf } = fixture;
    const member = await addMember();
    await giveSecondFactor(member.id);
    await app.rows("update users set phone = '1', avatar_url = 'https://x.example/a.png' where id = $1", [member.id]);
    expect((await root.client.delete(`/api/users/${member.id}`)).status).toBe(204);
    const rows = await app.rows(
      'select email, name, phone, avatar_url, password_hash, email_verified_at, status from users where id = $1',
      [member.id],
    );
    expect(rows).toEqual([
      {
        email: `deleted-${member.id}@deleted.invalid`,
        name: 'Deleted user',
        phone: null,
        avatar_url: null,
        password_hash: null,
        email_verified_at: null,
        status: 'inactive',
      },
    ]);
    for (const table of ['memberships', 'totp_authenticators', 'recovery_codes']) {
      expect(await app.rows(`select 1 from ${table} where user_id = $1`, [member.id])).toEqual([]);
    }
    expect(refusal(await member.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect((await app.http.post('/api/auth/login', { email: member.email, password: 'x' })).status).toBe(401);
    expect(await auditOf('user.deleted', member.id)).toMatchObject([{ actor_id: root.id }]);
    for (const call of [root.client.get(`/api/users/${member.id}`), root.client.delete(`/api/users/${member.id}`)]) {
      expect(refusal(await call)).toEqual([404, 'USER_NOT_FOUND']);
    }
    expect((await root.client.get('/api/users?search=deleted')).body.data).toEqual([]);
    const again = await root.client.post('/api/admin-users', {
      email: member.email,
      name: 'Again',
      platformRole: 'admin',
    });
    expect(again.status).toBe(201);
  });

  test('leaves every tenant an owner', async () => {
    const { root, app, addTenant, addMember, ownerOf, auditOf } = fixture;
    const tenant = await addTenant();
    const owner = await ownerOf(tenant);
    const refused = await root.client.delete(`/api/users/${owner}`);
    expect([...refusal(refused), refused.body.error.details]).toEqual([409, 'LAST_OWNER', { tenantIds: [tenant.id] }]);
    const other = await addMember(tenant.id, 'owner');
    await app.rows("update memberships set status = 'suspended' where user_id = $1", [other.id]);
    expect((await root.client.delete(`/api/users/${owner}`)).status).toBe(409);
    expect(await auditOf('user.deleted', owner)).toEqual([]);
    await app.rows("update memberships set status = 'active' where user_id = $1", [other.id]);
    expect((await root.client.delete(`/api/users/${owner}`)).status).toBe(204);
    expect((await root.client.delete(`/api/users/${other.id}`)).status).toBe(409);
    await root.client.delete(`/api/tenants/${tenant.id}`);
    expect((await root.client.delete(`/api/users/${other.id}`)).status).toBe(204);
  });

  test('of all owners at the same time leaves one', async () => {
    const { root, app, addTenant, addMember, ownerOf } = fixture;
    const tenants = [await addTenant(), await addTenant()];
    const owners = [];
    for (const tenant of tenants) owners.push(await ownerOf(tenant));
    for (let count = 0; count < 3; count += 1) {
      const both = await addMember(tenants[0]?.id, 'owner');
      await app.rows(
        "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'owner', now())",
        [tenants[1]?.id, both.id],
      );
      owners.push(both.id);
    }
    const answers = await Promise.all(owners.map((id) => root.client.delete(`/api/users/${id}`)));
    expect(answers.map(({ status }) => status).sort()).toEqual(expect.arrayContaining([204, 409]));
    expect(answers.every(({ status }) => status === 204 || status === 409)).toBe(true);
    for (const { id } of tenants) {
      const left = await app.rows("select 1 from memberships where tenant_id = $1 and role = 'owner'", [id]);
      expect(left.length).toBeGreaterThanOrEqual(1);
    }
  });
});

test('an owner is not deleted while the other one becomes less', async () => {
  const { root, app, addTenant, addMember, ownerOf } = fixture;
  for (let round = 0; round < 5; round += 1) {
    const tenant = await addTenant();
    const [one, other] = [await ownerOf(tenant), (await addMember(tenant.id, 'owner')).id];
    const answers = await Promise.all([
      root.client.delete(`/api/users/${one}`),
      tenant.operator.put(`/api/tenants/${tenant.id}/members/${other}`, { role: 'staff' }),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(1);
    const left = await app.rows("select 1 from memberships where tenant_id = $1 and role = 'owner'", [tenant.id]);
    expect(left).toHaveLength(1);
  }
});

test('an operator who was deleted can be taken everything personal from, and invited anew', async () => {
  const { root, addOperator } = fixture;
  const one = await addOperator();
  await root.client.delete(`/api/admin-users/${one.id}`);
  const body = { email: one.email, name: 'Back again', platformRole: 'admin' };
  expect(refusal(await root.client.post('/api/admin-users', body))).toEqual([409, 'EMAIL_TAKEN']);
  expect((await root.client.delete(`/api/users/${one.id}`)).status).toBe(204);
  expect((await root.client.post('/api/admin-users', body)).status).toBe(201);
});
