import type { TxContext } from '../../types/context.ts';
import type { SecurityEventType } from '../../types/identity/security-event.ts';
import type { TenantId } from '../../types/ids.ts';
import { statement } from '../base/statement.ts';
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

export type SecurityEventRepository = ReturnType<typeof createSecurityEventRepository>;

export function createSecurityEventRepository() {
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
        event.details,
        event.occurredAt,
      ]);
    },
  };
}
