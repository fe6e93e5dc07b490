import type { AuditLogRepository } from '../../repositories/insight/audit-log.repository.ts';
import type { Context } from '../../types/context.ts';
import type { AuditEntry, AuditFilter } from '../../types/insight/audit-entry.ts';
import type { Slice } from '../../types/page.ts';
import { decodeCursor, encodeCursor } from './audit-cursor.ts';

export interface AuditLogServiceDeps {
  readonly auditLog: AuditLogRepository;
}

export interface AuditLogRequest extends AuditFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export type AuditLogService = ReturnType<typeof createAuditLogService>;

export function createAuditLogService({ auditLog }: AuditLogServiceDeps) {
  return {
    /**
     * The newest entries first; an operator without a tenant sees the platform's and every tenant's.
     * @throws AppError VALIDATION_FAILED for a cursor that no answer gave
     */
    async list(ctx: Context, { limit, cursor, ...filter }: AuditLogRequest): Promise<Slice<AuditEntry>> {
      const after = cursor === undefined ? undefined : decodeCursor(cursor);
      const found = await auditLog.list(ctx, filter, { limit: limit + 1, after });
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, limit, nextCursor: found.length > limit && last !== undefined ? encodeCursor(last) : null };
    },

    /** What the sealer has still to do. */
    unsealed: (ctx: Context): Promise<{ count: number; oldestSeconds: number }> => auditLog.unsealed(ctx),
  };
}
