import type { Context, TxContext } from '../../types/context.ts';
import type { SecurityEvent, SecurityEventFilter, SecurityEventType } from '../../types/identity/security-event.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

export interface NewSecurityEvent {
  readonly tenantId: TenantId;
  readonly id: string;
  readonly type: SecurityEventType;
  readonly userId: string | null;
  readonly actorId: string | null;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly occurredAt: string;
}

const INSERT = statement(`
  insert into security_events (tenant_id, id, type, user_id, actor_id, ip_address, user_agent, details, occurred_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`);

const filters = createFilters({
  tenantId: 'tenant_id = ?',
  type: 'type = ?',
  userId: 'user_id = ?',
  from: 'occurred_at >= ?',
  to: 'occurred_at < ?',
  after: '(occurred_at, id) < (?, ?)',
});

/** Values: the filters', then the limit. */
const listStatement = statementFamily((given: string) => {
  const { text, next } = filters.clause(given);
  return `
    select id, tenant_id as "tenantId", type, user_id as "userId", actor_id as "actorId", ip_address as "ipAddress",
      user_agent as "userAgent", details, occurred_at as "occurredAt"
    from security_events where ${text} order by occurred_at desc, id desc limit $${next}`;
});

type SecurityEventRow = Omit<SecurityEvent, 'tenantId'> & { readonly tenantId: TenantId };

export type SecurityEventRepository = ReturnType<typeof createSecurityEventRepository>;

export function createSecurityEventRepository({ database }: { database: Database }) {
  return {
    /** Commits with what it tells of. */
    append(ctx: TxContext, event: NewSecurityEvent): void {
      writeAtCommit(ctx.tx, INSERT, [
        event.tenantId,
        event.id,
        event.type,
        event.userId,
        event.actorId,
        event.ipAddress,
        event.userAgent,
        JSON.stringify(event.details),
        event.occurredAt,
      ]);
    },

    /** The newest events first, at most `limit` of them; with `after`, those that follow this position. */
    async list(ctx: Context, filter: SecurityEventFilter, { limit, after }: SlicePart): Promise<SecurityEvent[]> {
      const { names, values } = filters.given({
        ...filter,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        after: after && [after.occurredAt, after.id],
      });
      const rows = await database.query<SecurityEventRow>(ctx, listStatement(names), [...values, limit]);
      return rows.map((row) => ({ ...row, tenantId: row.tenantId === PLATFORM_ID ? null : row.tenantId }));
    },
  };
}
