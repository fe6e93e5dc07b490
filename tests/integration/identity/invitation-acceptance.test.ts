import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { signIn, type TestTenant } from '../../support/people.ts';
import { type AccessFixture, failure, NEW_PASSWORD, outcomes, startAccess, type TestMember } from './access-fixture.ts';

const ACCOUNT = { name: 'Ravi Iyer', password: 'eleven green kites above' };

let fixture: AccessFixture;
let tenant: TestTenant;
let count = 0;

beforeAll(async () => {
  fixture = await startAccess();
});
afterAll(() => fixture.app.close());
beforeEach(async () => {
  tenant = await fixture.addTenant();
});

const anAddress = (): string => `invitee-${++count}@visitors.example`;

/** An invitation, and the token of its mail. */
async function anInvitation(email: string, role = 'staff', by = tenant.owner): Promise<{ id: string; token: string }> {
  const id = await fixture.invite(tenant, email, role, by);
  return { id, token: await fixture.mailedToken('invitation', id) };
}

const userRows = (email: string) =>
  fixture.app.rows<{ id: string; name: string; status: string; verified: boolean }>(
    'select id, name, status, email_verified_at is not null as verified from users where email = $1',
    [email],
  );

const invitationRows = (id: string) =>
  fixture.app.rows('select status, accepted_by from invitations where id = $1', [id]);

const livesStill = async (id: string): Promise<boolean> =>
  (await fixture.app.rows('select 1 from one_time_tokens where subject_id = $1', [id])).length === 1;

const pendingOperator = async (): Promise<{ id: string; email: string }> => {
  const email = `coming-${++count}@rowhouse.example`;
  const id = uuidv7();
  await fixture.app.rows(
    `insert into users (id, email, name, type, status, platform_role, updated_at)
     values ($1, $2, 'Coming', 'ADMIN_USER', 'pending', 'admin', now())`,
    [id, email],
  );
  return { id, email };
};

describe('somebody who has no account', () => {
  test('gets one, and the membership', async () => {
    const email = anAddress();
    const { id, token } = await anInvitation(email, 'manager');
    const answer = await fixture.accept(token, ACCOUNT);
    const [user] = await userRows(email);

    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({
      tenant: { id: tenant.id, name: expect.any(String), slug: expect.any(String) },
      user: { id: user?.id, email },
      created: true,
    });
    expect(user).toMatchObject({ name: 'Ravi Iyer', status: 'active', verified: true });
    expect(await fixture.rolesIn(tenant.id)).toMatchObject({ [user?.id ?? '']: 'manager' });
    expect(await invitationRows(id)).toEqual([{ status: 'accepted', accepted_by: user?.id }]);
    expect(await livesStill(id)).toBe(false);
    expect(await fixture.app.rows('select 1 from sessions where user_id = $1', [user?.id])).toEqual([]);
    expect(await fixture.auditEntry(tenant.id, 'invitation.accepted')).toMatchObject({
      resource_id: id,
      actor_id: user?.id,
    });
    expect(await fixture.securityEvents(tenant.id, user?.id ?? '')).toEqual(['member.joined']);
    const client = await signIn(fixture.app, email, ACCOUNT.password);
    expect((await client.get(`/api/tenants/${tenant.id}/members`)).status).toBe(200);
    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });

  test('must give a name and a password that is allowed; until then the link stays good', async () => {
    const email = anAddress();
    const { id, token } = await anInvitation(email);
    for (const fields of [{}, { name: 'Ravi' }, { password: ACCOUNT.password }]) {
      expect(failure(await fixture.accept(token, fields))).toEqual([422, 'ACCOUNT_DETAILS_REQUIRED']);
    }
    for (const password of ['short', email.slice(0, email.indexOf('@')).repeat(2), 'password1234']) {
      expect(failure(await fixture.accept(token, { name: 'Ravi', password }))).toEqual([422, 'PASSWORD_REFUSED']);
    }
    expect(failure(await fixture.accept(token, { ...ACCOUNT, role: 'owner' }))).toEqual([400, 'VALIDATION_FAILED']);
    expect(await userRows(email)).toEqual([]);
    expect(await livesStill(id)).toBe(true);
    expect((await fixture.accept(token, ACCOUNT)).status).toBe(200);
  });

  test('gets it once, however many requests come', async () => {
    const email = anAddress();
    const { token } = await anInvitation(email);
    const answers = await Promise.all(Array.from({ length: 40 }, () => fixture.accept(token, ACCOUNT)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(outcomes(answers))).toEqual(new Set(['200', '410 ONE_TIME_TOKEN_INVALID']));
    expect(await userRows(email)).toHaveLength(1);
  });
});

describe('somebody who has an account', () => {
  test('joins with it, once for a hundred parallel requests, and it stays as it is', async () => {
    const email = anAddress();
    const userId = await fixture.addUser(email);
    const { id, token } = await anInvitation(email);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => fixture.accept(token, { name: 'Somebody else', password: ACCOUNT.password })),
    );
    expect(outcomes(answers)).toEqual(['200', ...Array(99).fill('410 ONE_TIME_TOKEN_INVALID')]);
    expect(answers.find(({ status }) => status === 200)?.body.data).toMatchObject({
      user: { id: userId },
      created: false,
    });
    expect(await fixture.app.rows('select role from memberships where user_id = $1', [userId])).toEqual([
      { role: 'staff' },
    ]);
    expect(await userRows(email)).toMatchObject([{ name: email, verified: true }]);
    expect(await invitationRows(id)).toEqual([{ status: 'accepted', accepted_by: userId }]);
    expect((await fixture.signIn(email)).get).toBeDefined();
  });

  test('has it opened if nobody has proved the address yet, without the password that was there', async () => {
    const email = anAddress();
    const userId = await fixture.addUser(email, 'pending');
    const { token } = await anInvitation(email);
    expect(failure(await fixture.accept(token))).toEqual([422, 'ACCOUNT_DETAILS_REQUIRED']);
    const answer = await fixture.accept(token, { password: ACCOUNT.password });

    expect(answer.body.data).toMatchObject({ user: { id: userId }, created: false });
    expect(await userRows(email)).toMatchObject([{ name: email, status: 'active', verified: true }]);
    await expect(fixture.signIn(email)).rejects.toThrow('INVALID_CREDENTIALS');
    await signIn(fixture.app, email, ACCOUNT.password);
  });

  test('who is a member by then keeps what they are', async () => {
    const email = anAddress();
    const userId = await fixture.addUser(email);
    const { id, token } = await anInvitation(email, 'manager');
    await fixture.addMembership(tenant.id, userId, 'member');
    expect((await fixture.accept(token)).status).toBe(200);
    expect(await fixture.app.rows('select role from memberships where user_id = $1', [userId])).toEqual([
      { role: 'member' },
    ]);
    expect(await invitationRows(id)).toEqual([{ status: 'accepted', accepted_by: userId }]);
  });

  test.each(['suspended', 'inactive'])('does not get it back when it is %s', async (status) => {
    const email = anAddress();
    await fixture.addUser(email, status);
    const { id, token } = await anInvitation(email);
    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'INVITATION_VOID']);
    expect(await userRows(email)).toMatchObject([{ status }]);
    expect(await invitationRows(id)).toMatchObject([{ status: 'pending' }]);
  });

  test('joins no tenant as an operator', async () => {
    const email = anAddress();
    const userId = await fixture.addUser(email);
    const { token } = await anInvitation(email);
    await fixture.app.rows("update users set platform_role = 'admin', type = 'ADMIN_USER' where id = $1", [userId]);
    expect(failure(await fixture.accept(token))).toEqual([410, 'INVITATION_VOID']);
    expect(await fixture.app.rows('select 1 from memberships where user_id = $1', [userId])).toEqual([]);
  });
});

describe('whoever invited', () => {
  const anInviter = async (): Promise<TestMember> => {
    const inviter = await fixture.addMember(tenant.id, 'manager');
    const role = await fixture.addRole(tenant, ['members:write']);
    await fixture.giveRole(tenant, inviter.userId, role.id);
    return inviter;
  };

  test.each([
    ['has left', (userId: string) => tenant.owner.delete(`/api/tenants/${tenant.id}/members/${userId}`)],
    [
      'is shut out',
      (userId: string) => tenant.owner.put(`/api/tenants/${tenant.id}/members/${userId}`, { status: 'suspended' }),
    ],
    [
      'ranks lower now',
      (userId: string) => tenant.owner.put(`/api/tenants/${tenant.id}/members/${userId}`, { role: 'staff' }),
    ],
    [
      'may not invite any more',
      async (userId: string) => {
        const [held] = await fixture.app.rows<{ role_id: string }>(
          'select role_id from role_assignments a join memberships m on m.id = a.membership_id where m.user_id = $1',
          [userId],
        );
        return tenant.owner.put(`/api/rbac/roles/${held?.role_id}/permissions`, { permissions: [] });
      },
    ],
    [
      'may not sign in any more',
      async (userId: string) => {
        await fixture.app.rows("update users set status = 'suspended' where id = $1", [userId]);
        return { status: 200 };
      },
    ],
  ])('%s: the invitation is void', async (_what, happens) => {
    const inviter = await anInviter();
    const email = anAddress();
    const { id, token } = await anInvitation(email, 'manager', inviter.client);
    expect((await happens(inviter.userId)).status).toBeLessThan(300);

    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'INVITATION_VOID']);
    expect(await userRows(email)).toEqual([]);
    expect(await invitationRows(id)).toEqual([{ status: 'pending', accepted_by: null }]);
  });

  test('may be an operator', async () => {
    const { token } = await anInvitation(anAddress(), 'owner', tenant.operator);
    expect((await fixture.accept(token, ACCOUNT)).status).toBe(200);
    expect(await fixture.activeOwners(tenant.id)).toBe(2);
  });

  test('loses the race against being removed, or wins it: nothing in between', async () => {
    for (let round = 0; round < 5; round += 1) {
      const inviter = await anInviter();
      const email = anAddress();
      const { token } = await anInvitation(email, 'staff', inviter.client);
      const [accepted] = await Promise.all([
        fixture.accept(token, ACCOUNT),
        tenant.owner.delete(`/api/tenants/${tenant.id}/members/${inviter.userId}`),
      ]);
      expect([200, 410]).toContain(accepted.status);
      expect(await userRows(email)).toHaveLength(accepted.status === 200 ? 1 : 0);
    }
  });
});

describe('a token', () => {
  test.each(['x', '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11.b5a3uQ0d2nGm0Yw5b3yQv8sJmS4c0l1dE6fZ7hXr9tU', 'a'.repeat(512)])(
    'that was never given is refused: %s',
    async (token) => {
      expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    },
  );

  test('is good for nothing after the invitation is over, or the tenant is gone', async () => {
    const email = anAddress();
    const { id, token } = await anInvitation(email);
    await fixture.app.rows("update invitations set expires_at = now() - interval '1 second' where id = $1", [id]);
    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    const second = await anInvitation(email);
    await fixture.operator.delete(`/api/tenants/${tenant.id}`);
    expect(failure(await fixture.accept(second.token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect(await userRows(email)).toEqual([]);
  });
});

describe('an invited operator', () => {
  test('sets name and password, and is active, once', async () => {
    const { id, email } = await pendingOperator();
    const token = await fixture.mailedToken('operator_invitation', id);
    expect(failure(await fixture.accept(token))).toEqual([422, 'ACCOUNT_DETAILS_REQUIRED']);
    expect(failure(await fixture.accept(token, { password: 'short' }))).toEqual([422, 'PASSWORD_REFUSED']);
    const answers = await Promise.all(Array.from({ length: 10 }, () => fixture.accept(token, ACCOUNT)));

    expect(outcomes(answers)).toEqual(['200', ...Array(9).fill('410 ONE_TIME_TOKEN_INVALID')]);
    expect(answers.find(({ status }) => status === 200)?.body.data).toEqual({
      tenant: null,
      user: { id, email },
      created: false,
    });
    expect(await userRows(email)).toMatchObject([{ name: 'Ravi Iyer', status: 'active', verified: true }]);
    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });

  test('who has been shut out in the meantime stays out', async () => {
    const { id, email } = await pendingOperator();
    const token = await fixture.mailedToken('operator_invitation', id);
    await fixture.app.rows("update users set status = 'suspended' where id = $1", [id]);
    expect(failure(await fixture.accept(token, ACCOUNT))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
    expect(await userRows(email)).toMatchObject([{ status: 'suspended' }]);
  });

  test('is not made of an address that somebody has signed up with', async () => {
    const email = anAddress();
    const userId = await fixture.addUser(email, 'pending');
    const token = await fixture.mailedToken('operator_invitation', userId);
    expect(failure(await fixture.accept(token, { password: NEW_PASSWORD }))).toEqual([410, 'ONE_TIME_TOKEN_INVALID']);
  });
});
