import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { DirectoryUser, DirectoryUserState, UserDirectoryFilter } from '../../types/identity/directory-user.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

/** The address of somebody who has been deleted: nobody else can have it, and no mail can reach it (RFC 2606). */
const TOMBSTONE = "'deleted-' || id || '@deleted.invalid'";

const IS_LISTED = `email <> ${TOMBSTONE}`;

const COLUMNS = `
  id, email, name, phone, type, platform_role as "platformRole", status, locale, two_factor_required as "twoFactorRequired",
  (select confirmed_at from totp_authenticators totp where totp.user_id = users.id) is not null as "hasSecondFactor",
  email_verified_at as "emailVerifiedAt", last_login_at as "lastLoginAt", created_at as "createdAt", updated_at as "updatedAt"`;

const filters = createFilters({
  platformRole: 'platform_role = ?',
  tenantRole: 'exists (select from memberships where memberships.user_id = users.id and memberships.role = ?)',
  status: 'status = ?::user_status',
  type: 'type = ?::user_type',
  search: "lower(name || ' ' || email) like ?",
});

const SORT_FIELDS = ['createdAt', 'email'] as const;

/** Every order ends in something that no two users share. */
const ORDERS = {
  createdAt: { asc: 'created_at asc, id asc', desc: 'created_at desc, id desc' },
  email: { asc: 'email asc', desc: 'email desc' },
} as const satisfies Record<(typeof SORT_FIELDS)[number], Record<'asc' | 'desc', string>>;

/**
 * Values: the filters', then limit and offset. Planned without knowing the pattern, a search would walk the sort order row by
 * row: its matches are found first, by users_search.
 */
const listStatement = statementFamily(
  (given: string, field: (typeof SORT_FIELDS)[number], direction: 'asc' | 'desc') => {
    const { text, next } = filters.clause(given);
    const isSearch = given.split(',').includes('search');
    return `
      with users as ${isSearch ? 'materialized' : 'not materialized'} (select * from users where ${IS_LISTED} and ${text})
      select ${COLUMNS} from users order by ${ORDERS[field][direction]} limit $${next} offset $${next + 1}`;
  },
);

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from users where ${IS_LISTED} and ${filters.clause(given).text}`,
);

const FIND = statement(`select ${COLUMNS} from users where id = $1 and ${IS_LISTED}`);

/** No key of another table can refer to the user while this is held: nobody becomes a member of anything meanwhile. */
const LOCK = statement(`select ${COLUMNS} from users where id = $1 and ${IS_LISTED} for update`);

const UPDATE = statement(`
  update users set name = $2, phone = $3, locale = $4, status = $5::user_status, updated_at = now()
  where id = $1
  returning ${COLUMNS}`);

const ANONYMISE = statement(`
  update users set email = ${TOMBSTONE}, name = 'Deleted user', phone = null, avatar_url = null, password_hash = null,
    email_verified_at = null, status = 'inactive', two_factor_required = false, updated_at = now()
  where id = $1`);

/** The tenants first, in one order for everybody, since whoever changes a tenant's owners locks the tenant. */
const LOCK_OWNED_TENANTS = statement(`
  select id from tenants
  where deleted_at is null and id in (select tenant_id from memberships where user_id = $1 and role = 'owner')
  order by id for no key update`);

const LOCK_OWNERS = statement(`
  select tenant_id as "tenantId", user_id as "userId" from memberships
  where tenant_id = any($1::uuid[]) and role = 'owner' and status = 'active'
  order by tenant_id, id for no key update`);

const DELETE_MEMBERSHIPS = statement('delete from memberships where user_id = $1');

type DirectoryUserRow = Pick<DirectoryUser, keyof DirectoryUser>;

export type UserDirectoryRepository = ReturnType<typeof createUserDirectoryRepository>;

/** Everybody who can sign in anywhere. Who has been deleted is not there. */
export function createUserDirectoryRepository({ database }: { database: Database }) {
  return {
    async list(
      ctx: Context<PlatformScope>,
      { page, limit, sort, search, ...given }: UserDirectoryFilter,
    ): Promise<Page<DirectoryUser>> {
      const { field, direction } = parseSort(sort, SORT_FIELDS);
      const pattern = search === undefined ? undefined : likePattern(search);
      const { names, values } = filters.given({ ...given, search: pattern });
      const [items, counted] = await Promise.all([
        database.query<DirectoryUserRow>(ctx, listStatement(names, field, direction), [
          ...values,
          limit,
          offsetOf({ page, limit, sort }),
        ]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items, page, limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: Context<PlatformScope>, id: string): Promise<DirectoryUser | null> {
      const [row] = await database.query<DirectoryUserRow>(ctx, FIND, [id]);
      return row ?? null;
    },

    /** Reads a user whom nobody else can change, or add to anything, until the transaction ends. */
    async lock(ctx: TxContext<PlatformScope>, id: string): Promise<DirectoryUser | null> {
      const [row] = await database.query<DirectoryUserRow>(ctx, LOCK, [id]);
      return row ?? null;
    },

    /** Replaces the state of a locked user. */
    async update(ctx: TxContext<PlatformScope>, id: string, state: DirectoryUserState): Promise<DirectoryUser> {
      const { name, phone, locale, status } = state;
      const [row] = await database.query<DirectoryUserRow>(ctx, UPDATE, [id, name, phone, locale, status]);
      return invariant(row, 'A locked user can be updated');
    },

    /** The tenants that would have no active owner without a user. Their owners stay what they are until the transaction ends. */
    async lockTenantsOwnedAlone(ctx: TxContext<PlatformScope>, userId: string): Promise<string[]> {
      const tenants = await database.query<{ id: string }>(ctx, LOCK_OWNED_TENANTS, [userId]);
      if (tenants.length === 0) return [];
      const ids = tenants.map(({ id }) => id);
      const owners = await database.query<{ tenantId: string; userId: string }>(ctx, LOCK_OWNERS, [ids]);
      const keptByOthers = new Set(owners.flatMap((owner) => (owner.userId === userId ? [] : owner.tenantId)));
      return ids.filter((id) => !keptByOthers.has(id));
    },

    /** Takes everything personal from a locked user and their memberships with it; the row stays, for logs name it. */
    async anonymise(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await database.execute(ctx, DELETE_MEMBERSHIPS, [id]);
      await database.execute(ctx, ANONYMISE, [id]);
    },
  };
}
