import type { Context, RowScope, TxContext } from '../../types/context.ts';
import type { IpRule, IpRuleFilter } from '../../types/identity/ip-rule.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { offsetOf } from '../base/order.ts';
import { statement, statementFamily } from '../base/statement.ts';

type IpRuleRow = Pick<IpRule, keyof IpRule>;

const COLUMNS = 'id, action, cidr, note, created_at as "createdAt"';

const filters = createFilters({ tenantId: 'tenant_id = ?', action: 'action = ?' });

const listStatement = statementFamily((given: string, sort: string) => {
  const direction = sort.startsWith('-') ? 'desc' : 'asc';
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from ip_rules where ${text}
    order by created_at ${direction}, id ${direction} limit $${next} offset $${next + 1}`;
});

const countStatement = statementFamily(
  (given: string) => `select count(*) as total from ip_rules where ${filters.clause(given).text}`,
);

const LIST_ALL = statement(`select ${COLUMNS} from ip_rules where tenant_id = $1`);

const LOCK_RULES_OF = statement("select pg_advisory_xact_lock(hashtextextended('ip_rules ' || $1, 0))");

const INSERT = statement(`
  insert into ip_rules (tenant_id, id, action, cidr, note, created_at) values ($1, $2, $3, $4, $5, $6)`);

const DELETE = statement('delete from ip_rules where tenant_id = $1 and id = $2');

export type IpRuleRepository = ReturnType<typeof createIpRuleRepository>;

/** Rules of a tenant, or of the platform: those of the nil UUID. */
export function createIpRuleRepository({ database }: { database: Database }) {
  const listAll = (ctx: Context<RowScope>, ownerId: TenantId): Promise<IpRule[]> =>
    database.query<IpRuleRow>(ctx, LIST_ALL, [ownerId]);

  return {
    async list(ctx: Context<RowScope>, ownerId: TenantId, filter: IpRuleFilter): Promise<Page<IpRule>> {
      const { names, values } = filters.given({ tenantId: ownerId, action: filter.action });
      const [items, counted] = await Promise.all([
        database.query<IpRuleRow>(ctx, listStatement(names, filter.sort), [...values, filter.limit, offsetOf(filter)]),
        database.query<{ total: number }>(ctx, countStatement(names), values),
      ]);
      return { items, page: filter.page, limit: filter.limit, total: counted[0]?.total ?? 0 };
    },

    listAll,

    /** All rules of an owner, which nobody else can change until the transaction ends. */
    async lockAll(ctx: TxContext<RowScope>, ownerId: TenantId): Promise<IpRule[]> {
      await database.query(ctx, LOCK_RULES_OF, [ownerId]);
      return listAll(ctx, ownerId);
    },

    /** @throws the unique violation of `ip_rules_tenant_id_cidr_key` */
    async insert(ctx: TxContext<RowScope>, ownerId: TenantId, rule: IpRule): Promise<void> {
      await database.execute(ctx, INSERT, [ownerId, rule.id, rule.action, rule.cidr, rule.note, rule.createdAt]);
    },

    async delete(ctx: TxContext<RowScope>, ownerId: TenantId, id: string): Promise<void> {
      await database.execute(ctx, DELETE, [ownerId, id]);
    },
  };
}
