import { invariant } from '../../errors/app-error.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { NewOperator, Operator, OperatorFilter, OperatorState } from '../../types/identity/operator.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { likePattern, offsetOf, parseSort } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

const IS_OPERATOR = "type = 'ADMIN_USER' and platform_role is not null";

const COLUMNS = `
  id, email, name, phone, platform_role as "platformRole", platform_permissions as "platformPermissions", status,
  two_factor_required as "twoFactorRequired", password_hash is not null as "hasPassword",
  (select confirmed_at from totp_authenticators totp where totp.user_id = users.id) is not null as "hasSecondFactor",
  last_login_at as "lastLoginAt", created_at as "createdAt", updated_at as "updatedAt"`;

const filters = createFilters({
  role: 'platform_role = ?',
  status: 'status = ?::user_status',
  search: "lower(name || ' ' || email) like ?",
});

/** Values: the filters', then limit and offset. */
const listStatement = statementFamily((given: string, direction: 'asc' | 'desc') => {
  const { text, next } = filters.clause(given);
  return `
    select ${COLUMNS} from users where ${IS_OPERATOR} and ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from users where ${IS_OPERATOR} and ${filters.clause(given).text}`,
);

const FIND = statement(`select ${COLUMNS} from users where id = $1 and ${IS_OPERATOR}`);

/**
 * In one order for everybody, so that no two changes wait for each other. Who has lost what makes them an operator while this
 * waited is not among the rows. Keys that refer to the rows can still be inserted.
 */
const LOCK = statement(`
  select ${COLUMNS} from users
  where ${IS_OPERATOR} and (id = any($1::uuid[]) or (platform_role = 'super_admin' and status = 'active'))
  order by id for no key update`);

const INSERT = statement(`
  insert into users (id, email, name, phone, type, platform_role, status, updated_at)
  values ($1, $2, $3, $4, 'ADMIN_USER', $5, 'pending', now())
  returning ${COLUMNS}`);

const UPDATE = statement(`
  update users set name = $2, phone = $3, platform_role = $4, platform_permissions = $5::jsonb, status = $6::user_status,
    two_factor_required = $7, updated_at = now()
  where id = $1
  returning ${COLUMNS}`);

const REMOVE = statement(`
  update users set platform_role = null, platform_permissions = null, status = 'inactive', updated_at = now() where id = $1`);

type OperatorRow = Pick<Operator, keyof Operator>;

export type OperatorRepository = ReturnType<typeof createOperatorRepository>;

export function createOperatorRepository({ database }: { database: Database }) {
  return {
    async list(ctx: Context<PlatformScope>, filter: OperatorFilter): Promise<Page<Operator>> {
      const { direction } = parseSort(filter.sort, ['createdAt']);
      const { names, values } = filters.given({
        role: filter.role,
        status: filter.status,
        search: filter.search === undefined ? undefined : likePattern(filter.search),
      });
      const [items, counted] = await Promise.all([
        database.query<OperatorRow>(ctx, listStatement(names, direction), [...values, filter.limit, offsetOf(filter)]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    async findById(ctx: Context<PlatformScope>, id: string): Promise<Operator | null> {
      const [row] = await database.query<OperatorRow>(ctx, FIND, [id]);
      return row ?? null;
    },

    /** Reads and locks the given operators and every active super admin, until the transaction ends. */
    lockWithSuperAdmins(ctx: TxContext<PlatformScope>, ids: readonly string[]): Promise<Operator[]> {
      return database.query<OperatorRow>(ctx, LOCK, [ids]);
    },

    /**
     * Adds an operator who has not accepted yet.
     * @throws the unique violation of `users_email_key` when the address is in use
     */
    async insert(ctx: TxContext<PlatformScope>, operator: NewOperator): Promise<Operator> {
      const { id, email, name, phone, platformRole } = operator;
      const [row] = await database.query<OperatorRow>(ctx, INSERT, [id, email, name, phone, platformRole]);
      return invariant(row, 'An insert returns its row');
    },

    /** Replaces the state of a locked operator. */
    async update(ctx: TxContext<PlatformScope>, id: string, state: OperatorState): Promise<Operator> {
      const { name, phone, platformRole, platformPermissions, status, twoFactorRequired } = state;
      const permissions = platformPermissions === null ? null : JSON.stringify(platformPermissions);
      const values = [id, name, phone, platformRole, permissions, status, twoFactorRequired];
      const [row] = await database.query<OperatorRow>(ctx, UPDATE, values);
      return invariant(row, 'A locked operator can be updated');
    },

    /** Makes a locked operator a user who is none and can not sign in; the row stays, for the audit log names it. */
    async remove(ctx: TxContext<PlatformScope>, id: string): Promise<void> {
      await database.execute(ctx, REMOVE, [id]);
    },
  };
}
