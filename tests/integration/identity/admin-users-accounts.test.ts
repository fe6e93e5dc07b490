import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type OperatorsFixture, refusal, startOperators } from './operators-fixture.ts';

const NIL = '00000000-0000-0000-0000-000000000000';
const NOW = new Date('2026-11-20T12:00:00.000Z');

let fixture: OperatorsFixture;

beforeAll(async () => {
  fixture = await startOperators();
});

afterAll(() => fixture.app.close());

describe('a password', () => {
  test('is reset by a mailed link, and works until then', async () => {
    const { root, app, addOperator, eventsOf, auditOf, liveSessions } = fixture;
    const one = await addOperator();
    const read = () => app.rows('select password_hash from users where id = $1', [one.id]);
    const before = await read();
    const answer = await root.client.post(`/api/admin-users/${one.id}/reset-password`);
    expect([answer.status, answer.body.data.id]).toEqual([200, one.id]);
    expect(await eventsOf('user.password_reset_requested', one.id)).toEqual([
      { tenant_id: NIL, payload: { userId: one.id } },
    ]);
    expect(await read()).toEqual(before);
    expect(await liveSessions(one.id)).toBe(1);
    expect(await auditOf('operator.password_reset_requested', one.id)).toMatchObject([{ actor_id: root.id }]);
  });

  test('is not reset for who has none, or may not sign in', async () => {
    const { root, addOperator, invite, eventsOf } = fixture;
    const invited = await invite();
    const reset = (id: string) => root.client.post(`/api/admin-users/${id}/reset-password`);
    expect(refusal(await reset(invited))).toEqual([409, 'OPERATOR_INVITATION_OPEN']);
    const one = await addOperator();
    await root.client.put(`/api/admin-users/${one.id}`, { status: 'suspended' });
    expect(refusal(await reset(one.id))).toEqual([409, 'OPERATOR_NOT_ACTIVE']);
    expect(await eventsOf('user.password_reset_requested', one.id)).toEqual([]);
  });
});

describe('a second factor', () => {
  const toggle = (id: string, enabled: unknown) =>
    fixture.root.client.post(`/api/admin-users/${id}/toggle-mfa`, { enabled });

  test('is required, and set up before anything else is done', async () => {
    const { app, addOperator, auditOf } = fixture;
    const one = await addOperator();
    const answer = await toggle(one.id, true);
    expect(answer.body.data.twoFactor).toEqual({ enabled: false, required: true });
    expect(refusal(await one.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    const login = await app.http.post('/api/auth/login', { email: one.email, password: 'a password for tests only' });
    expect(login.body.data.status).toBe('two_factor_enrolment_required');
    expect(await auditOf('operator.two_factor_changed', one.id)).toMatchObject([
      { changes: { before: { twoFactorRequired: false }, after: { twoFactorRequired: true } } },
    ]);
  });

  test('is taken away with its recovery codes', async () => {
    const { app, addOperator, giveSecondFactor, eventsOf } = fixture;
    const one = await addOperator();
    await giveSecondFactor(one.id);
    await app.rows("insert into recovery_codes (user_id, code_hash) values ($1, '\\x00')", [one.id]);
    expect((await toggle(one.id, true)).body.data.twoFactor).toEqual({ enabled: true, required: true });
    expect((await toggle(one.id, false)).body.data.twoFactor).toEqual({ enabled: false, required: false });
    for (const table of ['totp_authenticators', 'recovery_codes']) {
      expect(await app.rows(`select 1 from ${table} where user_id = $1`, [one.id])).toEqual([]);
    }
    expect(await eventsOf('user.two_factor_disabled', one.id)).toHaveLength(1);
    expect(
      await app.rows("select actor_id from security_events where type = 'two_factor.reset' and user_id = $1", [one.id]),
    ).toEqual([{ actor_id: fixture.root.id }]);
    const login = await app.http.post('/api/auth/login', { email: one.email, password: 'a password for tests only' });
    expect(login.body.data.status).toBe('signed_in');
  });

  test('of nobody’s own is touched here', async () => {
    const { root } = fixture;
    expect(refusal(await toggle(root.id, false))).toEqual([403, 'OWN_STANDING_FIXED']);
    expect((await toggle(root.id, 'yes')).status).toBe(400);
  });
});

describe('sessions', () => {
  test('that live are listed, and one is ended', async () => {
    const { root, app, addOperator, auditOf } = fixture;
    const one = await addOperator();
    await app.http.post('/api/auth/login', { email: one.email, password: 'a password for tests only' });
    const list = async () => (await root.client.get(`/api/admin-users/${one.id}/sessions`)).body;
    const { data, meta } = await list();
    expect([data.length, meta.total]).toEqual([2, 2]);
    expect(data[0]).toMatchObject({ method: 'password', twoFactor: false, isRestricted: false });
    const first = data[1].id;
    expect((await root.client.delete(`/api/admin-users/${one.id}/sessions/${first}`)).status).toBe(204);
    expect(refusal(await one.client.get('/api/auth/me'))).toEqual([401, 'SESSION_REVOKED']);
    expect((await list()).data.map(({ id }: { id: string }) => id)).toEqual([data[0].id]);
    expect(await auditOf('session.revoked', first)).toMatchObject([{ tenant_id: NIL, actor_id: root.id }]);
    const again = await root.client.delete(`/api/admin-users/${one.id}/sessions/${first}`);
    expect(refusal(again)).toEqual([404, 'SESSION_NOT_FOUND']);
  });

  test('of anybody else are not found', async () => {
    const { root, app, addOperator, addMember, liveSessions } = fixture;
    const [one, other, member] = [await addOperator(), await addOperator(), await addMember()];
    for (const { id } of [other, member]) {
      const [session] = await app.rows<{ id: string }>('select id from sessions where user_id = $1', [id]);
      const answer = await root.client.delete(`/api/admin-users/${one.id}/sessions/${session?.id}`);
      expect(refusal(answer)).toEqual([404, 'SESSION_NOT_FOUND']);
      expect(await liveSessions(id)).toBe(1);
      const ofMember = await root.client.delete(`/api/admin-users/${member.id}/sessions/${session?.id}`);
      expect(refusal(ofMember)).toEqual([404, 'OPERATOR_NOT_FOUND']);
    }
  });
});

describe('activity', () => {
  const INSERT = `insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, actor_type, actor_id, actor_name,
    impersonator_id, request_id) values ($1, $2, $3, $4, 'test', 'user', $5, 'Asha', $6, 'test')`;

  test('is what they did anywhere, under both names, slice by slice', async () => {
    const { root, app, addOperator, tenant } = fixture;
    const one = await addOperator();
    const subject = randomUUID();
    const made: string[] = [];
    for (let minute = 0; minute < 7; minute += 1) {
      const impersonated = minute % 2 === 1;
      const at = new Date(Date.now() + 60_000 * (minute + 1)).toISOString();
      const id = randomUUID();
      const actor = impersonated ? subject : one.id;
      const values = [minute === 3 ? tenant.id : NIL, id, at, `test.${minute}`, actor, impersonated ? one.id : null];
      await app.rows(INSERT, values);
      made.unshift(id);
    }
    await app.rows(INSERT, [NIL, randomUUID(), new Date().toISOString(), 'test.foreign', subject, null]);
    const found = [];
    let query = 'limit=3';
    while (query !== '') {
      const { body } = await root.client.get(`/api/admin-users/${one.id}/activity?${query}`);
      expect(body.data.length).toBeLessThanOrEqual(3);
      found.push(...body.data);
      query = body.meta.nextCursor === null ? '' : `limit=3&cursor=${body.meta.nextCursor}`;
    }
    expect(found.slice(0, 7).map(({ id }) => id)).toEqual(made);
    expect(found[3]).toMatchObject({ tenantId: tenant.id, onBehalfOf: { id: subject, name: 'Asha' } });
    expect(found[0]).toMatchObject({ tenantId: null, onBehalfOf: null });
    expect(found.slice(7).map(({ action }) => action)).toEqual(['session.created']);
  });

  test('refuses a cursor that no answer gave', async () => {
    const { root } = fixture;
    const answer = await root.client.get(`/api/admin-users/${root.id}/activity?cursor=abc`);
    expect(refusal(answer)).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('analytics', () => {
  let counted: OperatorsFixture;

  beforeAll(async () => {
    counted = await startOperators({ overrides: { clock: { now: () => NOW } } });
  });

  afterAll(() => counted.app.close());

  test('count operators only', async () => {
    const { app, root, addMember, giveSecondFactor } = counted;
    await addMember();
    const insert = (role: string, status: string, createdAt: string, lastLoginAt: string | null) =>
      app.rows(
        `insert into users (id, email, name, type, platform_role, status, created_at, last_login_at, updated_at)
         values ($1::uuid, $1::text || '@rowhouse.example', 'Counted', 'ADMIN_USER', $2, $3::user_status, $4, $5, now())`,
        [randomUUID(), role, status, createdAt, lastLoginAt],
      );
    await insert('admin', 'pending', '2026-10-31T23:59:59Z', null);
    await insert('admin', 'suspended', '2025-12-01T00:00:00Z', '2026-10-22T12:00:00Z');
    await insert('super_admin', 'active', '2025-11-30T23:59:59Z', '2026-10-19T12:00:00Z');
    await app.rows('update users set created_at = $2, last_login_at = $3 where id = $1', [
      root.id,
      '2026-11-01T00:00:00Z',
      NOW.toISOString(),
    ]);
    await giveSecondFactor(root.id);
    const { body } = await root.client.get('/api/admin-users/analytics');
    expect(body.data).toMatchObject({
      total: 4,
      byRole: { super_admin: 2, admin: 2 },
      byStatus: { active: 2, inactive: 0, suspended: 1, pending: 1 },
      withTwoFactor: 1,
      signedInWithin30Days: 2,
    });
    const months = body.data.createdPerMonth;
    expect([months.length, months[0], months[10], months[11]]).toEqual([
      12,
      { month: '2025-12', count: 1 },
      { month: '2026-10', count: 1 },
      { month: '2026-11', count: 1 },
    ]);
  });
});
