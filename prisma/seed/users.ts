import type { UserStatus } from '../../src/generated/prisma/client.ts';
import type { TenantRole } from '../../src/services/identity/roles.ts';
import { daysAfter, daysBefore, hoursBefore } from './calendar.ts';
import type { DemoPassword } from './demo-logins.ts';
import { createIds } from './ids.ts';
import { createNames, localPartOf } from './names.ts';
import { createRandom } from './random.ts';
import type { Region } from './tenant-list.ts';
import type { SeededTenant } from './tenants.ts';

/** Hashes of the demo's passwords. */
export type PasswordHashes = Readonly<Record<DemoPassword, string>>;

/** People whose addresses are printed: the first of their role in the tenant of that domain. */
const DEMO_DOMAIN = 'lakeside.example';
const DEMO_ROLES: ReadonlySet<TenantRole> = new Set<TenantRole>(['owner', 'manager', 'staff']);

const OTHER_STATUSES = ['inactive', 'suspended', 'pending'] as const;

const SINGERS = 20;
const SINGER_REGIONS: readonly Region[] = ['america', 'japan', 'india', 'europe'];

interface NewPerson {
  readonly name: string;
  readonly email: string;
  readonly password: DemoPassword;
  readonly createdAt: Date;
  readonly status?: UserStatus;
}

/** The operator, the people of every tenant with their memberships, and singers who belong to none: 200 users. */
export function makeUsers(tenants: readonly SeededTenant[], passwords: PasswordHashes, anchor: Date) {
  const nextUserId = createIds('users');
  const nextMembershipId = createIds('memberships');
  const random = createRandom(1);
  const nextName = createNames(random);

  const userRow = ({ name, email, password, createdAt, status = 'active' }: NewPerson) => {
    const hasArrived = status !== 'pending';
    const created = createdAt.toISOString();
    return {
      id: nextUserId(),
      email,
      name,
      phone: null,
      type: password === 'operator' ? ('ADMIN_USER' as const) : ('PLATFORM_USER' as const),
      platformRole: password === 'operator' ? 'super_admin' : null,
      status,
      passwordHash: hasArrived ? passwords[password] : null,
      locale: 'en',
      emailVerifiedAt: hasArrived ? created : null,
      lastLoginAt: null,
      createdAt: created,
      updatedAt: created,
    };
  };

  const rolesOf = ({ spec: { people } }: SeededTenant): TenantRole[] => [
    'owner',
    ...Array<TenantRole>(people.managers).fill('manager'),
    ...Array<TenantRole>(people.staff).fill('staff'),
    ...Array<TenantRole>(people.members).fill('member'),
  ];

  const peopleOf = (tenant: SeededTenant) => {
    const { spec, row } = tenant;
    const known = new Set<TenantRole>();
    const open = Math.max(spec.age - (spec.closedAge ?? 0) - 2, 0);
    return rolesOf(tenant).map((role) => {
      const isFirst = !known.has(role);
      known.add(role);
      const isDemo = isFirst && spec.domain === DEMO_DOMAIN && DEMO_ROLES.has(role);
      const name = nextName(spec.region);
      const joined = role === 'owner' ? 0 : random.integer(0, open);
      const localPart = isDemo ? role : localPartOf(name);
      const user = userRow({
        name,
        email: `${localPart}@${role === 'member' ? 'mail.example' : spec.domain}`,
        password: isDemo && (role === 'owner' || role === 'manager' || role === 'staff') ? role : 'everybody',
        createdAt: daysAfter(new Date(row.createdAt), joined),
        status: role === 'member' && random.chance(8) ? random.pick(OTHER_STATUSES) : 'active',
      });
      return { user, membership: membershipRow(row.id, user, role) };
    });
  };

  const membershipRow = (tenantId: string, user: { id: string; createdAt: string }, role: TenantRole) => ({
    tenantId,
    id: nextMembershipId(),
    userId: user.id,
    role,
    status: 'active' as const,
    createdAt: user.createdAt,
    updatedAt: user.createdAt,
  });

  const operator = userRow({
    name: 'Rowhouse Operator',
    email: 'operator@rowhouse.example',
    password: 'operator',
    createdAt: daysBefore(anchor, 900),
  });
  const people = tenants.flatMap(peopleOf);
  const singers = Array.from({ length: SINGERS }, () => {
    const name = nextName(random.pick(SINGER_REGIONS));
    const createdAt = hoursBefore(anchor, random.integer(24, 400 * 24));
    return userRow({ name, email: `${localPartOf(name)}@song.example`, password: 'everybody', createdAt });
  });

  return {
    operator,
    users: [operator, ...people.map(({ user }) => user), ...singers],
    memberships: people.map(({ membership }) => membership),
  };
}

export type SeededUsers = ReturnType<typeof makeUsers>;
