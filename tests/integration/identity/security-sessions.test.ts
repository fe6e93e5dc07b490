import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { eventually } from '../../support/eventually.ts';
import type { HttpClient } from '../../support/http-client.ts';
import { signIn } from '../../support/people.ts';
import { failure, NIL, PASSWORD, type SecurityFixture, startSecurity, UNKNOWN_ID } from './security-fixture.ts';

const PATH = '/api/security/sessions';

interface Session {
  readonly id: string;
  readonly tenantId: string | null;
}

let fixture: SecurityFixture;
let ownerId: string;

beforeAll(async () => {
  fixture = await startSecurity();
  ownerId = await fixture.userId(fixture.lakeside.ownerEmail);
});

afterAll(() => fixture.close());

const listed = async (client: HttpClient, query = 'limit=100'): Promise<Session[]> => {
  const answer = await client.get(`${PATH}?${query}`);
  expect(answer.status).toBe(200);
  return answer.body.data;
};

const idsIn = async (client: HttpClient, query?: string) => (await listed(client, query)).map(({ id }) => id);

const stateOf = async (id: string) => {
  const [row] = await fixture.app.rows<{ revoke_reason: string | null; revoked: boolean }>(
    'select revoke_reason, revoked_at is not null as revoked from sessions where id = $1',
    [id],
  );
  return row;
};

const ENDED = { revoke_reason: 'revoked_by_administrator', revoked: true };
const OPEN = { revoke_reason: null, revoked: false };

describe('GET /api/security/sessions', () => {
  test('shows who works from where, the newest first', async () => {
    const { lakeside, operator, addSession } = fixture;
    const fields = {
      method: 'magic_link',
      two_factor_at: new Date(),
      ip_address: '203.0.113.7',
      user_agent: 'sessions-test/1',
      created_at: '2099-01-01T00:00:00.000Z',
      expires_at: '2099-02-01T00:00:00.000Z',
    };
    const id = await addSession(ownerId, lakeside.id, fields);

    const [newest] = await listed(lakeside.owner, 'limit=1');

    expect(newest).toEqual({
      id,
      tenantId: lakeside.id,
      user: { id: ownerId, name: expect.stringMatching(/^Owner/), email: lakeside.ownerEmail },
      method: 'magic_link',
      twoFactor: true,
      ipAddress: '203.0.113.7',
      userAgent: 'sessions-test/1',
      createdAt: '2099-01-01T00:00:00.000Z',
      lastUsedAt: expect.any(String),
      expiresAt: '2099-02-01T00:00:00.000Z',
      impersonator: null,
    });
    expect(await listed(operator, 'limit=1')).toEqual([newest]);
  });

  test("shows who works in somebody's place", async () => {
    const { lakeside, operatorId, addSession, app } = fixture;
    const id = await addSession(ownerId, lakeside.id, { method: 'impersonation' });
    await app.rows(
      `insert into impersonations (tenant_id, id, impersonator_id, user_id, session_id, mode, reason, expires_at)
       values ($1, $2, $3, $4, $5, 'read_only', 'A reason', now() + interval '20 minutes')`,
      [lakeside.id, uuidv7(), operatorId, ownerId, id],
    );

    const found = (await listed(lakeside.owner)).find((session) => session.id === id);

    expect(found).toMatchObject({
      method: 'impersonation',
      user: { id: ownerId },
      impersonator: { id: operatorId, name: 'operator@rowhouse.example' },
    });
  });

  test('shows a tenant what was opened in it, and operators everything', async () => {
    const { lakeside, riverside, operator, operatorIn, operatorId, addSession } = fixture;
    const own = await addSession(ownerId, lakeside.id);
    const elsewhere = await addSession(ownerId, riverside.id);
    const nowhere = await addSession(ownerId, null);
    const ofTheOperator = await addSession(operatorId, null);

    const inTenant = await listed(lakeside.owner);
    const named = await listed(operatorIn(riverside.id));
    const onPlatform = await idsIn(operator);

    expect(inTenant.map(({ id }) => id)).toContain(own);
    expect(new Set(inTenant.map(({ tenantId }) => tenantId))).toEqual(new Set([lakeside.id]));
    expect(named.map(({ id }) => id)).toContain(elsewhere);
    expect(new Set(named.map(({ tenantId }) => tenantId))).toEqual(new Set([riverside.id]));
    expect(onPlatform).toEqual(expect.arrayContaining([own, elsewhere, nowhere, ofTheOperator]));
  });

  test('shows nothing that has ended, is over or was left unused for too long', async () => {
    const { lakeside, addSession, app } = fixture;
    const unused = await addSession(ownerId, lakeside.id);
    const used = await addSession(ownerId, lakeside.id);
    for (const [sessionId, generation, days] of [
      [unused, 1, 1],
      [unused, 2, -1],
      [used, 1, -1],
      [used, 2, 1],
    ] as const) {
      await app.rows(
        `insert into refresh_tokens (id, session_id, generation, secret_hash, expires_at)
         values (gen_random_uuid(), $1, $2, '\\x00', now() + make_interval(days => $3))`,
        [sessionId, generation, days],
      );
    }
    const hidden = [
      unused,
      await addSession(ownerId, lakeside.id, { revoked_at: new Date(), revoke_reason: 'logout' }),
      await addSession(ownerId, lakeside.id, { expires_at: new Date(Date.now() - 1000) }),
    ];

    const shown = await idsIn(lakeside.owner);

    expect(shown).toContain(used);
    expect(hidden.filter((id) => shown.includes(id))).toEqual([]);
  });

  test('finds people by a part of their name or address, taken literally', async () => {
    const { addTenant, operator, addSession, addUser, lakeside } = fixture;
    const tenant = await addTenant({
      owner: { name: 'Zuleika 100% Dobson', email: 'zd@oxford.example', password: PASSWORD },
    });
    const namesake = await addUser('zuleika@elsewhere.example', null);
    const foreign = await addSession(namesake, lakeside.id);

    const byName = await idsIn(tenant.owner, 'search=zuleika');

    expect(byName).toHaveLength(1);
    expect(await idsIn(tenant.owner, 'search=OXFORD')).toEqual(byName);
    expect(await idsIn(tenant.owner, 'search=100%25%20dob')).toEqual(byName);
    expect(await idsIn(tenant.owner, 'search=z%25d')).toEqual([]);
    expect(new Set(await idsIn(operator, 'search=zuleika'))).toEqual(new Set([...byName, foreign]));
  });

  test('is walked page by page, either way', async () => {
    const { addTenant, userId, addSession } = fixture;
    const tenant = await addTenant();
    const memberId = await userId(tenant.ownerEmail);
    for (const day of [1, 1, 2]) await addSession(memberId, tenant.id, { created_at: `2020-01-0${day}T00:00:00.000Z` });
    const all = await idsIn(tenant.owner);

    expect(all).toHaveLength(4);
    expect([...(await idsIn(tenant.owner, 'limit=3')), ...(await idsIn(tenant.owner, 'limit=3&page=2'))]).toEqual(all);
    expect(await idsIn(tenant.owner, 'sort=createdAt')).toEqual([...all].reverse());
    expect((await tenant.owner.get(`${PATH}?limit=3`)).body.meta).toMatchObject({ total: 4, totalPages: 2 });
  });

  test.each(['limit=101', 'sort=name', 'search=', 'userId=me'])('refuses %s', async (query) => {
    expect(failure(await fixture.lakeside.owner.get(`${PATH}?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is for who may read it', async () => {
    const manager = await fixture.addMember(fixture.lakeside.id, 'manager');
    expect(failure(await fixture.app.http.get(PATH))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.get(PATH))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('DELETE /api/security/sessions/:id', () => {
  test('ends a session at once, and writes down who ended whose', async () => {
    const { addTenant, userId, addMember, app, auditOf, eventsOf } = fixture;
    const tenant = await addTenant();
    const member = await addMember(tenant.id, 'member');
    expect((await member.get('/api/auth/me')).status).toBe(200);
    const adminId = await userId(tenant.ownerEmail);
    const [session] = await app.rows<{ id: string; user_id: string }>(
      'select id, user_id from sessions where home_tenant_id = $1 and user_id <> $2',
      [tenant.id, adminId],
    );
    const id = session?.id ?? '';

    expect((await tenant.owner.delete(`${PATH}/${id}`)).status).toBe(204);

    expect(await stateOf(id)).toEqual(ENDED);
    await eventually(async () => (await member.get('/api/auth/me')).status === 401, 'the session has ended');
    expect(failure(await member.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect((await auditOf(id)).filter(({ action }) => action === 'session.revoked')).toEqual([
      {
        tenant_id: tenant.id,
        action: 'session.revoked',
        resource_type: 'session',
        actor_id: adminId,
        changes: { after: { revokeReason: 'revoked_by_administrator' } },
      },
    ]);
    expect(await eventsOf(tenant.id, 'session.revoked')).toEqual([
      {
        user_id: session?.user_id,
        actor_id: adminId,
        details: { sessionId: id, reason: 'revoked_by_administrator' },
      },
    ]);
    expect(failure(await tenant.owner.delete(`${PATH}/${id}`))).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  test("leaves what was opened elsewhere, is an operator's, is over or unknown", async () => {
    const { lakeside, riverside, operatorIn, operatorId, addSession } = fixture;
    const ids = [
      await addSession(ownerId, riverside.id),
      await addSession(ownerId, null),
      await addSession(operatorId, null),
      await addSession(ownerId, lakeside.id, { expires_at: new Date(Date.now() - 1000) }),
    ];

    for (const id of [...ids, UNKNOWN_ID]) {
      for (const client of [lakeside.owner, operatorIn(lakeside.id)]) {
        expect(failure(await client.delete(`${PATH}/${id}`))).toEqual([404, 'SESSION_NOT_FOUND']);
      }
    }
    for (const id of ids) expect(await stateOf(id)).toEqual(OPEN);
  });

  test('works for operators on any session of who does not rank above them', async () => {
    const { lakeside, operator, operatorId, addUser, addSession, app, auditOf } = fixture;
    const adminEmail = `admin-${uuidv7()}@rowhouse.example`;
    const adminId = await addUser(adminEmail, 'admin');
    const admin = await signIn(app, adminEmail, PASSWORD);
    const [ofSuperAdmin, ofAdmin, ofOwner] = [
      await addSession(operatorId, null),
      await addSession(adminId, null),
      await addSession(ownerId, lakeside.id),
    ];

    expect(failure(await admin.delete(`${PATH}/${ofSuperAdmin}`))).toEqual([403, 'RANK_TOO_LOW']);
    expect(await stateOf(ofSuperAdmin)).toEqual(OPEN);
    for (const [client, id] of [
      [admin, ofAdmin],
      [admin, ofOwner],
      [operator, ofSuperAdmin],
    ] as const) {
      expect((await client.delete(`${PATH}/${id}`)).status).toBe(204);
      expect(await stateOf(id)).toEqual(ENDED);
    }
    expect(await auditOf(ofAdmin)).toMatchObject([{ tenant_id: NIL, actor_id: adminId }]);
    expect(await auditOf(ofOwner)).toMatchObject([{ tenant_id: lakeside.id, actor_id: adminId }]);
  });

  test('respects the ranks of a tenant, whatever a role of its own allows', async () => {
    const { addTenant, addUser, addSession, app, userId } = fixture;
    const tenant = await addTenant();
    const staffEmail = `staff-${uuidv7()}@library.example`;
    const [staffId, memberId] = [await addUser(staffEmail, null), await addUser(`m-${uuidv7()}@library.example`, null)];
    const [membership, role] = [uuidv7(), uuidv7()];
    for (const [id, user, name] of [
      [membership, staffId, 'staff'],
      [uuidv7(), memberId, 'member'],
    ]) {
      await app.rows(
        'insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, $4, now())',
        [tenant.id, id, user, name],
      );
    }
    await app.rows(
      "insert into roles (tenant_id, id, name, permissions, updated_at) values ($1, $2, 'Watch', '{security:write}', now())",
      [tenant.id, role],
    );
    await app.rows('insert into role_assignments (tenant_id, membership_id, role_id) values ($1, $2, $3)', [
      tenant.id,
      membership,
      role,
    ]);
    const watch = await signIn(app, staffEmail, PASSWORD);
    const [ofOwner, ofMember] = [
      await addSession(await userId(tenant.ownerEmail), tenant.id),
      await addSession(memberId, tenant.id),
    ];

    expect(failure(await watch.delete(`${PATH}/${ofOwner}`))).toEqual([403, 'RANK_TOO_LOW']);
    expect(await stateOf(ofOwner)).toEqual(OPEN);
    expect((await watch.delete(`${PATH}/${ofMember}`)).status).toBe(204);
    expect(await stateOf(ofMember)).toEqual(ENDED);
    expect((await tenant.owner.delete(`${PATH}/${ofOwner}`)).status).toBe(204);
  });

  test('is done once, however many ask at once', async () => {
    const { lakeside, addSession, auditOf } = fixture;
    const id = await addSession(ownerId, lakeside.id);

    const answers = await Promise.all(Array.from({ length: 8 }, () => lakeside.owner.delete(`${PATH}/${id}`)));

    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 7 }, () => 404)]);
    expect(await auditOf(id)).toHaveLength(1);
  });

  test('is for who may write it', async () => {
    const { app, lakeside, addMember, addSession } = fixture;
    const id = await addSession(ownerId, lakeside.id);
    const manager = await addMember(lakeside.id, 'manager');

    expect(failure(await app.http.delete(`${PATH}/${id}`))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.delete(`${PATH}/${id}`))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await lakeside.owner.delete(`${PATH}/first`))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await stateOf(id)).toEqual(OPEN);
  });
});
