import type { TxContext } from '../../types/context.ts';
import { statement } from './statement.ts';
import { writeAtCommit } from './transaction.ts';

/** An entry of the audit log as it is written; its place in the chain follows within a second. */
export interface NewAuditEntry {
  readonly tenantId: string;
  readonly id: string;
  readonly occurredAt: string;
  readonly action: string;
  readonly resourceType: string;
  readonly resourceId: string | null;
  readonly actorType: string;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly impersonatorId: string | null;
  readonly sessionId: string | null;
  readonly requestId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly changes: unknown;
}

const APPEND = statement(`
  insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name,
    impersonator_id, session_id, request_id, ip_address, user_agent, changes)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`);

const APPEND_MANY = statement(`
  insert into audit_entries (tenant_id, id, occurred_at, action, resource_type, resource_id, actor_type, actor_id, actor_name,
    impersonator_id, session_id, request_id, ip_address, user_agent, changes)
  select $1, entry.id, $2, $3, $4, entry.resource_id, $5, $6, $7, $8, $9, $10, $11, $12, entry.changes::jsonb
  from unnest($13::uuid[], $14::text[], $15::text[]) as entry (id, resource_id, changes)`);

export type AuditRepository = ReturnType<typeof createAuditRepository>;

/** Writes entries; services/insight reads and seals them. */
export function createAuditRepository() {
  return {
    /** Commits with the transaction: no change without its entry, no entry without its change. */
    append(ctx: TxContext, entry: NewAuditEntry): void {
      writeAtCommit(ctx.tx, APPEND, [
        entry.tenantId,
        entry.id,
        entry.occurredAt,
        entry.action,
        entry.resourceType,
        entry.resourceId,
        entry.actorType,
        entry.actorId,
        entry.actorName,
        entry.impersonatorId,
        entry.sessionId,
        entry.requestId,
        entry.ipAddress,
        entry.userAgent,
        JSON.stringify(entry.changes),
      ]);
    },

    /** As `append`, for what one operation does to many resources of a kind. */
    appendMany(ctx: TxContext, entries: readonly NewAuditEntry[]): void {
      const [first] = entries;
      if (first === undefined) return;
      writeAtCommit(ctx.tx, APPEND_MANY, [
        first.tenantId,
        first.occurredAt,
        first.action,
        first.resourceType,
        first.actorType,
        first.actorId,
        first.actorName,
        first.impersonatorId,
        first.sessionId,
        first.requestId,
        first.ipAddress,
        first.userAgent,
        entries.map(({ id }) => id),
        entries.map(({ resourceId }) => resourceId),
        entries.map(({ changes }) => JSON.stringify(changes)),
      ]);
    },
  };
}
