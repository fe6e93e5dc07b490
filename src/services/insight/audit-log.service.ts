import type { AuditLogRepository } from '../../repositories/insight/audit-log.repository.ts';
import type { Context } from '../../types/context.ts';
import type { AuditEntry, AuditFilter } from '../../types/insight/audit-entry.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import { readSlice } from '../base/time-cursor.ts';

export interface AuditLogServiceDeps {
  readonly auditLog: AuditLogRepository;
}

export interface AuditLogRequest extends AuditFilter, SliceRequest {}

export type AuditLogService = ReturnType<typeof createAuditLogService>;

export function createAuditLogService({ auditLog }: AuditLogServiceDeps) {
  return {
    /**
     * The newest entries first; an operator without a tenant sees the platform's and every tenant's.
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    list(ctx: Context, { limit, cursor, ...filter }: AuditLogRequest): Promise<Slice<AuditEntry>> {
      return readSlice({ limit, cursor }, (part) => auditLog.list(ctx, filter, part));
    },

    /** What the sealer has still to do. */
    unsealed: (ctx: Context): Promise<{ count: number; oldestSeconds: number }> => auditLog.unsealed(ctx),
  };
}
