import type { Context } from '../../types/context.ts';
import type { CreditOperation, CreditOperationFilter } from '../../types/credits/credit.ts';
import type { TenantId } from '../../types/ids.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const filters = createFilters({
  tenantId: 'tenant_id = ?',
  channel: 'channel = ?',
  kind: 'kind = ?',
  reference: 'reference = ?',
  from: 'created_at >= ?',
  to: 'created_at < ?',
  after: '(created_at, id) < (?, ?)',
});

const COLUMNS = `
  tenant_id as "tenantId", id, wallet_id as "walletId", channel, kind, credits, credits_after as "creditsAfter", reference,
  description, expires_at as "expiresAt", reservation_id as "reservationId", counterparty_id as "counterpartyId",
  created_by as "createdBy", created_at as "createdAt"`;

/** Values: the filters', then the limit. */
const listStatement = statementFamily((given: string) => {
  const { text, next } = filters.clause(given);
  return `select ${COLUMNS} from credit_operations where ${text} order by created_at desc, id desc limit $${next}`;
});

const FIND = statement(`select ${COLUMNS} from credit_operations where tenant_id = $1 and id = $2`);

type OperationRow = Pick<CreditOperation, keyof CreditOperation>;

export type CreditOperationRepository = ReturnType<typeof createCreditOperationRepository>;

export function createCreditOperationRepository({ database }: { database: Database }) {
  return {
    /** The newest operations first, at most `limit` of them; with `after`, those that follow this position. */
    list(ctx: Context, filter: CreditOperationFilter, { limit, after }: SlicePart): Promise<CreditOperation[]> {
      const { names, values } = filters.given({
        ...filter,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : filter.tenantId,
        after: after && [after.occurredAt, after.id],
      });
      return database.query<OperationRow>(ctx, listStatement(names), [...values, limit]);
    },

    async findById(ctx: Context, tenantId: TenantId, id: string): Promise<CreditOperation | null> {
      const [row] = await database.query<OperationRow>(ctx, FIND, [tenantId, id]);
      return row ?? null;
    },
  };
}
