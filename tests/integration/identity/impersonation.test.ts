import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { platformScope, systemContext } from '../../../src/types/context-factory.ts';
import { asTenantId } from '../../../src/types/ids.ts';
import { eventually } from '../../support/eventually.ts';
import { startTestApp } from '../../support/test-app.ts';
import { type ImpersonationFixture, REASON, startImpersonations } from './impersonation-fixture.ts';
import { refusal } from './operators-fixture.ts';

/** Two processes of one installation have the same. */
const settings = { JWT_KEYS: `test:${randomBytes(32).toString('base64')}` };

let fixture: ImpersonationFixture;

beforeAll(async () => {
  fixture = await startImpersonations({ settings });
});

afterAll(() => fixture.app.close());

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

describe('a grant', () => {
  test('opens a short session in the oldest owner’s place, and leaves its traces', async () => {
    const { app, root, tenant, impersonate, sessionOf, ownerOf, addMember, eventsOf } = fixture;
    await addMember(tenant.id, 'owner');
    const owner = await ownerOf(tenant);
    const lastLogin = () => app.rows('select last_login_at from users where id = $1', [owner]);
    const before = await lastLogin();

    const { id, accessToken, answer } = await impersonate({ ticket: 'SUP-1043' });

    const { expiresIn, impersonation, refreshToken } = answer.body.data;
    expect([expiresIn, refreshToken]).toEqual([900, undefined]);
    expect(impersonation).toMatchObject({
      user: { id: owner, email: tenant.ownerEmail },
      mode: 'read_only',
      reason: REASON,
      ticket: 'SUP-1043',
    });
    expect(Math.abs(Date.parse(impersonation.expiresAt) - Date.now() - 900_000)).toBeLessThan(20_000);
    const claims = claimsOf(accessToken);
    expect(claims).toMatchObject({
      sub: owner,
      act: { sub: root.id },
      activeContext: { type: 'tenant', id: tenant.id },
    });
    expect(claims.exp - claims.iat).toBe(900);
    const session = await sessionOf(id);
    expect(session).toMatchObject({
      user_id: owner,
      method: 'impersonation',
      is_restricted: false,
      home_tenant_id: tenant.id,
    });
    expect(session.expires_at).toEqual(new Date(impersonation.expiresAt));
    expect(await app.rows('select 1 from refresh_tokens where session_id = $1', [session.id])).toEqual([]);
    expect(await fixture.auditOf('impersonation.started', id)).toMatchObject([
      {
        tenant_id: tenant.id,
        actor_id: root.id,
        changes: { after: { userId: owner, impersonatorId: root.id, reason: REASON } },
      },
    ]);
    expect(await eventsOf('impersonation.started', id)).toEqual([
      { tenant_id: tenant.id, payload: { tenantId: tenant.id, impersonationId: id } },
    ]);
    expect(
      await app.rows(
        "select actor_id, user_id from security_events where type = 'impersonation.started' and tenant_id = $1",
        [tenant.id],
      ),
    ).toEqual([{ actor_id: root.id, user_id: owner }]);
    expect(await lastLogin()).toEqual(before);
  });

  test('of another user, mode and length', async () => {
    const { impersonate, addMember } = fixture;
    const member = await addMember();
    const { answer, client } = await impersonate({ userId: member.id, mode: 'full', minutes: 30 });
    expect(answer.body.data).toMatchObject({
      expiresIn: 1800,
      impersonation: { user: { id: member.id }, mode: 'full' },
    });
    expect((await client.get('/api/auth/me')).body.data.user.id).toBe(member.id);
  });

  test('tells the mail job who and why, and whom to tell', async () => {
    const { app, tenant, impersonate, root, addTenant } = fixture;
    const { id } = await impersonate();
    const ctx = systemContext(platformScope, 'test');
    const { impersonations } = app.container.services;
    expect(await impersonations.find(ctx, asTenantId(tenant.id), id)).toMatchObject({
      impersonatorName: 'Person',
      impersonatorEmail: root.email,
      userEmail: tenant.ownerEmail,
      reason: REASON,
      mode: 'read_only',
    });
    expect(await impersonations.ownersOf(ctx, asTenantId(tenant.id))).toContainEqual({
      name: 'Owner',
      email: tenant.ownerEmail,
      locale: 'en',
    });
    const other = await addTenant();
    expect(await impersonations.find(ctx, asTenantId(other.id), id)).toBeNull();
  });

  test.each([
    ['no reason', { reason: undefined }, 'body.reason'],
    ['a reason of a word', { reason: 'because' }, 'body.reason'],
    ['an hour', { minutes: 60 }, 'body.minutes'],
    ['no time', { minutes: 0 }, 'body.minutes'],
    ['another mode', { mode: 'root' }, 'body.mode'],
    ['more than there is', { scopes: ['*'] }, 'body.scopes'],
  ])('is refused for %s', async (_what, body, path) => {
    const answer = await fixture.ask(fixture.root.client, fixture.tenant, body);
    expect([answer.status, answer.body.error.details[0].path]).toEqual([400, path]);
  });
});

describe('a grant is refused', () => {
  test('to anybody but operators who may', async () => {
    const { ask, app, tenant, addOperator } = fixture;
    const limited = await addOperator({ permissions: ['tenants:read', 'tenants:write'] });
    expect(refusal(await ask(app.http, tenant))).toEqual([401, 'UNAUTHENTICATED']);
    expect(refusal(await ask(tenant.owner, tenant))).toEqual([403, 'FORBIDDEN']);
    expect(refusal(await ask(limited.client, tenant))).toEqual([403, 'FORBIDDEN']);
  });

  test('for a tenant that is not there any more', async () => {
    const { ask, root, addTenant } = fixture;
    const tenant = await addTenant();
    await root.client.delete(`/api/tenants/${tenant.id}`);
    expect(refusal(await ask(root.client, tenant))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(refusal(await ask(root.client, { id: randomUUID() }))).toEqual([404, 'TENANT_NOT_FOUND']);
  });

  test('for operators, strangers, and whoever may not work there now', async () => {
    const { app, ask, root, tenant, addTenant, addMember, addOperator } = fixture;
    const of = (userId: string) => ask(root.client, tenant, { userId });
    const operator = await addOperator();
    await app.rows(
      "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'owner', now())",
      [tenant.id, operator.id],
    );
    const stranger = await addMember((await addTenant()).id);
    const [suspended, pending, removed] = [await addMember(), await addMember(), await addMember()];
    await app.rows("update users set status = 'suspended' where id = $1", [suspended.id]);
    await app.rows("update users set status = 'pending' where id = $1", [pending.id]);
    await app.rows("update memberships set status = 'suspended' where user_id = $1", [removed.id]);
    for (const { id } of [operator, root, stranger, suspended, pending, removed, { id: randomUUID() }]) {
      expect(refusal(await of(id))).toEqual([409, 'IMPERSONATION_NOT_POSSIBLE']);
      expect(await app.rows("select 1 from sessions where user_id = $1 and method = 'impersonation'", [id])).toEqual(
        [],
      );
    }
  });

  test('where there is no active owner to choose', async () => {
    const { app, ask, root, addTenant, ownerOf } = fixture;
    const tenant = await addTenant();
    await app.rows("update users set status = 'suspended' where id = $1", [await ownerOf(tenant)]);
    expect(refusal(await ask(root.client, tenant))).toEqual([409, 'IMPERSONATION_NOT_POSSIBLE']);
  });

  test('in the place of somebody else: there are no chains', async () => {
    const { ask, tenant, addTenant, impersonate } = fixture;
    const { client } = await impersonate({ mode: 'full' });
    expect(refusal(await ask(client, tenant))).toEqual([403, 'FORBIDDEN']);
    expect(refusal(await ask(client, await addTenant()))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('with a second factor', () => {
  test('the session must have shown it within five minutes', async () => {
    const { app, ask, tenant, addOperator, giveSecondFactor, impersonate } = fixture;
    const operator = await addOperator();
    await impersonate({}, { by: operator.client });
    await giveSecondFactor(operator.id);
    expect(refusal(await ask(operator.client, tenant))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
    const shown = (ago: string) =>
      app.rows(`update sessions set two_factor_at = now() - $2::interval where user_id = $1`, [operator.id, ago]);
    await shown('6 minutes');
    expect(refusal(await ask(operator.client, tenant))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
    await shown('4 minutes');
    expect((await ask(operator.client, tenant)).status).toBe(201);
  });

  test('that is required, and was not set up, nothing is granted', async () => {
    const { app, ask, tenant, addOperator } = fixture;
    const operator = await addOperator();
    await app.rows('update users set two_factor_required = true where id = $1', [operator.id]);
    expect(refusal(await ask(operator.client, tenant))).toEqual([403, 'TWO_FACTOR_REQUIRED']);
  });

  test('a code will do, once, and a wrong one grants nothing', async () => {
    const { app, ask, tenant, root, addOperator } = fixture;
    const operator = await addOperator();
    expect(refusal(await ask(operator.client, tenant, { totpCode: '000000' }))).toEqual([
      401,
      'TWO_FACTOR_CODE_INVALID',
    ]);
    expect(refusal(await ask(root.client, tenant, { totpCode: 'abcdef' }))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await app.rows('select 1 from impersonations where impersonator_id = $1', [operator.id])).toEqual([]);
  });
});

describe('an impersonation ends', () => {
  const isOver = async (client: typeof fixture.root.client): Promise<boolean> =>
    (await client.get('/api/auth/me')).body.error?.code === 'SESSION_REVOKED';

  test('by signing out, and the operator’s own session goes on', async () => {
    const { impersonate, sessionOf, root, auditOf } = fixture;
    const { id, client } = await impersonate();
    expect((await client.post('/api/auth/logout')).status).toBe(204);
    expect(await isOver(client)).toBe(true);
    const session = await sessionOf(id);
    expect(session.revoke_reason).toBe('logout');
    expect(await auditOf('session.revoked', String(session.id))).toMatchObject([{ impersonator_id: root.id }]);
    expect((await root.client.get('/api/auth/me')).status).toBe(200);
  });

  test('with its time, in every process', async () => {
    const { app, impersonate, sessionOf } = fixture;
    const { id, client } = await impersonate();
    await app.rows("update sessions set expires_at = now() - interval '1 second' where id = $1", [
      (await sessionOf(id)).id,
    ]);
    expect(await isOver(client)).toBe(true);
  });

  const losses: ReadonlyArray<[string, Record<string, unknown>, string]> = [
    ['is suspended', { status: 'suspended' }, ''],
    ['loses the permission', { permissions: ['tenants:read', 'members:read'] }, '/permissions'],
  ];

  test.each(losses)('within a second in every process when the operator %s, for good', async (_what, body, path) => {
    const { app, root, addOperator, impersonate } = fixture;
    const other = await startTestApp({ settings, database: app.database });
    try {
      const operator = await addOperator();
      const { client, accessToken } = await impersonate({}, { by: operator.client });
      const elsewhere = other.http.with({ authorization: `Bearer ${accessToken}` });
      for (const each of [client, elsewhere]) expect((await each.get('/api/auth/me')).status).toBe(200);
      expect((await root.client.put(`/api/admin-users/${operator.id}${path}`, body)).status).toBe(200);
      await eventually(() => isOver(client), 'it ends here', 1000);
      await eventually(() => isOver(elsewhere), 'it ends there', 1000);
      const back = path === '' ? { status: 'active' } : { permissions: null };
      expect((await root.client.put(`/api/admin-users/${operator.id}${path}`, back)).status).toBe(200);
      expect(await isOver(client)).toBe(true);
    } finally {
      await other.close();
    }
  });

  test('when the operator is deleted, and when the user is suspended or no member any more', async () => {
    const { app, root, addOperator, addMember, impersonate } = fixture;
    const operator = await addOperator();
    const [first, second, third] = [await addMember(), await addMember(), await addMember()];
    const ofDeleted = await impersonate({}, { by: operator.client });
    const ofSuspended = await impersonate({ userId: first.id });
    const ofRemoved = await impersonate({ userId: second.id });
    const stays = await impersonate({ userId: third.id });
    expect((await root.client.delete(`/api/admin-users/${operator.id}`)).status).toBe(204);
    await eventually(() => isOver(ofDeleted.client), 'the operator is gone', 1000);
    await root.client.put(`/api/users/${first.id}`, { status: 'suspended' });
    await eventually(() => isOver(ofSuspended.client), 'the user is suspended', 1000);
    await app.rows('delete from memberships where user_id = $1', [second.id]);
    await app.rows("select pg_notify('rowhouse_invalidation', $1)", [`user:${second.id}`]);
    await eventually(async () => (await ofRemoved.client.get('/api/auth/me')).status === 401, 'no member', 1000);
    expect((await stays.client.get('/api/auth/me')).status).toBe(200);
  });

  test('and is not granted while the operator is being suspended', async () => {
    const { app, ask, root, tenant, addOperator } = fixture;
    for (let round = 0; round < 5; round += 1) {
      const operator = await addOperator();
      const [granted, suspended] = await Promise.all([
        ask(operator.client, tenant),
        root.client.put(`/api/admin-users/${operator.id}`, { status: 'suspended' }),
      ]);
      expect(suspended.status).toBe(200);
      expect([201, 401, 403]).toContain(granted.status);
      const live = await app.rows(
        `select 1 from sessions join impersonations on session_id = sessions.id
         where impersonator_id = $1 and revoked_at is null`,
        [operator.id],
      );
      expect(live).toEqual([]);
    }
  });

  test('and nothing extends it', async () => {
    const { app, impersonate, sessionOf, tenant, ownerOf } = fixture;
    const { id, accessToken, client } = await impersonate();
    const before = await sessionOf(id);
    for (const attempt of [
      app.http.post('/api/auth/refresh', { refreshToken: accessToken }),
      app.http.post('/api/auth/refresh', { refreshToken: `${before.id}.${'A'.repeat(43)}` }),
      client.post('/api/auth/refresh', {}),
      client.post('/api/auth/switch-context', { tenantId: tenant.id }),
    ]) {
      expect([400, 401, 403]).toContain((await attempt).status);
    }
    expect((await sessionOf(id)).expires_at).toEqual(before.expires_at);
    const sessions = await app.rows(
      "select 1 from sessions where user_id = $1 and method <> 'impersonation' and created_at > $2",
      [await ownerOf(tenant), before.created_at],
    );
    expect(sessions).toEqual([]);
  });
});
