import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HttpClient } from '../../support/http-client.ts';
import { failure, NIL, PASSWORD, type SecurityFixture, startSecurity, UNKNOWN_ID } from './security-fixture.ts';

const PATH = '/api/security/lockouts';

let fixture: SecurityFixture;
let ownerId: string;
let neighbourId: string;

beforeAll(async () => {
  fixture = await startSecurity();
  ownerId = await fixture.userId(fixture.lakeside.ownerEmail);
  neighbourId = await fixture.userId(fixture.riverside.ownerEmail);
});

afterAll(() => fixture.close());

interface Listed {
  readonly id: string;
}

const listed = async (client: HttpClient, query = 'limit=100'): Promise<string[]> => {
  const answer = await client.get(`${PATH}?${query}`);
  expect(answer.status).toBe(200);
  const lockouts: readonly Listed[] = answer.body.data;
  return lockouts.map(({ id }) => id);
};

const isThere = async (id: string): Promise<boolean> =>
  (await fixture.app.rows('select 1 from throttles where id = $1', [id])).length === 1;

describe('GET /api/security/lockouts', () => {
  test('shows who has to wait, for what and until when', async () => {
    const { lakeside, operator, addLockout, app } = fixture;
    const blockedUntil = '2099-01-01T00:00:00.000Z';
    const id = await addLockout(ownerId, { kind: 'two_factor', count: 9, blocked_until: blockedUntil });
    const [member] = await app.rows('select id from memberships where tenant_id = $1 and user_id = $2', [
      lakeside.id,
      ownerId,
    ]);
    const user = { id: ownerId, name: expect.stringMatching(/^Owner/), email: lakeside.ownerEmail };
    const lockout = { id, kind: 'two_factor', user, count: 9, blockedUntil, updatedAt: expect.any(String) };

    const inTenant = await lakeside.owner.get(`${PATH}?limit=1`);
    const onPlatform = await operator.get(`${PATH}?limit=1`);

    expect(inTenant.body.data).toEqual([{ ...lockout, membershipId: member?.id }]);
    expect(onPlatform.body.data).toEqual([{ ...lockout, membershipId: null }]);
  });

  test("shows a tenant its members' only, and operators those of everybody and of addresses", async () => {
    const { lakeside, riverside, operator, operatorIn, operatorId, addLockout, app } = fixture;
    const own = await addLockout(ownerId);
    const foreign = await addLockout(neighbourId);
    const [address, unknownAccount, ofAnOperator] = [
      await addLockout(null, { kind: 'sign_in_address' }),
      await addLockout(null),
      await addLockout(operatorId),
    ];
    const ofTheAddress = await addLockout(ownerId, { kind: 'sign_in_address' });
    await app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, gen_random_uuid(), $2, 'member', now())`,
      [lakeside.id, operatorId],
    );

    const inTenant = await listed(lakeside.owner);

    expect(inTenant).toContain(own);
    for (const id of [foreign, address, unknownAccount, ofAnOperator, ofTheAddress]) expect(inTenant).not.toContain(id);
    expect(await listed(operatorIn(riverside.id))).toEqual([foreign]);
    expect(await listed(operator)).toEqual(
      expect.arrayContaining([own, foreign, address, unknownAccount, ofAnOperator, ofTheAddress]),
    );
  });

  test('shows nothing that is over, blocks nothing or is no lock-out', async () => {
    const { lakeside, operator, addLockout } = fixture;
    const hidden = [
      await addLockout(ownerId, { blocked_until: new Date(Date.now() - 1000) }),
      await addLockout(ownerId, { blocked_until: null }),
      await addLockout(ownerId, { kind: 'mail' }),
    ];

    const shown = [...(await listed(lakeside.owner)), ...(await listed(operator))];

    expect(hidden.filter((id) => shown.includes(id))).toEqual([]);
  });

  test('is sorted by the end of the wait, either way, page by page', async () => {
    const { addTenant, userId, addLockout } = fixture;
    const tenant = await addTenant();
    const memberId = await userId(tenant.ownerEmail);
    const ids: string[] = [];
    for (const hour of [1, 2, 3]) {
      ids.push(await addLockout(memberId, { blocked_until: new Date(Date.now() + hour * 3_600_000) }));
    }

    expect(await listed(tenant.owner)).toEqual([...ids].reverse());
    expect(await listed(tenant.owner, 'sort=blockedUntil')).toEqual(ids);
    expect(await listed(tenant.owner, 'sort=blockedUntil&limit=2&page=2')).toEqual(ids.slice(2));
    const answer = await tenant.owner.get(`${PATH}?limit=2`);
    expect(answer.body.meta).toEqual({ page: 1, limit: 2, total: 3, totalPages: 2 });
  });

  test.each(['limit=0', 'page=0', 'sort=count', 'kind=two_factor'])('refuses %s', async (query) => {
    expect(failure(await fixture.lakeside.owner.get(`${PATH}?${query}`))).toEqual([400, 'VALIDATION_FAILED']);
  });

  test('is for who may read it', async () => {
    const { app, lakeside, addMember } = fixture;
    expect(failure(await app.http.get(PATH))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await (await addMember(lakeside.id, 'manager')).get(PATH))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('DELETE /api/security/lockouts/:id', () => {
  test('really lets somebody sign in again', async () => {
    const { app, addTenant, userId } = fixture;
    const tenant = await addTenant();
    const memberId = await userId(tenant.ownerEmail);
    const login = (password: string) => app.http.post('/api/auth/login', { email: tenant.ownerEmail, password });
    await login('not the right password');
    await app.rows(
      "update throttles set count = 40, blocked_until = now() + interval '1 hour' where user_id = $1 and kind = 'sign_in_account'",
      [memberId],
    );
    expect((await login(PASSWORD)).status).toBe(429);
    const [id] = await listed(tenant.owner);

    const answer = await tenant.owner.delete(`${PATH}/${id}`);

    expect(answer.status).toBe(204);
    expect((await login(PASSWORD)).status).toBe(200);
    expect((await login('not the right password')).status).toBe(401);
  });

  test('removes the row, and writes down who did it in the audit log and among the security events', async () => {
    const { lakeside, addLockout, auditOf, eventsOf } = fixture;
    const id = await addLockout(ownerId, { kind: 'recovery_code', count: 4 });

    expect((await lakeside.owner.delete(`${PATH}/${id}`)).status).toBe(204);

    expect(await isThere(id)).toBe(false);
    expect(await auditOf(id)).toEqual([
      {
        tenant_id: lakeside.id,
        action: 'lockout.removed',
        resource_type: 'lockout',
        actor_id: ownerId,
        changes: { before: { kind: 'recovery_code', userId: ownerId, count: 4, blockedUntil: expect.any(String) } },
      },
    ]);
    expect(await eventsOf(lakeside.id, 'account.unlocked')).toEqual([
      { user_id: ownerId, actor_id: ownerId, details: { kind: 'recovery_code', count: 4 } },
    ]);
    expect(failure(await lakeside.owner.delete(`${PATH}/${id}`))).toEqual([404, 'LOCKOUT_NOT_FOUND']);
  });

  test("works for operators on anything, and stands in the platform's log", async () => {
    const { operator, addLockout, auditOf, eventsOf, operatorId } = fixture;
    const id = await addLockout(null, { kind: 'sign_in_address' });

    expect((await operator.delete(`${PATH}/${id}`)).status).toBe(204);

    expect(await isThere(id)).toBe(false);
    expect(await auditOf(id)).toMatchObject([{ tenant_id: NIL, action: 'lockout.removed', actor_id: operatorId }]);
    expect(await eventsOf(NIL, 'account.unlocked')).toMatchObject([{ user_id: null, actor_id: operatorId }]);
  });

  test("leaves what is another tenant's, an operator's, an address's, over or unknown", async () => {
    const { lakeside, operatorIn, operatorId, addLockout } = fixture;
    const ids = [
      await addLockout(neighbourId),
      await addLockout(operatorId),
      await addLockout(null),
      await addLockout(null, { kind: 'sign_in_address' }),
      await addLockout(ownerId, { blocked_until: new Date(Date.now() - 1000) }),
      await addLockout(ownerId, { kind: 'mail' }),
    ];

    for (const id of [...ids, UNKNOWN_ID]) {
      for (const client of [lakeside.owner, operatorIn(lakeside.id)]) {
        expect(failure(await client.delete(`${PATH}/${id}`))).toEqual([404, 'LOCKOUT_NOT_FOUND']);
      }
    }
    for (const id of ids) expect(await isThere(id)).toBe(true);
  });

  test('is done once, however many ask at once', async () => {
    const { lakeside, addLockout, auditOf } = fixture;
    const id = await addLockout(ownerId);

    const answers = await Promise.all(Array.from({ length: 8 }, () => lakeside.owner.delete(`${PATH}/${id}`)));

    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array.from({ length: 7 }, () => 404)]);
    expect(await auditOf(id)).toHaveLength(1);
  });

  test('is for who may write it', async () => {
    const { app, lakeside, riverside, addMember, addLockout } = fixture;
    const id = await addLockout(ownerId);
    const manager = await addMember(lakeside.id, 'manager');

    expect(failure(await app.http.delete(`${PATH}/${id}`))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await manager.delete(`${PATH}/${id}`))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await riverside.owner.delete(`${PATH}/${id}`))).toEqual([404, 'LOCKOUT_NOT_FOUND']);
    expect(failure(await lakeside.owner.delete(`${PATH}/first`))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await isThere(id)).toBe(true);
  });
});
