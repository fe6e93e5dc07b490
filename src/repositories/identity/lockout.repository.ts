import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { accountLockoutKinds, type Lockout, lockoutKinds } from '../../types/identity/lockout.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page, PageRequest } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

/** What lists may be sorted by. */
export type LockoutPage = PageRequest<'blockedUntil' | '-blockedUntil'>;

/** Whose lockouts: everybody's, or those of a tenant's members, $2 being the tenant. Operators are the platform's alone. */
type Reach = 'platform' | 'tenant';

/** $1 are the kinds. */
const BLOCKING = 't.kind = any($1) and t.blocked_until > now()';

/** A tenant's are found member by member (OFFSET 0 keeps it so): what it costs must not depend on who else is locked out. */
const SOURCES: Readonly<Record<Reach, string>> = {
  platform: `throttles t left join users u on u.id = t.user_id where ${BLOCKING}`,
  tenant: `
    memberships m
    join users u on u.id = m.user_id and u.platform_role is null
    cross join lateral (select * from throttles t where t.user_id = m.user_id and ${BLOCKING} offset 0) t
    where m.tenant_id = $2`,
};

/** As SOURCES, for one lockout. */
const SINGLE_SOURCES: Readonly<Record<Reach, string>> = {
  platform: SOURCES.platform,
  tenant: `
    throttles t
    join users u on u.id = t.user_id and u.platform_role is null
    join memberships m on m.user_id = t.user_id and m.tenant_id = $2
    where ${BLOCKING}`,
};

const columnsOf = (reach: Reach): string => `
  t.id, t.kind, t.count, t.blocked_until as "blockedUntil", t.updated_at as "updatedAt",
  u.id as "userId", u.name as "userName", u.email as "userEmail",
  ${reach === 'tenant' ? 'm.id' : 'null::uuid'} as "membershipId"`;

const nextValue = (reach: Reach): number => (reach === 'tenant' ? 3 : 2);

/** Values: the kinds, the tenant if any, then limit and offset. */
const listStatement = statementFamily((reach: Reach, direction: 'asc' | 'desc') => {
  const next = nextValue(reach);
  return `
    select ${columnsOf(reach)} from ${SOURCES[reach]}
    order by t.blocked_until ${direction}, t.id ${direction} limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily((reach: Reach) => `select count(*) as total from ${SOURCES[reach]}`);

/** Values: the kinds, the tenant if any, then the id. */
const lockStatement = statementFamily(
  (reach: Reach) =>
    `select ${columnsOf(reach)} from ${SINGLE_SOURCES[reach]} and t.id = $${nextValue(reach)} for update of t`,
);

const DELETE = statement('delete from throttles where id = $1');

interface LockoutRow extends Omit<Lockout, 'user'> {
  readonly userId: string | null;
  readonly userName: string | null;
  readonly userEmail: string | null;
}

export type LockoutRepository = ReturnType<typeof createLockoutRepository>;

/** Throttles are global: a tenant is given those of its members, the platform all of them. */
export function createLockoutRepository({ database }: { database: Database }) {
  const given = (tenantId: TenantId | null): { reach: Reach; values: readonly unknown[] } =>
    tenantId === null
      ? { reach: 'platform', values: [lockoutKinds] }
      : { reach: 'tenant', values: [accountLockoutKinds, tenantId] };

  const count = async (ctx: Context<PlatformScope>, tenantId: TenantId | null): Promise<number> => {
    const { reach, values } = given(tenantId);
    const [row] = await database.query<{ total: number }>(ctx, countStatement(reach), values);
    return row?.total ?? 0;
  };

  return {
    count,

    /** @param tenantId whose members' lockouts; null for everybody's */
    async list(ctx: Context<PlatformScope>, tenantId: TenantId | null, page: LockoutPage): Promise<Page<Lockout>> {
      const { reach, values } = given(tenantId);
      const { direction } = parseSort(page.sort, ['blockedUntil']);
      const [rows, total] = await Promise.all([
        database.query<LockoutRow & Record<string, unknown>>(ctx, listStatement(reach, direction), [
          ...values,
          page.limit,
          offsetOf(page),
        ]),
        count(ctx, tenantId),
      ]);
      return { items: rows.map(toLockout), page: page.page, limit: page.limit, total };
    },

    /** Reads a lockout that nobody else can change until the transaction ends; null when it does not block any more. */
    async lock(ctx: TxContext<PlatformScope>, tenantId: TenantId | null, id: string): Promise<Lockout | null> {
      const { reach, values } = given(tenantId);
      const [row] = await database.query<LockoutRow & Record<string, unknown>>(ctx, lockStatement(reach), [
        ...values,
        id,
      ]);
      return row === undefined ? null : toLockout(row);
    },

    /** Deletes a locked lockout, and with it all its attempts. */
    delete(ctx: TxContext<PlatformScope>, id: string): void {
      writeAtCommit(ctx.tx, DELETE, [id]);
    },
  };
}

function toLockout({ userId, userName, userEmail, ...lockout }: LockoutRow): Lockout {
  const isKnown = userId !== null && userName !== null && userEmail !== null;
  const { id, kind, membershipId, count, blockedUntil, updatedAt } = lockout;
  const user = isKnown ? { id: userId, name: userName, email: userEmail } : null;
  return { id, kind, user, membershipId, count, blockedUntil, updatedAt };
}
