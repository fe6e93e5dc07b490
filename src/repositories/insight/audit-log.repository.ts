import type { Context } from '../../types/context.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditEntry, AuditFilter } from '../../types/insight/audit-entry.ts';
import type { SlicePart } from '../../types/page.ts';
import type { Database } from '../base/database.ts';
import { createFilters } from '../base/filters.ts';
import { statement, statementFamily } from '../base/statement.ts';

const filters = createFilters({
  tenantId: 'tenant_id = ?',
  action: 'action = ?',
  actorId: 'actor_id = ?',
  resourceType: 'resource_type = ?',
  resourceId: 'resource_id = ?',
  from: 'occurred_at >= ?',
  to: 'occurred_at < ?',
  after: '(occurred_at, id) < (?, ?)',
});

/** Values: the filters', then the limit. */
const listStatement = statementFamily((given: string) => {
  const { text, next } = filters.clause(given);
  return `
    select id, tenant_id as "tenantId", occurred_at as "occurredAt", action, resource_type as "resourceType",
      resource_id as "resourceId", actor_type as "actorType", actor_id as "actorId", actor_name as "actorName",
      impersonator_id as "impersonatorId", session_id as "sessionId", request_id as "requestId",
      ip_address as "ipAddress", user_agent as "userAgent", changes, sequence
    from audit_entries where ${text} order by occurred_at desc, id desc limit $${next}`;
});

const COUNT_UNSEALED = statement(`
  select count(*) as count, extract(epoch from now() - min(occurred_at))::float8 as "oldestSeconds"
  from audit_entries where sequence is null`);

type AuditRow = Omit<AuditEntry, 'tenantId' | 'actor'> & {
  readonly tenantId: TenantId;
  readonly actorType: AuditEntry['actor']['type'];
  readonly actorId: string | null;
  readonly actorName: string;
  readonly impersonatorId: string | null;
};

export type AuditLogRepository = ReturnType<typeof createAuditLogRepository>;

export function createAuditLogRepository({ database }: { database: Database }) {
  return {
    /** The newest entries first, at most `limit` of them; with `after`, those that follow this position. */
    async list(ctx: Context, filter: AuditFilter, { limit, after }: SlicePart): Promise<AuditEntry[]> {
      const { names, values } = filters.given({
        ...filter,
        tenantId: ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : undefined,
        after: after && [after.occurredAt, after.id],
      });
      const rows = await database.query<AuditRow>(ctx, listStatement(names), [...values, limit]);
      return rows.map(toAuditEntry);
    },

    /** Entries that have no place in their chain yet, and for how long the oldest of them has waited. */
    async unsealed(ctx: Context): Promise<{ count: number; oldestSeconds: number }> {
      const [row] = await database.query<{ count: number; oldestSeconds: number | null }>(ctx, COUNT_UNSEALED);
      return { count: row?.count ?? 0, oldestSeconds: row?.oldestSeconds ?? 0 };
    },
  };
}

function toAuditEntry({ tenantId, actorType, actorId, actorName, impersonatorId, ...entry }: AuditRow): AuditEntry {
  return {
    ...entry,
    tenantId: tenantId === PLATFORM_ID ? null : tenantId,
    actor: { type: actorType, id: actorId, name: actorName, impersonatorId },
  };
}
