import { uuidv7 } from 'uuidv7';
import type { SecurityEventRepository } from '../../repositories/identity/security-event.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TxContext } from '../../types/context.ts';
import type { SecurityEventType } from '../../types/identity/security-event.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';

export interface SecurityLogDeps {
  readonly events: Pick<SecurityEventRepository, 'append'>;
  readonly clock: Clock;
}

export interface SecurityOccurrence {
  readonly type: SecurityEventType;
  /** Whom it happened to. */
  readonly userId?: string | null;
  /** Whose log it stands in, where the scope does not say; the platform's without a tenant. */
  readonly tenantId?: TenantId;
  /** Allow-listed facts, never secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export type SecurityLog = ReturnType<typeof createSecurityLog>;

/** What those who watch over accounts read. It stands beside the audit log, which records every change of everything. */
export function createSecurityLog({ events, clock }: SecurityLogDeps) {
  return {
    /** Writes an event that commits with the change it tells of. */
    record(ctx: TxContext, { type, userId = null, tenantId, details = {} }: SecurityOccurrence): void {
      events.append(ctx, {
        tenantId: tenantId ?? (ctx.scope.kind === 'tenant' ? ctx.scope.tenantId : PLATFORM_ID),
        id: uuidv7(),
        type,
        userId,
        actorId: ctx.actor.impersonatorId ?? ctx.actor.id,
        ipAddress: ctx.origin.ipAddress,
        userAgent: ctx.origin.userAgent,
        details,
        occurredAt: clock.now().toISOString(),
      });
    },
  };
}
