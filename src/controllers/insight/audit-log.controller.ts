import type { z } from 'zod';
import type { AuditLogService } from '../../services/insight/audit-log.service.ts';
import type { Context } from '../../types/context.ts';
import type { AuditEntry } from '../../types/insight/audit-entry.ts';
import type { Slice } from '../../types/page.ts';
import type { AuditEntryResponse, ListAuditEntriesQuery } from '../../validators/insight/audit-log.schema.ts';

type AuditEntryAnswer = z.input<typeof AuditEntryResponse>;

export type AuditLogController = ReturnType<typeof createAuditLogController>;

export function createAuditLogController({ auditLog }: { readonly auditLog: AuditLogService }) {
  return {
    async list(ctx: Context, query: z.output<typeof ListAuditEntriesQuery>): Promise<Slice<AuditEntryAnswer>> {
      const slice = await auditLog.list(ctx, query);
      return { ...slice, items: slice.items.map(toAuditEntryAnswer) };
    },
  };
}

const toAuditEntryAnswer = (entry: AuditEntry): AuditEntryAnswer => entry;
