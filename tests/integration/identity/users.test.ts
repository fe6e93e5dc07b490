import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { uuidv7 } from 'uuidv7';
import { statement } from '../../../src/repositories/base/statement.ts';
import { violatedConstraint } from '../../../src/repositories/base/unique-violation.ts';
import { permissionSet } from '../../../src/types/access-control.ts';
import { platformScope, systemContext, tenantScope } from '../../../src/types/context-factory.ts';
import { PLATFORM_ID } from '../../../src/types/ids.ts';
import { MeResponse } from '../../../src/validators/identity/auth.schema.ts';
import { type IdentityFixture, publicRequest, refusalOf, startIdentity } from './identity-fixture.ts';

let fixture: IdentityFixture;
const system = systemContext(platformScope, 'test');

beforeAll(async () => {
  fixture = await startIdentity();
});
afterAll(() => fixture.close());

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('creating a user', () => {
  test('stores them and gives them back', async () => {
    const user = await fixture.addUser({ email: 'ravi@lakeside.example', name: 'Ravi', phone: '+91 80 4718 2200' });
    expect(user).toMatchObject({
      email: 'ravi@lakeside.example',
      status: 'active',
      platformRole: null,
      lastLoginAt: null,
    });
    expect(await fixture.identity.services.users.findById(publicRequest('none'), user.id)).toEqual(user);
  });

  test('refuses an address that is in use, and undoes the transaction', async () => {
    const { email } = await fixture.addUser();
    const { tx } = fixture.infrastructure;
    const { users } = fixture.identity.services;
    const input = { name: 'B', type: 'PLATFORM_USER', passwordHash: null } as const;
    const twice = tx.run(system, async (txCtx) => {
      await users.createUser(txCtx, { ...input, email: 'undone@lakeside.example' });
      await users.createUser(txCtx, { ...input, email });
    });
    expect((await refusalOf(twice)).code).toBe('EMAIL_TAKEN');
    expect(await fixture.rows("select 1 from users where email = 'undone@lakeside.example'")).toEqual([]);
  });
});

describe('violatedConstraint names the constraint', () => {
  test('of a write through the ORM, inside a transaction and outside', async () => {
    const { email } = await fixture.addUser();
    const { database, tx } = fixture.infrastructure;
    const data = () => ({ id: uuidv7(), email, name: 'B', type: 'PLATFORM_USER' }) as const;
    const outside = database.orm(system, (client) => client.user.create({ data: data() }));
    expect(violatedConstraint(await failureOf(outside))).toBe('users_email_key');
    const inside = tx.run(system, (txCtx) => database.orm(txCtx, (client) => client.user.create({ data: data() })));
    expect(violatedConstraint(await failureOf(inside))).toBe('users_email_key');
  });

  test('of a statement, and of one with several columns', async () => {
    const user = await fixture.addUser();
    const tenantId = await fixture.addTenant('twice');
    const insert = statement(
      "insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, 'staff', now())",
    );
    const add = () => fixture.infrastructure.database.execute(system, insert, [tenantId, uuidv7(), user.id]);
    await add();
    expect(violatedConstraint(await failureOf(add()))).toBe('memberships_tenant_id_user_id_key');
    expect(violatedConstraint(await failureOf(fixture.addMember(user.id, tenantId)))).toBe(
      'memberships_tenant_id_user_id_key',
    );
  });

  test('and nothing else', async () => {
    const { database } = fixture.infrastructure;
    const upperCase = { id: uuidv7(), email: 'A@lakeside.example', name: 'B', type: 'PLATFORM_USER' } as const;
    const checked = await failureOf(database.orm(system, (client) => client.user.create({ data: upperCase })));
    expect(checked).toBeInstanceOf(Error);
    expect(violatedConstraint(checked)).toBeUndefined();
    const broken = await failureOf(database.query(system, statement('select 1 / 0')));
    expect(broken).toBeInstanceOf(Error);
    expect(violatedConstraint(broken)).toBeUndefined();
    expect(violatedConstraint(undefined)).toBeUndefined();
  });
});

describe('who I am', () => {
  test('a member sees their tenants, where they work, and what they may do there', async () => {
    const user = await fixture.addUser();
    const first = await fixture.addTenant('mine', 'trial');
    const second = await fixture.addTenant('mine-too', 'suspended');
    await fixture.addMember(user.id, first, 'manager');
    await fixture.addMember(user.id, second, 'staff');
    const permissions = permissionSet(['tenants:read', 'invoices:*']);
    const person = await fixture.signIn(user.email, 'mine');
    const answer = await fixture.auth.me({ ...fixture.requestOf(person, 'none'), permissions });

    expect(MeResponse.parse(answer)).toEqual(answer);
    expect(answer).toEqual({
      user: expect.objectContaining({ id: user.id, email: user.email, role: 'manager' }),
      session: expect.objectContaining({ method: 'password', twoFactor: false, restricted: false }),
      twoFactorEnabled: false,
      impersonation: null,
      memberships: [
        { tenant: { id: first, name: 'mine', slug: 'mine', status: 'trial' }, role: 'manager', status: 'active' },
        {
          tenant: { id: second, name: 'mine-too', slug: 'mine-too', status: 'suspended' },
          role: 'staff',
          status: 'active',
        },
      ],
      activeContext: { type: 'tenant', id: first },
      permissions: ['tenants:read', 'invoices:*'],
    });
    expect(JSON.stringify(answer)).not.toContain('$2b$');
  });

  test('an operator works on the platform, whichever tenant the request names', async () => {
    const operator = await fixture.addOperator();
    const tenantId = await fixture.addTenant('visited');
    const person = await fixture.signIn(operator.email);
    const answer = await fixture.auth.me({ ...fixture.requestOf(person, 'none'), scope: tenantScope(tenantId) });
    expect(answer).toMatchObject({ activeContext: { type: 'platform', id: PLATFORM_ID }, memberships: [] });
  });
});
