import { describe, expect, test } from '@jest/globals';
import type { MembershipWithTenant } from '../../../src/repositories/identity/membership.repository.ts';
import { chooseStanding, requestedStanding, type Standing } from '../../../src/services/identity/active-context.ts';
import { systemRoles } from '../../../src/types/access-control.ts';
import { asTenantId, PLATFORM_ID } from '../../../src/types/ids.ts';

const user = { id: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11', platformRole: null, platformPermissions: null };

function membership(
  number: number,
  change: { status?: 'suspended'; tenantStatus?: 'trial' | 'suspended' | 'inactive' } = {},
) {
  const tenantId = asTenantId(`00000000-0000-7000-8000-00000000000${number}`);
  const tenant = {
    id: tenantId,
    name: `T${number}`,
    slug: `t${number}`,
    status: change.tenantStatus ?? 'active',
  } as const;
  const status = change.status ?? 'active';
  return {
    id: `m${number}`,
    tenantId,
    userId: user.id,
    role: number === 1 ? 'owner' : 'staff',
    status,
    permissions: [],
    tenant,
  } satisfies MembershipWithTenant;
}

/** Without the permissions, which have a test of their own. */
const place = (standing: Standing | null) => standing && { context: standing.context, role: standing.role };
const inTenant = ({ tenantId, role }: MembershipWithTenant) => ({ context: { type: 'tenant', id: tenantId }, role });
const first = membership(1);
const second = membership(2);

describe('where a user works', () => {
  test('an operator always on the platform', () => {
    const standing = chooseStanding({ ...user, platformRole: 'admin' }, [first], { slug: 't1' });
    expect(place(standing)).toEqual({ context: { type: 'platform', id: PLATFORM_ID }, role: 'admin' });
  });

  test('a role that is none of the platform makes no operator', () => {
    for (const platformRole of ['owner', 'singer', 'root', 'constructor', '']) {
      expect(place(chooseStanding({ ...user, platformRole }, [first], null))).toEqual(inTenant(first));
    }
  });

  test('in the tenant asked for, by slug or id, even a suspended one', () => {
    const suspended = membership(2, { tenantStatus: 'suspended' });
    expect(place(chooseStanding(user, [first, suspended], { slug: 't2' }))).toEqual(inTenant(suspended));
    expect(place(chooseStanding(user, [first, second], { id: second.tenantId }))).toEqual(inTenant(second));
  });

  test('nowhere when it is not theirs', () => {
    const paused = membership(2, { status: 'suspended' });
    expect(chooseStanding(user, [first, paused], { slug: 't2' })).toBeNull();
    expect(chooseStanding(user, [first], { slug: 't3' })).toBeNull();
    expect(chooseStanding(user, [], { id: first.tenantId })).toBeNull();
  });

  test('by default in the oldest tenant that is open, else in the oldest', () => {
    const closed = membership(1, { tenantStatus: 'suspended' });
    const inactive = membership(2, { tenantStatus: 'inactive' });
    const trial = membership(3, { tenantStatus: 'trial' });
    expect(place(chooseStanding(user, [first, second], null))).toEqual(inTenant(first));
    expect(place(chooseStanding(user, [closed, inactive, trial], null))).toEqual(inTenant(trial));
    expect(place(chooseStanding(user, [closed, inactive], null))).toEqual(inTenant(closed));
    expect(place(chooseStanding(user, [membership(1, { status: 'suspended' }), second], null))).toEqual(
      inTenant(second),
    );
  });

  test('on their own things without a membership', () => {
    const alone = { context: { type: 'self', id: user.id }, role: 'singer' };
    expect(place(chooseStanding(user, [], null))).toEqual(alone);
    expect(place(chooseStanding(user, [membership(1, { status: 'suspended' })], null))).toEqual(alone);
  });
});

describe('where a user asks to work', () => {
  const refusing = (code: string) => expect.objectContaining({ code, statusCode: 403 });

  test('in a tenant of theirs, or in none', () => {
    expect(place(requestedStanding(user, [first, second], second.tenantId))).toEqual(inTenant(second));
    const alone = { context: { type: 'self', id: user.id }, role: 'singer' };
    expect(place(requestedStanding(user, [first], null))).toEqual(alone);
  });

  test('not in a tenant of others', () => {
    const paused = membership(2, { status: 'suspended' });
    for (const memberships of [[], [first], [first, paused]]) {
      expect(() => requestedStanding(user, memberships, second.tenantId)).toThrow(refusing('TENANT_ACCESS_DENIED'));
    }
  });

  test('an operator nowhere else', () => {
    const operator = { ...user, platformRole: 'admin' };
    for (const tenantId of [first.tenantId, null]) {
      expect(() => requestedStanding(operator, [first], tenantId)).toThrow(refusing('OPERATOR_CONTEXT_FIXED'));
    }
  });
});

describe('what a user may do there', () => {
  test("a member what the role gives, and the tenant's own roles", () => {
    const withRoles = { ...second, permissions: ['audit:read'] };
    const standing = chooseStanding(user, [withRoles], null);
    expect([...(standing?.permissions.patterns ?? [])].sort()).toEqual(
      [...systemRoles.staff.permissions, 'audit:read'].sort(),
    );
  });

  test('an operator what they were given in place of the role', () => {
    const operator = { ...user, platformRole: 'admin', platformPermissions: ['plans:read'] };
    expect(chooseStanding(operator, [], null)?.permissions.patterns).toEqual(['plans:read']);
    const superAdmin = { ...operator, platformRole: 'super_admin' };
    expect(chooseStanding(superAdmin, [], null)?.permissions.patterns).toEqual(['*']);
  });
});
