import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type OperatorsFixture, type Person, refusal, startOperators } from './operators-fixture.ts';

const MANAGER = ['admin-users:read', 'admin-users:write', 'admin-users:delete', 'audit:read'];

let fixture: OperatorsFixture;

beforeAll(async () => {
  fixture = await startOperators();
});

afterAll(() => fixture.app.close());

const standingOf = async (id: string): Promise<unknown> => {
  const [row] = await fixture.app.rows(
    'select platform_role, platform_permissions, status, two_factor_required from users where id = $1',
    [id],
  );
  return row;
};

/** Everything that can be done to an operator, by name. */
const changes: ReadonlyArray<[string, (by: Person, id: string) => ReturnType<Person['client']['get']>]> = [
  ['rename', ({ client }, id) => client.put(`/api/admin-users/${id}`, { name: 'Renamed' })],
  ['suspend', ({ client }, id) => client.put(`/api/admin-users/${id}`, { status: 'suspended' })],
  ['demote', ({ client }, id) => client.put(`/api/admin-users/${id}`, { platformRole: 'admin' })],
  ['withhold', ({ client }, id) => client.put(`/api/admin-users/${id}/permissions`, { permissions: null })],
  ['delete', ({ client }, id) => client.delete(`/api/admin-users/${id}`)],
  ['invite', ({ client }, id) => client.post(`/api/admin-users/${id}/invite`)],
  ['reset', ({ client }, id) => client.post(`/api/admin-users/${id}/reset-password`)],
  ['disarm', ({ client }, id) => client.post(`/api/admin-users/${id}/toggle-mfa`, { enabled: false })],
  ['sign out', ({ client }, id) => client.delete(`/api/admin-users/${id}/sessions/${randomUUID()}`)],
];

describe('an admin', () => {
  test.each(changes)('can not %s a super admin', async (_name, change) => {
    const { addOperator, root } = fixture;
    const admin = await addOperator({ permissions: MANAGER });
    const before = await standingOf(root.id);
    expect(refusal(await change(admin, root.id))).toEqual([403, 'OPERATOR_OUTRANKED']);
    expect(await standingOf(root.id)).toEqual(before);
  });

  test('invites no super admin, and nobody who may do more', async () => {
    const { addOperator, app } = fixture;
    const admin = await addOperator({ permissions: MANAGER });
    const invite = (platformRole: string) => {
      const email = `${randomUUID()}@rowhouse.example`;
      return admin.client.post('/api/admin-users', { email, name: 'Somebody', platformRole });
    };
    expect(refusal(await invite('super_admin'))).toEqual([403, 'OPERATOR_OUTRANKED']);
    const more = await invite('admin');
    expect(refusal(more)).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect(more.body.error.details.permissions).toContain('invoices:write');
    expect(more.body.error.details.permissions).not.toContain('audit:read');
    expect(await app.rows("select 1 from users where name = 'Somebody'")).toEqual([]);
  });

  test('gives what they have, and may take what they have not', async () => {
    const { addOperator } = fixture;
    const admin = await addOperator({ permissions: MANAGER });
    const other = await addOperator({ permissions: ['plans:write', 'invoices:read'] });
    const give = (permissions: string[] | null) =>
      admin.client.put(`/api/admin-users/${other.id}/permissions`, { permissions });
    const tooMuch = await give(['plans:write', 'plans:read']);
    expect([...refusal(tooMuch), tooMuch.body.error.details]).toEqual([
      403,
      'PERMISSION_NOT_HELD',
      { permissions: ['plans:read'] },
    ]);
    expect(refusal(await give(null))).toEqual([403, 'PERMISSION_NOT_HELD']);
    const fine = await give(['plans:write', 'audit:read']);
    expect(fine.body.data.permissions.sort()).toEqual(['audit:read', 'plans:write']);
  });

  test('makes nobody a super admin, and lets nobody back in who may do more', async () => {
    const { addOperator, root } = fixture;
    const admin = await addOperator({ permissions: MANAGER });
    const other = await addOperator();
    const promoted = await admin.client.put(`/api/admin-users/${other.id}`, { platformRole: 'super_admin' });
    expect(refusal(promoted)).toEqual([403, 'OPERATOR_OUTRANKED']);
    expect((await admin.client.put(`/api/admin-users/${other.id}`, { status: 'suspended' })).status).toBe(200);
    const back = await admin.client.put(`/api/admin-users/${other.id}`, { status: 'active' });
    expect(refusal(back)).toEqual([403, 'PERMISSION_NOT_HELD']);
    expect((await root.client.put(`/api/admin-users/${other.id}`, { status: 'active' })).status).toBe(200);
  });
});

describe('nobody changes their own', () => {
  test.each([
    ['role', { platformRole: 'admin' }],
    ['status', { status: 'suspended' }],
    ['status', { status: 'inactive' }],
  ])('%s: %j', async (_what, body) => {
    const one = await fixture.addOperator({ role: 'super_admin' });
    const before = await standingOf(one.id);
    expect(refusal(await one.client.put(`/api/admin-users/${one.id}`, body))).toEqual([403, 'OWN_STANDING_FIXED']);
    expect(await standingOf(one.id)).toEqual(before);
  });

  test('permissions, and nobody deletes themselves', async () => {
    const { addOperator } = fixture;
    const one = await addOperator({ permissions: MANAGER });
    const widened = await one.client.put(`/api/admin-users/${one.id}/permissions`, { permissions: null });
    expect(refusal(widened)).toEqual([403, 'OWN_STANDING_FIXED']);
    const narrowed = await one.client.put(`/api/admin-users/${one.id}/permissions`, { permissions: [] });
    expect(refusal(narrowed)).toEqual([403, 'OWN_STANDING_FIXED']);
    expect(refusal(await one.client.delete(`/api/admin-users/${one.id}`))).toEqual([403, 'OWN_STANDING_FIXED']);
  });
});

describe('the last active super admin', () => {
  let alone: OperatorsFixture;

  beforeAll(async () => {
    alone = await startOperators();
  });

  afterAll(() => alone.app.close());

  const activeSuperAdmins = () =>
    alone.app.rows<{ id: string }>("select id from users where platform_role = 'super_admin' and status = 'active'");

  /** Leaves so many super admins, all of them new. */
  const superAdmins = async (count: number): Promise<Person[]> => {
    await alone.app.rows("update users set platform_role = null where platform_role = 'super_admin'");
    return Promise.all(Array.from({ length: count }, () => alone.addOperator({ role: 'super_admin' })));
  };

  beforeEach(async () => {
    await superAdmins(0);
  });

  test.each<[string, (one: Person) => ReturnType<Person['client']['get']>]>([
    ['demoted', ({ client, id }) => client.put(`/api/admin-users/${id}`, { platformRole: 'admin' })],
    ['suspended', ({ client, id }) => client.put(`/api/admin-users/${id}`, { status: 'suspended' })],
    ['made inactive', ({ client, id }) => client.put(`/api/admin-users/${id}`, { status: 'inactive' })],
    ['deleted', ({ client, id }) => client.delete(`/api/admin-users/${id}`)],
  ])('is not %s, not even with others who are suspended or invited', async (_what, change) => {
    const [one, other] = await superAdmins(2);
    if (one === undefined || other === undefined) throw new Error('There are two');
    expect((await one.client.put(`/api/admin-users/${other.id}`, { status: 'suspended' })).status).toBe(200);
    const email = `${randomUUID()}@rowhouse.example`;
    await one.client.post('/api/admin-users', { email, name: 'Invited', platformRole: 'super_admin' });
    expect(refusal(await change(one))).toEqual([409, 'LAST_SUPER_ADMIN']);
    expect(await activeSuperAdmins()).toEqual([{ id: one.id }]);
  });

  test.each([2, 3, 5])('stays when %i remove each other at the same time', async (count) => {
    for (let round = 0; round < 4; round += 1) {
      const people = await superAdmins(count);
      const removals = people.flatMap((by, index) => {
        const target = people[(index + 1) % people.length];
        if (target === undefined) return [];
        const path = `/api/admin-users/${target.id}`;
        return [
          by.client.delete(path),
          by.client.put(path, { status: 'suspended' }),
          by.client.put(path, { platformRole: 'admin' }),
        ];
      });
      const statuses = (await Promise.all(removals)).map(({ status }) => status);
      expect((await activeSuperAdmins()).length).toBeGreaterThanOrEqual(1);
      expect(statuses.filter((status) => status >= 500)).toEqual([]);
    }
  });
});

describe('at the same time', () => {
  test('a permission that is being taken away is not given on', async () => {
    const { root, addOperator } = fixture;
    for (let round = 0; round < 5; round += 1) {
      const giver = await addOperator({ permissions: MANAGER });
      const friend = await addOperator({ permissions: [] });
      const [taken, given] = await Promise.all([
        root.client.put(`/api/admin-users/${giver.id}/permissions`, { permissions: [] }),
        giver.client.put(`/api/admin-users/${friend.id}/permissions`, { permissions: ['audit:read'] }),
      ]);
      expect(taken.status).toBe(200);
      expect([200, 401, 403]).toContain(given.status);
      const late = await giver.client.put(`/api/admin-users/${friend.id}/permissions`, { permissions: MANAGER });
      expect(late.status).toBe(401);
    }
  });

  test('two changes of one operator follow each other', async () => {
    const { root, addOperator, auditOf } = fixture;
    const one = await addOperator();
    const names = Array.from({ length: 8 }, (_, index) => `Name ${index}`);
    const answers = await Promise.all(
      names.map((name) => root.client.put(`/api/admin-users/${one.id}`, { name, phone: '+91 80 4718 2200' })),
    );
    expect(answers.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect(await auditOf('operator.updated', one.id)).toHaveLength(names.length);
  });
});
