import { describe, expect, test } from '@jest/globals';
import type { MembershipWithTenant } from '../../../src/repositories/identity/membership.repository.ts';
import { chooseStanding } from '../../../src/services/identity/active-context.ts';
import { asTenantId, PLATFORM_ID } from '../../../src/types/ids.ts';

const user = { id: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11', platformRole: null };

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
    role: `role${number}`,
    status,
    tenant,
  } satisfies MembershipWithTenant;
}

const inTenant = ({ tenantId, role }: MembershipWithTenant) => ({ context: { type: 'tenant', id: tenantId }, role });
const first = membership(1);
const second = membership(2);

describe('where a user works', () => {
  test('an operator always on the platform', () => {
    const standing = chooseStanding({ ...user, platformRole: 'admin' }, [first], { slug: 't1' });
    expect(standing).toEqual({ context: { type: 'platform', id: PLATFORM_ID }, role: 'admin' });
  });

  test('a role that is none of the platform makes no operator', () => {
    for (const platformRole of ['owner', 'singer', 'root', 'constructor', '']) {
      expect(chooseStanding({ ...user, platformRole }, [first], null)).toEqual(inTenant(first));
    }
  });

  test('in the tenant asked for, by slug or id, even a suspended one', () => {
    const suspended = membership(2, { tenantStatus: 'suspended' });
    expect(chooseStanding(user, [first, suspended], { slug: 't2' })).toEqual(inTenant(suspended));
    expect(chooseStanding(user, [first, second], { id: second.tenantId })).toEqual(inTenant(second));
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
    expect(chooseStanding(user, [first, second], null)).toEqual(inTenant(first));
    expect(chooseStanding(user, [closed, inactive, trial], null)).toEqual(inTenant(trial));
    expect(chooseStanding(user, [closed, inactive], null)).toEqual(inTenant(closed));
    expect(chooseStanding(user, [membership(1, { status: 'suspended' }), second], null)).toEqual(inTenant(second));
  });

  test('on their own things without a membership', () => {
    const alone = { context: { type: 'self', id: user.id }, role: 'singer' };
    expect(chooseStanding(user, [], null)).toEqual(alone);
    expect(chooseStanding(user, [membership(1, { status: 'suspended' })], null)).toEqual(alone);
  });
});
